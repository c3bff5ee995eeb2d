#include <aloft/semaphore.hpp>

#include <utility>

namespace aloft::detail {

semaphore_state::outcome semaphore_state::acquire(waiter& w)
{
    if (try_acquire())
        return outcome::acquired;
    if (waiting_ >= max_waiting_)
        return outcome::full;
    queue_.push_back(w);
    ++waiting_;
    return outcome::waiting;
}

semaphore_state::outcome semaphore_state::acquire_first(waiter& w)
{
    if (held_ < permits_) {
        ++held_;
        return outcome::acquired;
    }
    queue_.push_front(w);
    ++waiting_;
    return outcome::waiting;
}

void semaphore_state::cancel(waiter& w) noexcept
{
    if (w.is_linked()) {
        w.unlink();
        --waiting_;
    }
}

void semaphore_state::release()
{
    --held_;
    serve();
}

void semaphore_state::resize(std::size_t permits)
{
    permits_ = permits;
    serve();
}

void semaphore_state::close()
{
    while (!queue_.empty()) {
        --waiting_;
        queue_.front().resume(errc::client_closed, delivery::posted);
    }
}

void semaphore_state::serve()
{
    if (std::exchange(serving_, true))
        return; // one who was served gave its permit back at once: the loop below goes on
    while (held_ < permits_ && !queue_.empty()) {
        ++held_;
        --waiting_;
        queue_.front().resume({}, delivery::posted);
    }
    serving_ = false;
}

} // namespace aloft::detail
