#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/intrusive/list_hook.hpp>

#include <cstddef>
#include <vector>

namespace aloft::detail {

class pending_service;

/// An operation that waits. Nobody holds it but what it waits for, and that may live in the very
/// coroutine the operation is to resume; so its io_context, when it is destroyed first, has to.
class pending_operation {
public:
    using destroy_function = void (*)(pending_operation&);

    explicit pending_operation(destroy_function function) noexcept : destroy_(function) {}
    pending_operation(const pending_operation&) = delete;
    pending_operation& operator=(const pending_operation&) = delete;

    /// Ends the wait without a completion.
    void destroy() { destroy_(*this); }

protected:
    ~pending_operation() = default;

private:
    friend class pending_list;

    destroy_function destroy_;
    std::size_t place_ = 0; // in its list
};

/// The operations that wait for something of one client or semaphore. When their io_context is
/// destroyed, they are, too: Asio does the same with what waits for its sockets and timers.
class pending_list : public boost::intrusive::list_base_hook<
                         boost::intrusive::link_mode<boost::intrusive::auto_unlink>> {
public:
    explicit pending_list(const boost::asio::any_io_executor& executor);
    ~pending_list();
    pending_list(const pending_list&) = delete;
    pending_list& operator=(const pending_list&) = delete;

    /// Where the client's or semaphore's own handlers run.
    [[nodiscard]] const boost::asio::any_io_executor& executor() const noexcept
    {
        return executor_;
    }
    void add(pending_operation& operation) noexcept
    {
        operation.place_ = operations_.size();
        operations_.push_back(&operation);
    }
    /// One that was added. What waited for the shortest time takes its place: of thousands that
    /// wait, it is the one that is in the cache, which the neighbours in a linked list are not.
    void remove(pending_operation& operation) noexcept
    {
        auto* last = operations_.back();
        last->place_ = operation.place_;
        operations_[operation.place_] = last;
        operations_.pop_back();
    }

private:
    friend class pending_service;

    std::vector<pending_operation*> operations_;
    boost::asio::any_io_executor executor_;
    pending_service& service_;
};

} // namespace aloft::detail
