#pragma once

#include "run/prompt.hpp"
#include "run/result_file.hpp"

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>

namespace aloft::tools {

/// Where results go, and which are there already.
class results {
public:
    class settings {
    public:
        std::string output = "-";
        std::string errors; ///< failures go here; empty: to the output, too
        bool in_input_order = false;
        bool retry_failed = false;
        bool sync = false;
    };
    enum class state { to_do, done, other_request };

    explicit results(const settings& with);

    /// Takes up what an earlier run left. False, with `problem`, where that is not possible.
    bool open(std::string& problem);
    /// Makes ready to add.
    bool start(std::string& problem);
    /// Whether `one` is answered already.
    state look_up(const prompt& one);
    /// Whether what look_up() found done is a failure.
    [[nodiscard]] bool recorded_failure(const prompt& one);

    /// How many prompts are between the oldest without a result and one that begins now: where
    /// results go into a pipe in input order, theirs wait in memory.
    [[nodiscard]] std::uint64_t behind() const noexcept { return begun_ - written_; }
    /// A prompt begins; its result is to be given under the number returned.
    std::uint64_t begin() { return begun_++; }
    void add(std::uint64_t number, std::string line, bool failed);
    /// A prompt that began gets no result in this run. Where results wait for those before them,
    /// those behind it get none either.
    void leave_out();
    /// Makes the files final. \param where  the place of a prompt in the input
    bool finish(const position& where);

    /// Why they cannot be written; empty while they can.
    [[nodiscard]] const std::string& problem() const noexcept;
    [[nodiscard]] const recorded_results& recorded() const noexcept { return recorded_; }
    /// The file an interrupted run leaves to be gone on with; empty where there is none.
    [[nodiscard]] const std::string& partial() const noexcept { return output_.partial(); }
    [[nodiscard]] const std::string& path() const noexcept { return output_.path(); }

private:
    class held {
    public:
        std::string line;
        bool failed;
    };

    void write(const held& one);
    [[nodiscard]] bool holding_back() const noexcept;

    settings with_;
    result_file output_;
    std::optional<result_file> errors_;
    recorded_results recorded_;
    std::map<std::uint64_t, held> waiting_; // for those before them
    std::uint64_t begun_ = 0;
    std::uint64_t written_ = 0;
};

} // namespace aloft::tools
