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

exchange* streams::first_above(std::int32_t id) noexcept
{
    for (auto& e : open_) {
        if (e.stream > id && e.sent != progress::unsent)
            return &e;
    }
    return nullptr;
}

exchange* streams::waiting_behind(std::size_t count) noexcept
{
    for (auto& e : waiting_) {
        if (count-- == 0)
            return &e;
    }
    return nullptr;
}

} // namespace aloft::http2
