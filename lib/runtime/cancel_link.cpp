#include <aloft/detail/crossing.hpp>

namespace aloft::detail {

void cancel_link::ask(boost::asio::cancellation_type type)
{
    auto arrive = [self = shared_from_this(), type] { self->arrived(type); };
    where_->post(arrive); // where that has ended, so has the operation
}

bool cancel_link::begin() noexcept
{
    begun_ = true;
    return !cancelled_;
}

void cancel_link::arrived(boost::asio::cancellation_type type)
{
    if (begun_)
        signal_.emit(type);
    else if (type != boost::asio::cancellation_type::none)
        cancelled_ = true;
}

} // namespace aloft::detail
