#pragma once

#include "run/prompt_file.hpp"

#include <cstdint>
#include <fstream>
#include <string>
#include <string_view>

namespace aloft::tools {

/// Writes OpenAI Batch result lines. They gather in `path`.partial, which becomes `path` only when
/// all are there, so that no part passes for the whole. A device or a pipe is written to directly;
/// `path` "-" is standard output.
class result_file {
public:
    result_file(std::string path, std::string& problem);

    /// \param body  JSON of the response
    void write_response(const job& of, unsigned status, std::string_view request_id,
                        std::string_view body);
    void write_error(const job& of, unsigned status, std::string_view code,
                     std::string_view message);

    /// True once writing has failed; what follows is not written.
    [[nodiscard]] bool failed() const noexcept { return failed_; }
    /// Makes the results final; false, with `problem`, when not all could be written.
    bool finish(std::string& problem);

private:
    void write(std::string_view line);

    std::string path_;
    std::string partial_;
    std::ofstream file_;
    std::ostream* out_;
    std::uint64_t written_ = 0;
    bool failed_ = false;
};

} // namespace aloft::tools
