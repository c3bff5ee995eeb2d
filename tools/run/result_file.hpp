#pragma once

#include "run/recorded_results.hpp"
#include "run/result_order.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace aloft::tools {

/// Lines of results on their way into a file. They gather in `path`.partial, which becomes `path`
/// only when all are there, so that no part passes for the whole; each is one write, so that
/// whoever is killed leaves at most one torn line, which the next run cuts off. A device or a pipe
/// is written to directly, and `path` "-" is standard output: neither can be gone on with.
class result_file {
public:
    /// \param sync  wait for the disk with each line, so that a loss of power loses none
    result_file(std::string path, bool sync);
    ~result_file();
    result_file(const result_file&) = delete;
    result_file& operator=(const result_file&) = delete;

    /// Adds what is there to `recorded`, less what failed where `drop_failed` is set; changes
    /// nothing yet. False, with `problem`, where the file cannot be gone on with: it holds no
    /// results, may not be written, or another run is at work on it.
    bool open(recorded_results& recorded, bool drop_failed, std::string& problem);
    /// Makes ready to append: cuts off a torn line, takes out what failed and is to be dropped.
    bool start(std::string& problem);
    /// Writes lines, each with its end. Once it has failed, nothing more is written.
    void append(std::string_view lines);
    /// Makes the results final, in the order of `where` if there is one.
    bool finish(const position& where);

    /// Why writing failed; empty while it has not.
    [[nodiscard]] const std::string& problem() const noexcept { return problem_; }
    /// Where the results stand until finish(): empty if they cannot be gone on with.
    [[nodiscard]] const std::string& partial() const noexcept { return partial_; }
    [[nodiscard]] const std::string& path() const noexcept { return path_; }

private:
    bool lock(const std::string& path, int flags, std::string& problem);
    bool take_over(std::string& problem);
    bool drop_failed(std::string& problem);
    bool make_final();

    std::string path_;
    std::string partial_;
    std::string problem_;
    int file_ = -1;
    std::string from_; // the file with what earlier runs wrote
    std::uint64_t whole_ = 0; // bytes of it that are whole lines
    bool dropping_ = false;
    bool started_ = false;
    bool sync_;
};

} // namespace aloft::tools
