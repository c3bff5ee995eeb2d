#include "http2/streams.hpp"

namespace aloft::http2 {

void streams::wait(exchange& e) noexcept
{
    waiting_.push_back(e);
    ++count_;
}

void streams::open(exchange& e) noexcept
{
    open_.push_back(e);
    ++count_;
}

exchange& streams::open_next() noexcept
{
    auto& e = waiting_.front();
    open_.splice(open_.end(), waiting_, waiting_.begin());
    return e;
}

void streams::remove(exchange& e) noexcept
{
    e.carried.unlink();
    --count_;
}

exchange* streams::holding_most() noexcept
{
    exchange* most = nullptr;
    for (auto& e : open_) {
        if (most == nullptr || e.received.size() > most->received.size())
            most = &e;
    }
    return most;
}

} // namespace aloft::http2
