#pragma once

#include <chrono>
#include <cstddef>
#include <string>
#include <utility>
#include <vector>

namespace aloft {

/// How a client asks name servers, and how long it believes them. Setters chain; each default
/// stands in docs/limits.md.
///
/// A value: copies are independent. An address that is none is reported when a client is made.
class dns_options {
public:
    /// Asks this server: "192.0.2.53", "192.0.2.53:5353" or "[2001:db8::53]:53". May be given
    /// several times. Default: those of /etc/resolv.conf, read anew for each question.
    dns_options& server(std::string address)
    {
        servers_.push_back(std::move(address));
        return *this;
    }
    /// Hosts whose addresses are remembered; the one used longest ago makes room. 0: none is.
    dns_options& cached_hosts(std::size_t hosts)
    {
        cached_hosts_ = hosts;
        return *this;
    }
    /// Bounds of the time that an answer is believed, whatever it says itself. One in the last
    /// fifth of its life is asked for again while it serves.
    dns_options& lifetime(std::chrono::milliseconds shortest, std::chrono::milliseconds longest)
    {
        shortest_ = shortest;
        longest_ = longest;
        return *this;
    }
    /// How much longer an answer serves while the name servers fail or keep silent (RFC 8767).
    dns_options& stale(std::chrono::milliseconds longer)
    {
        stale_ = longer;
        return *this;
    }

    [[nodiscard]] const std::vector<std::string>& servers() const noexcept { return servers_; }
    [[nodiscard]] std::size_t cached_hosts() const noexcept { return cached_hosts_; }
    [[nodiscard]] std::chrono::milliseconds shortest() const noexcept { return shortest_; }
    [[nodiscard]] std::chrono::milliseconds longest() const noexcept { return longest_; }
    [[nodiscard]] std::chrono::milliseconds stale() const noexcept { return stale_; }

private:
    std::vector<std::string> servers_;
    std::size_t cached_hosts_ = 1024;
    std::chrono::milliseconds shortest_{5'000};
    std::chrono::milliseconds longest_{300'000};
    std::chrono::milliseconds stale_{3'600'000};
};

} // namespace aloft
