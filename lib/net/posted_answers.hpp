#pragma once

#include "net/resolver.hpp"

#include <boost/asio/any_io_executor.hpp>

#include <cstdint>
#include <map>
#include <memory>

namespace aloft::net {

/// Answers that are known already, handed out from the executor's queue so that none completes
/// inline. Destroying it withdraws what is still queued.
class posted_answers {
public:
    explicit posted_answers(asio::any_io_executor executor);
    posted_answers(const posted_answers&) = delete;
    posted_answers& operator=(const posted_answers&) = delete;
    ~posted_answers();

    void post(resolve_completion& done, net_error error, tcp_endpoints endpoints);
    /// False where nothing is queued for `done`.
    bool cancel(resolve_completion& done) noexcept;
    const asio::any_io_executor& executor() const noexcept { return executor_; }

private:
    void deliver(resolve_completion& done, std::uint64_t number, net_error error,
                 tcp_endpoints endpoints);

    asio::any_io_executor executor_;
    std::map<resolve_completion*, std::uint64_t> queued_;
    std::uint64_t posted_ = 0;
    std::shared_ptr<posted_answers*> self_; // of the answers under way
};

} // namespace aloft::net
