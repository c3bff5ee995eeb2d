#pragma once

#include "base/asio_fwd.hpp"
#include "net/io_completion.hpp"

#include <boost/asio/any_io_executor.hpp>

#include <memory>

namespace aloft::net {

/// Hands one result at a time to an io_completion from the executor's queue, so never inline.
/// Destroying it withdraws a result that is still queued. The queued handler comes from Asio's
/// recycled blocks.
class posted_completion {
public:
    explicit posted_completion(asio::any_io_executor executor);
    posted_completion(const posted_completion&) = delete;
    posted_completion& operator=(const posted_completion&) = delete;
    ~posted_completion() { cancel(); }

    void post(io_completion& target, error_code ec, std::size_t bytes);
    void cancel() noexcept { state_->target = nullptr; }
    const asio::any_io_executor& executor() const noexcept { return executor_; }

private:
    struct state {
        io_completion* target = nullptr;
        error_code ec;
        std::size_t bytes = 0;
    };

    asio::any_io_executor executor_;
    std::shared_ptr<state> state_ = std::make_shared<state>();
};

} // namespace aloft::net
