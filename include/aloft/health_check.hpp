#pragma once

#include <algorithm>
#include <chrono>
#include <string>
#include <utility>

namespace aloft {

/// How a client of several servers asks each of them whether it is well, beside its requests and
/// over a connection of its own: GET of a path that costs the server nothing. An answer of 2xx
/// says that it is; one of 5xx but 501, and no answer in time, that it is not; anything else (404,
/// 401, a redirect), that it has no such endpoint. Servers are asked while requests are under way
/// and for a minute after one was begun, and not while a client is idle. Setters chain; each
/// default stands in docs/limits.md.
class health_check {
public:
    using milliseconds = std::chrono::milliseconds;

    /// \param path  on the server, whatever its base URL's path is: vLLM, SGLang and llama.cpp have
    /// "/health"
    explicit health_check(std::string path = "/health") : path_(std::move(path)) {}

    health_check& path(std::string of_server) { return path_ = std::move(of_server), *this; }
    /// How often each server is asked: up to a fifth earlier or later each time, and not more often
    /// than ten times a second.
    health_check& interval(milliseconds time)
    {
        return interval_ = std::max(time, milliseconds(100)), *this;
    }
    /// How long an answer is waited for, connecting included.
    health_check& timeout(milliseconds time)
    {
        return timeout_ = std::max(time, milliseconds(1)), *this;
    }
    /// Questions in a row after whose failure a server is taken out, until it answers one well.
    health_check& failures_in_a_row(unsigned questions)
    {
        return failures_in_a_row_ = std::max(questions, 1U), *this;
    }

    [[nodiscard]] const std::string& path() const noexcept { return path_; }
    [[nodiscard]] milliseconds interval() const noexcept { return interval_; }
    [[nodiscard]] milliseconds timeout() const noexcept { return timeout_; }
    [[nodiscard]] unsigned failures_in_a_row() const noexcept { return failures_in_a_row_; }

private:
    std::string path_;
    milliseconds interval_{5'000};
    milliseconds timeout_{2'000};
    unsigned failures_in_a_row_ = 3;
};

} // namespace aloft
