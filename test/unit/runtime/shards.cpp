#include "support/catch.hpp"
#include "unit/runtime/served_shards.hpp"

#include <aloft/runtime.hpp>
#include <aloft/sharded.hpp>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/bind_executor.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/use_future.hpp>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <exception>
#include <memory>
#include <mutex>
#include <set>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

using namespace aloft;
namespace asio = boost::asio;

namespace {

runtime_options shards(std::size_t count)
{
    return runtime_options().shards(count);
}

/// Where and when objects came and went.
struct register_of_threads {
    std::mutex lock;
    std::vector<std::thread::id> made;
    std::vector<std::thread::id> gone;
};

class noted {
public:
    explicit noted(register_of_threads& in, std::size_t number) : number_(number), in_(&in)
    {
        const std::lock_guard held(in.lock);
        in.made.at(number) = std::this_thread::get_id();
    }
    noted(const noted&) = delete;
    noted& operator=(const noted&) = delete;
    ~noted()
    {
        const std::lock_guard held(in_->lock);
        in_->gone.at(number_) = std::this_thread::get_id();
    }
    [[nodiscard]] std::size_t number() const noexcept { return number_; }

private:
    std::size_t number_;
    register_of_threads* in_;
};

std::vector<std::thread::id> threads_of(runtime& all)
{
    std::vector<std::thread::id> found;
    for (std::size_t i = 0; i != all.size(); ++i)
        found.push_back(
            all.async_run_on(i, [] { return std::this_thread::get_id(); }, asio::use_future).get());
    return found;
}

} // namespace

TEST_CASE("each shard has a thread of its own, and executors go round")
{
    runtime all(shards(3));
    CHECK(all.size() == 3);
    CHECK_FALSE(all.this_shard());
    const auto threads = threads_of(all);
    CHECK(std::set(threads.begin(), threads.end()).size() == 3);
    std::set<std::size_t> seen;
    for (int i = 0; i != 3; ++i) {
        const auto where = [&] { return all.this_shard().value(); };
        seen.insert(asio::post(all.next_executor(), asio::use_future(where)).get());
    }
    CHECK(seen.size() == 3);
}

TEST_CASE("there are as many shards as processors that may be used, where it is not said")
{
    const runtime all;
    CHECK(all.size() >= 1);
    CHECK(all.size() <= std::max(std::thread::hardware_concurrency(), 1U));
}

TEST_CASE("functions and coroutines run on the shard, and end on the caller's executor")
{
    runtime all(shards(2));
    asio::io_context mine(1);
    std::vector<std::thread::id> ended;
    const auto note = [&](std::exception_ptr why) {
        CHECK(why == nullptr);
        ended.push_back(std::this_thread::get_id());
    };
    std::thread::id ran;
    const auto coroutine = [&]() -> asio::awaitable<void> {
        ran = std::this_thread::get_id();
        co_return;
    };
    all.async_run_on(1, coroutine, asio::bind_executor(mine, note));
    CHECK(ended.empty());
    mine.run();
    CHECK(ran == threads_of(all)[1]);
    CHECK(ended == std::vector{std::this_thread::get_id()});

    const auto seven = []() -> asio::awaitable<int> { co_return 7; };
    CHECK(all.async_run_on(0, seven, asio::use_future).get() == 7);
    const auto wrong = []() -> int { throw std::runtime_error("no seven"); };
    CHECK_THROWS_WITH(all.async_run_on(0, wrong, asio::use_future).get(), "no seven");
    CHECK_THROWS_AS(all.async_run_on(2, seven, asio::use_future), std::out_of_range);
}

TEST_CASE("a coroutine on a shard is cancelled from the thread that started it")
{
    runtime all(shards(2));
    asio::cancellation_signal signal;
    auto ended = all.async_run_on(1, wait_for_ever,
                                  asio::bind_cancellation_slot(signal.slot(), asio::use_future));
    SECTION("at once") {}
    SECTION("once it waits")
    {
        threads_of(all);
    }
    signal.emit(asio::cancellation_type::terminal);
    CHECK_THROWS_AS(ended.get(), boost::system::system_error);
    signal.emit(asio::cancellation_type::terminal); // it is over, and nothing comes of it
    threads_of(all);
}

TEST_CASE("an object is made, used and destroyed on its shard")
{
    register_of_threads seen;
    seen.made.resize(2);
    seen.gone.resize(2);
    runtime all(shards(2));
    const auto threads = threads_of(all);
    const auto make = [&](const asio::any_io_executor&, std::size_t shard) {
        return noted(seen, shard);
    };
    {
        sharded<noted> objects(all, make);
        CHECK(seen.made == threads);
        const auto number = [&] { return objects.local().number(); };
        CHECK(all.async_run_on(1, number, asio::use_future).get() == 1);
        CHECK_THROWS_AS(objects.local(), std::logic_error);

        SECTION("with the sharded") {}
        SECTION("with the runtime, if that ends first")
        {
            all.stop();
            all.join();
        }
        SECTION("from a shard")
        {
            auto passed = std::make_unique<sharded<noted>>(all, make);
            all.async_run_on(0, [&] { passed.reset(); }, asio::use_future).get();
            CHECK(seen.gone[0] == threads[0]);
            threads_of(all);
            CHECK(seen.gone == threads);
        }
    }
    CHECK(seen.gone == threads);
}

TEST_CASE("where an object cannot be made those that were are destroyed, and that is thrown")
{
    register_of_threads seen;
    seen.made.resize(3);
    seen.gone.resize(3);
    runtime all(shards(3));
    const auto threads = threads_of(all);
    const auto make = [&](const asio::any_io_executor&, std::size_t shard) {
        if (shard == 1)
            throw std::runtime_error("not here");
        return noted(seen, shard);
    };
    CHECK_THROWS_WITH(sharded<noted>(all, make), "not here");
    CHECK(seen.gone[0] == threads[0]);
    CHECK(seen.gone[2] == threads[2]);
}

TEST_CASE("nothing can be made on a runtime that has ended, nor from within a shard")
{
    runtime all(shards(2));
    const auto make = [](const asio::any_io_executor&, std::size_t shard) { return shard; };
    const auto within = [&] { sharded<std::size_t>(all, make); };
    CHECK_THROWS_AS(all.async_run_on(0, within, asio::use_future).get(), std::logic_error);
    all.stop();
    all.join();
    CHECK_THROWS_AS(sharded<std::size_t>(all, make), boost::system::system_error);
    CHECK_THROWS_AS(all.async_run_on(0, wait_for_ever, asio::use_future).get(),
                    boost::system::system_error);
}
