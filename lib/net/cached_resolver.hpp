#pragma once

#include "base/timer_service.hpp"
#include "net/address_cache.hpp"
#include "net/posted_answers.hpp"

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

namespace aloft::net {

/// Asks a source about each host once at a time, however many wait for it, and remembers what it
/// said. An answer in the last fifth of its life is asked for again while it still serves. One that
/// is past it serves on when the source fails, or is silent for `patience` (RFC 8767, 5).
class cached_resolver final : public resolver {
public:
    /// How long an answer that is past its life is held back for a newer one.
    static constexpr std::chrono::milliseconds patience{1'800};

    cached_resolver(asio::any_io_executor executor, std::shared_ptr<timer_service> timers,
                    std::unique_ptr<address_source> source, const cache_limits& limits);
    ~cached_resolver() override;

    void resolve(const std::string& host, std::uint16_t port, resolve_completion& done) override;
    void cancel(resolve_completion& done) noexcept override;

private:
    class question;

    void ask(const std::string& host);
    void remember(const std::string& host, const net_error& error, bool final,
                  const host_addresses& found);
    void end(const std::string& host);

    std::shared_ptr<timer_service> timers_;
    std::unique_ptr<address_source> source_;
    address_cache cache_;
    std::unordered_map<std::string, std::unique_ptr<question>> questions_;
    posted_answers answers_;
};

} // namespace aloft::net
