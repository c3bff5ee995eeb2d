#include "net/fixed_resolver.hpp"

#include <boost/asio/post.hpp>

namespace aloft::net {

fixed_resolver::fixed_resolver(asio::any_io_executor executor, table answers,
                               std::unique_ptr<resolver> others) :
    executor_(std::move(executor)),
    answers_(std::move(answers)),
    others_(std::move(others)),
    self_(std::make_shared<fixed_resolver*>(this))
{
}

fixed_resolver::~fixed_resolver()
{
    *self_ = nullptr;
}

void fixed_resolver::resolve(const std::string& host, std::uint16_t port, resolve_completion& done)
{
    const auto at = answers_.find({host, port});
    if (at == answers_.end())
        return others_->resolve(host, port, done);
    const auto number = waiting_[&done] = ++asked_;
    asio::post(executor_, [self = self_, &done, number, &endpoints = at->second] {
        if (*self != nullptr)
            (*self)->answer(done, number, endpoints);
    });
}

void fixed_resolver::answer(resolve_completion& done, std::uint64_t number,
                            const tcp_endpoints& endpoints)
{
    const auto at = waiting_.find(&done);
    if (at == waiting_.end() || at->second != number)
        return; // cancelled; what asks at this address now is another
    waiting_.erase(at);
    done.resolved({}, endpoints);
}

void fixed_resolver::cancel(resolve_completion& done) noexcept
{
    if (waiting_.erase(&done) == 0)
        others_->cancel(done);
}

} // namespace aloft::net
