#pragma once

#include <aloft/deadlines.hpp>
#include <aloft/detail/crossing.hpp>
#include <aloft/detail/shard.hpp>
#include <aloft/error.hpp>

#include <boost/asio/async_result.hpp>
#include <boost/asio/detached.hpp>

#include <atomic>
#include <cstddef>
#include <deque>
#include <future>
#include <memory>
#include <utility>
#include <vector>

namespace aloft::detail {

/// Tells an object that it closes, where there is a way to tell it.
template <class T>
void begin_close(T& object, time_limit limit)
{
    if constexpr (requires { object.async_close(limit, boost::asio::detached); })
        object.async_close(limit, boost::asio::detached);
    else if constexpr (requires { object.http().async_close(limit, boost::asio::detached); })
        object.http().async_close(limit, boost::asio::detached);
    else if constexpr (requires { object.close(limit); })
        object.close(limit);
}

/// The object of one shard. Apart from the count it is for the shard's thread.
template <class T>
class alignas(64) placed final : public shard_resident { // a line of cache of its own
public:
    explicit placed(std::shared_ptr<shard> on) noexcept : where(std::move(on)) {}

    /// False where the shard is ending.
    template <class Make>
    bool make(Make& with)
    {
        if (!where->admit(*this))
            return false;
        try {
            object = std::unique_ptr<T>(new T(with(where->executor(), where->index())));
        } catch (...) {
            unlink();
            throw;
        }
        return true;
    }
    void begin_close(time_limit limit) override { detail::begin_close(*object, limit); }
    void end() noexcept override
    {
        unlink();
        object.reset();
    }

    const std::shared_ptr<shard> where;
    std::unique_ptr<T> object; // null before it is made, and when it has ended
    std::atomic<std::size_t> in_flight = 0; // that were given to it
};

/// One object on each of several shards. Shared, since handles may outlive the sharded<T>.
template <class T>
class shard_set {
public:
    explicit shard_set(const std::vector<std::shared_ptr<shard>>& shards)
    {
        for (const auto& where : shards)
            places_.emplace_back(where);
    }

    [[nodiscard]] std::size_t size() const noexcept { return places_.size(); }
    placed<T>& at(std::size_t index) { return places_[index]; }
    /// That of the shard on whose thread this is called, or null.
    placed<T>* here() noexcept
    {
        const auto* current = shard::current();
        if (current == nullptr || current->index() >= size())
            return nullptr;
        auto& mine = places_[current->index()];
        return mine.where.get() == current ? &mine : nullptr;
    }
    /// Where least is under way; of several by turns.
    placed<T>& least_loaded() noexcept
    {
        const auto load = [](const placed<T>& of) {
            return of.in_flight.load(std::memory_order_relaxed);
        };
        const auto first = turn_.fetch_add(1, std::memory_order_relaxed);
        auto* best = &places_[first % size()];
        for (std::size_t i = 1; i != size(); ++i) {
            auto& other = places_[(first + i) % size()];
            if (load(other) < load(*best))
                best = &other;
        }
        return *best;
    }
    /// Calls `f(place)` on each shard that has not ended, and waits until all have. Not on one of
    /// their threads.
    template <class F>
    void on_each(F f)
    {
        auto all = std::make_shared<promise_kept>();
        auto over = all->over.get_future();
        for (auto& place : places_) {
            auto call = [&f, &place, keep = all] { f(place); };
            place.where->post(call);
        }
        all.reset();
        over.wait();
    }

private:
    struct promise_kept {
        promise_kept() = default;
        promise_kept(const promise_kept&) = delete;
        promise_kept& operator=(const promise_kept&) = delete;
        ~promise_kept() { over.set_value(); }
        std::promise<void> over;
    };

    std::deque<placed<T>> places_;
    alignas(64) std::atomic<std::size_t> turn_ = 0;
};

} // namespace aloft::detail
