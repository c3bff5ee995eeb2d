#pragma once

#include <algorithm>
#include <cstdint>

namespace aloft {

/// How much a client may ask of one origin in a minute. Setters chain; 0 is no limit.
class rate_limits {
public:
    /// Requests a minute, and how many of them may begin at once; by default a second's worth, and
    /// one at the least. A server whose bucket holds a whole minute's worth allows as much.
    rate_limits& requests_per_minute(std::uint64_t requests, std::uint64_t burst = 0)
    {
        requests_ = requests;
        request_burst_ = burst != 0 ? burst : std::max(requests / 60, std::uint64_t{1});
        return *this;
    }
    /// The same for tokens, of prompts and answers together. What a request will need is estimated
    /// before it is sent, and corrected when the server has said what it used.
    rate_limits& tokens_per_minute(std::uint64_t tokens, std::uint64_t burst = 0)
    {
        tokens_ = tokens;
        token_burst_ = burst != 0 ? burst : std::max(tokens / 60, std::uint64_t{1});
        return *this;
    }
    /// Whether `x-ratelimit-remaining-requests` and `-tokens` of the server's responses are
    /// followed, with or without limits of our own, and nothing is sent for the time that a 429
    /// names. On by default once this is given to a client.
    rate_limits& follow_server(bool yes) { return follow_server_ = yes, *this; }

    [[nodiscard]] std::uint64_t requests_per_minute() const noexcept { return requests_; }
    [[nodiscard]] std::uint64_t request_burst() const noexcept { return request_burst_; }
    [[nodiscard]] std::uint64_t tokens_per_minute() const noexcept { return tokens_; }
    [[nodiscard]] std::uint64_t token_burst() const noexcept { return token_burst_; }
    [[nodiscard]] bool follow_server() const noexcept { return follow_server_; }

private:
    std::uint64_t requests_ = 0;
    std::uint64_t request_burst_ = 1;
    std::uint64_t tokens_ = 0;
    std::uint64_t token_burst_ = 1;
    bool follow_server_ = true;
};

} // namespace aloft
