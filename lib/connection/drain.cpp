#include "connection/connection.hpp"

#include <utility>

namespace aloft {

void connection::drain()
{
    session_->drain();
    schedule_flush();
}

bool connection::draining() const
{
    return draining_ || ended_ || session_->has_news(session::draining) ||
           (session_->capacity() == 0 && session_->finished());
}

void connection::close(error_code why)
{
    if (ended_)
        return;
    const auto self = shared_from_this();
    ended_ = true;
    watch_.disarm();
    observer_ = nullptr;
    session_->transport_failed(why);
    tell(detail::delivery::posted);
    transport_->close();
}

void connection::fail(error_code why)
{
    if (ended_)
        return;
    const auto self = shared_from_this();
    if (error_detail_.empty())
        error_detail_ = transport_->error_detail();
    session_->transport_failed(why);
    tell(detail::delivery::posted);
    end(why);
}

void connection::end_if_finished()
{
    if (!session_->finished())
        return;
    const auto self = shared_from_this();
    tell(detail::delivery::posted);
    end(cause_);
}

void connection::end(error_code why)
{
    if (std::exchange(ended_, true))
        return;
    watch_.disarm();
    transport_->shutdown_write();
    transport_->close();
    if (observer_ != nullptr)
        observer_->ended(*this, why);
}

} // namespace aloft
