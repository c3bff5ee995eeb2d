#include "policy/fair_queue.hpp"

#include <aloft/semaphore.hpp>

#include <algorithm>
#include <utility>

namespace aloft {
namespace detail {

using policy::fair_entry;
using policy::fair_queue;

semaphore_state::semaphore_state(std::size_t permits, std::size_t max_waiting) noexcept :
    permits_(permits), max_waiting_(max_waiting)
{
}

semaphore_state::~semaphore_state()
{
    close();
}

// without a key

semaphore_state::outcome semaphore_state::acquire(waiter& w)
{
    if (try_acquire())
        return outcome::acquired;
    if (waiting_ >= max_waiting_ && !make_room(unkeyed(), 1))
        return outcome::full;
    if (keyed_ && queue_.empty())
        queue_start_ = std::max(queue_start_, keyed_->virtual_time());
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
    queue_start_ = 0; // its line is next
    queue_.push_front(w);
    ++waiting_;
    return outcome::waiting;
}

void semaphore_state::cancel(waiter& w) noexcept
{
    if (w.is_linked()) {
        w.unlink();
        one_less();
    }
}

// with a key

semaphore_state::outcome semaphore_state::acquire(fair_entry& e, std::string_view key,
                                                  std::uint32_t share)
{
    if (waiting_ == 0 && fits(e.weight)) {
        held_ += e.weight;
        return outcome::acquired;
    }
    if (!keyed_)
        keyed_ = std::make_unique<fair_queue>();
    if (waiting_ >= max_waiting_ && !make_room(keyed_->waiting_with(key), share))
        return outcome::full;
    keyed_->push(e, key, share);
    ++waiting_;
    return outcome::waiting;
}

semaphore_state::outcome semaphore_state::acquire_first(fair_entry& e)
{
    if (fits(e.weight)) {
        held_ += e.weight;
        return outcome::acquired;
    }
    if (!keyed_)
        keyed_ = std::make_unique<fair_queue>();
    keyed_->push_first(e);
    ++waiting_;
    return outcome::waiting;
}

void semaphore_state::cancel(fair_entry& e)
{
    if (e.is_linked()) {
        keyed_->erase(e);
        one_less();
    }
    serve(); // one who waits for more permits than are free may have been in the way
}

// One that takes more than there are would never fit, and goes alone.
bool semaphore_state::fits(std::uint32_t weight) const noexcept
{
    return permits_ != 0 && (held_ == 0 || held_ + weight <= permits_);
}

std::size_t semaphore_state::unkeyed() const noexcept
{
    return waiting_ - (keyed_ ? keyed_->size() : 0);
}

// The longest line has to do without its last one, unless that is the line of who comes now.
bool semaphore_state::make_room(std::size_t others, std::uint32_t share)
{
    if (!keyed_)
        return false;
    const auto lead = unkeyed();
    auto* const longest =
        keyed_->last_of_longest(std::max(others, lead == 0 ? 0 : lead - 1), share);
    if (longest != nullptr) {
        auto* const who = longest->who;
        keyed_->erase(*longest);
        one_less();
        who->resume(errc::queue_full, delivery::posted);
        return true;
    }
    if (lead * share <= others + 1 || queue_.empty())
        return false;
    one_less();
    queue_.back().resume(errc::queue_full, delivery::posted);
    return true;
}

void semaphore_state::one_less() noexcept
{
    if (--waiting_ == 0 && keyed_) {
        keyed_->forget_debts();
        queue_start_ = 0;
    }
}

// all

void semaphore_state::release(std::size_t permits)
{
    held_ -= permits;
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
    while (keyed_ && !keyed_->empty()) {
        --waiting_;
        auto* const who = keyed_->next()->who;
        keyed_->pop();
        who->resume(errc::client_closed, delivery::posted);
    }
}

void semaphore_state::serve()
{
    if (std::exchange(serving_, true))
        return; // one who was served gave its permit back at once: the loop below goes on
    while (held_ < permits_ && waiting_ != 0) {
        if (keyed_ && keyed_is_next()) {
            if (!serve_keyed())
                break;
            continue;
        }
        ++held_;
        if (keyed_) {
            keyed_->advance(queue_start_);
            queue_start_ += fair_queue::turn;
        }
        one_less();
        queue_.front().resume({}, delivery::posted);
    }
    serving_ = false;
}

bool semaphore_state::keyed_is_next() const noexcept
{
    return !keyed_->empty() && (queue_.empty() || keyed_->next_start() < queue_start_);
}

bool semaphore_state::serve_keyed()
{
    auto& next = *keyed_->next();
    if (!fits(next.weight))
        return false;
    held_ += next.weight;
    auto* const who = next.who;
    keyed_->pop();
    one_less();
    who->resume({}, delivery::posted);
    return true;
}

} // namespace detail

semaphore::keyed_target::keyed_target(std::shared_ptr<shared_state> state, permit_request what) :
    state_(std::move(state)), what_(std::move(what))
{
}

semaphore::keyed_target::keyed_target(keyed_target&&) noexcept = default;
semaphore::keyed_target::~keyed_target() = default;

bool semaphore::keyed_target::start(detail::waiter& w, error_code& ec)
{
    using outcome = detail::semaphore_state::outcome;
    entry_ = std::make_unique<policy::fair_entry>(w, what_.weight());
    const auto got = state_->acquire(*entry_, what_.key(), what_.share());
    if (got == outcome::full)
        ec = errc::queue_full;
    return got == outcome::waiting;
}

void semaphore::keyed_target::cancel(detail::waiter&)
{
    state_->cancel(*entry_);
}

} // namespace aloft
