#include "net/posted_answers.hpp"

#include <boost/asio/post.hpp>

#include <utility>

namespace aloft::net {

posted_answers::posted_answers(asio::any_io_executor executor) :
    executor_{std::move(executor)}, self_{std::make_shared<posted_answers*>(this)}
{
}

posted_answers::~posted_answers()
{
    *self_ = nullptr;
}

void posted_answers::post(resolve_completion& done, net_error error, tcp_endpoints endpoints)
{
    const std::uint64_t number = queued_[&done] = ++posted_;
    asio::post(executor_, [self = self_, &done, number, error = std::move(error),
                           endpoints = std::move(endpoints)]() mutable {
        if (*self != nullptr)
            (*self)->deliver(done, number, std::move(error), std::move(endpoints));
    });
}

bool posted_answers::cancel(resolve_completion& done) noexcept
{
    return queued_.erase(&done) != 0;
}

void posted_answers::deliver(resolve_completion& done, std::uint64_t number, net_error error,
                             tcp_endpoints endpoints)
{
    const auto at = queued_.find(&done);
    if (at == queued_.end() || at->second != number)
        return; // cancelled; what asks at this address now is another
    queued_.erase(at);
    done.resolved(std::move(error), std::move(endpoints));
}

} // namespace aloft::net
