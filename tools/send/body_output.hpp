#pragma once

#include <cstdio>
#include <string>
#include <string_view>

namespace aloft::tools {

/// Where a response body goes: standard output as it arrives, or a file that bears its name only
/// once it is whole.
class body_output {
public:
    /// \param path  a file, or "-"
    explicit body_output(std::string path);
    /// What is not finished is removed.
    ~body_output();
    body_output(const body_output&) = delete;
    body_output& operator=(const body_output&) = delete;

    void write(std::string_view bytes);
    void finish();
    /// Why it cannot be written; empty while it can.
    [[nodiscard]] const std::string& problem() const noexcept { return problem_; }

private:
    std::string path_;
    std::string partial_;
    std::string problem_;
    std::FILE* file_ = nullptr;
    bool begun_ = false;
};

} // namespace aloft::tools
