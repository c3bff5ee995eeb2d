#include "policy/route.hpp"

namespace aloft::policy {

bool route::choose(tick now, std::minstd_rand& random)
{
    leave();
    const auto last = tried_ != 0 ? server_set{1} << at_.server : 0;
    if (!elsewhere(now))
        tried_ = last; // all were tried: once more around
    const auto made = among_->choose(allowed_, tried_, key_, now, random);
    if (!made)
        return false;
    at_ = *made;
    tried_ |= server_set{1} << at_.server;
    under_way_ = true;
    blamed_ = false;
    return true;
}

void route::answered(std::optional<tick> latency, tick now) noexcept
{
    among_->answered(at_, latency, now);
    at_.probe = false; // it has shown what it was to show
}

void route::failed(server_fault what, tick now, std::minstd_rand& random)
{
    if (std::exchange(blamed_, true))
        return;
    among_->failed(at_, what, now, random);
    at_.probe = false;
}

void route::leave() noexcept
{
    if (std::exchange(under_way_, false))
        among_->ended(at_);
}

std::unique_ptr<route> route::another() const
{
    auto made = std::make_unique<route>(among_, allowed_, key_);
    made->tried_ = tried_;
    made->at_.server = at_.server;
    return made;
}

} // namespace aloft::policy
