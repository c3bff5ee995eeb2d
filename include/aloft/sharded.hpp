#pragma once

#include <aloft/autoglm.hpp>
#include <aloft/client_options.hpp>
#include <aloft/detail/shard_set.hpp>
#include <aloft/error.hpp>
#include <aloft/runtime.hpp>

#include <boost/asio/any_io_executor.hpp>
#include <boost/system/system_error.hpp>

#include <concepts>
#include <cstddef>
#include <exception>
#include <memory>
#include <stdexcept>
#include <utility>
#include <vector>

namespace aloft {

/// What of `whole` is for the shard numbered `shard` (from 0) of `shards`: max_in_flight,
/// max_waiting, max_connections, max_dials, min_connections, what rates and adaptive bound, and
/// session_limits::client_memory are divided, and add up to what they were. The rest is the same
/// for all. Throws std::invalid_argument where a bound is less than the shards it is for.
client_options share_of(const client_options& whole, std::size_t shard, std::size_t shards);

namespace autoglm {
/// The same of options::http(). Balancing, hedging and health checks are each shard's own.
options share_of(const options& whole, std::size_t shard, std::size_t shards);
} // namespace autoglm

/// One T on each shard of a runtime: made there, used there, and destroyed there.
///
/// When the runtime closes, each T is told by `async_close(time_limit, token)`, as clients have it,
/// or else by `close(time_limit)`, where it has such a member.
template <class T>
class sharded {
public:
    /// Calls `make(executor, shard)`, which returns a T, on the thread of each shard, and waits for
    /// all. Throws the first exception of those; std::logic_error on a shard's thread;
    /// client_closed where the runtime has ended.
    template <class Make>
        requires std::invocable<Make&, boost::asio::any_io_executor, std::size_t>
    sharded(runtime& on, Make make) : set_(std::make_shared<detail::shard_set<T>>(on.shards()))
    {
        if (set_->here() != nullptr)
            throw std::logic_error("aloft: sharded<T> made on a shard's thread would wait for it");
        fill(make);
    }
    /// A client on each shard, with its share of the limits of `whole` (share_of). A connector,
    /// resolver, observer or tracer in it is then called from all shards; the form above gives
    /// each its own.
    template <class Options>
        requires requires(const Options& whole) { share_of(whole, std::size_t(), std::size_t()); }
    sharded(runtime& on, const Options& whole) :
        sharded(on, [&](const boost::asio::any_io_executor& executor, std::size_t shard) {
            return T(executor, share_of(whole, shard, on.size()));
        })
    {
    }
    /// Destroys each T on its shard, and waits for that; on a shard's thread it waits for none but
    /// that one.
    ~sharded()
    {
        if (auto* mine = set_->here())
            end_without_waiting(*mine);
        else
            end_each();
    }
    sharded(const sharded&) = delete;
    sharded& operator=(const sharded&) = delete;

    /// The one of this shard. Throws std::logic_error on any other thread, and client_closed (as
    /// boost::system::system_error) when it has ended.
    [[nodiscard]] T& local() const
    {
        const auto* mine = set_->here();
        if (mine == nullptr)
            throw std::logic_error("aloft: sharded<T>::local() on a thread that is no shard");
        if (mine->object == nullptr)
            throw boost::system::system_error(errc::client_closed);
        return *mine->object;
    }

    /// For handles.
    [[nodiscard]] const std::shared_ptr<detail::shard_set<T>>& set() const noexcept { return set_; }

private:
    template <class Make>
    void fill(Make& make)
    {
        std::vector<std::exception_ptr> failed(
            set_->size(),
            std::make_exception_ptr(boost::system::system_error(
                errc::client_closed, "aloft: sharded<T> on a runtime that has ended")));
        set_->on_each([&](detail::placed<T>& place) {
            auto& why = failed[place.where->index()];
            try {
                if (place.make(make))
                    why = nullptr;
            } catch (...) {
                why = std::current_exception();
            }
        });
        for (const auto& why : failed) {
            if (!why)
                continue;
            end_each();
            std::rethrow_exception(why);
        }
    }
    void end_each()
    {
        set_->on_each([](detail::placed<T>& place) { place.end(); });
    }
    void end_without_waiting(detail::placed<T>& mine)
    {
        for (std::size_t i = 0; i != set_->size(); ++i) {
            auto end = [set = set_, i] { set->at(i).end(); };
            if (&set_->at(i) != &mine)
                set_->at(i).where->post(end);
        }
        mine.end();
    }

    std::shared_ptr<detail::shard_set<T>> set_;
};

} // namespace aloft
