#pragma once

#include <string>
#include <sys/types.h>
#include <vector>

namespace aloft::tools {

/// `aloft sim` as a child process, for as long as this lives.
class sim_process {
public:
    /// Starts it with these options and waits until it listens. Throws std::runtime_error when it
    /// does not.
    explicit sim_process(const std::vector<std::string>& options);
    /// Stops it.
    ~sim_process();
    sim_process(const sim_process&) = delete;
    sim_process& operator=(const sim_process&) = delete;

    [[nodiscard]] const std::string& base_url() const noexcept { return base_url_; }

private:
    std::string read_line();

    pid_t child_ = -1;
    int output_ = -1;
    std::string base_url_;
};

} // namespace aloft::tools
