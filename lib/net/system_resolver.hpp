#pragma once

#include "net/resolver.hpp"

#include <boost/asio/any_io_executor.hpp>

#include <memory>

namespace aloft::net {

/// Asks getaddrinfo on helper threads of its own, for Asio's resolver makes an io_context's
/// destructor wait for a lookup, however long the name server takes. Addresses and "localhost" (RFC
/// 6761, 6.3) need no thread; of localhost's two addresses 127.0.0.1 comes first, where most local
/// servers listen.
class system_resolver final : public resolver {
public:
    /// Lookups beyond this many wait for a thread.
    static constexpr std::size_t max_threads = 8;

    explicit system_resolver(asio::any_io_executor executor);
    ~system_resolver() override;

    void resolve(const std::string& host, std::uint16_t port, resolve_completion& done) override;
    void cancel(resolve_completion& done) noexcept override;

private:
    struct lookup;
    struct queue;

    static void work(const std::shared_ptr<queue>& shared);
    static void deliver(const std::shared_ptr<lookup>& answered);

    asio::any_io_executor executor_;
    std::shared_ptr<queue> queue_;
    std::vector<std::shared_ptr<lookup>> outstanding_;
};

} // namespace aloft::net
