#include "scenarios.hpp"
#include "workers.hpp"

#include <boost/asio/experimental/awaitable_operators.hpp>
#include <fmt/format.h>

#include <random>

namespace aloft::interop {
namespace {

namespace asio = boost::asio;

class storm {
public:
    storm(client& http, const settings& told) : http_(http), told_(told) {}

    asio::awaitable<void> worker();

    std::uint64_t cancelled = 0;
    std::uint64_t failed = 0; // those to be cancelled that the server ended first
    std::uint64_t answered = 0;
    std::uint64_t unanswered = 0; // of those that nobody cancelled
    std::string first_failure;
    std::string first_unanswered;

private:
    asio::awaitable<void> leave_before_head();
    asio::awaitable<void> leave_at_head(bool read_some);
    asio::awaitable<void> stay();

    client& http_;
    const settings& told_;
    std::uint64_t started_ = 0;
    std::minstd_rand random_{7};
};

asio::awaitable<void> storm::worker()
{
    while (started_ < told_.count) {
        switch (started_++ % 4) {
        case 0: co_await leave_before_head(); break;
        case 1: co_await leave_at_head(false); break;
        case 2: co_await leave_at_head(true); break;
        default: co_await stay(); break;
        }
    }
}

asio::awaitable<void> storm::leave_before_head()
{
    using namespace asio::experimental::awaitable_operators;
    request what("GET", told_.url("/big"));
    const std::chrono::milliseconds patience(random_() % 3);
    auto ask = http_.send(what);
    auto leave = pause(patience);
    try {
        co_await (std::move(ask) || std::move(leave));
        ++cancelled;
    } catch (const error& e) {
        ++failed;
        if (first_failure.empty())
            first_failure = e.what();
    }
}

asio::awaitable<void> storm::leave_at_head(bool read_some)
{
    request what("GET", told_.url("/big"));
    try {
        auto answer = co_await http_.send(what);
        if (read_some)
            co_await answer.body().next();
        ++cancelled;
    } catch (const error& e) {
        ++failed;
        if (first_failure.empty())
            first_failure = e.what();
    }
}

asio::awaitable<void> storm::stay()
{
    try {
        const auto answer = co_await http_.get(told_.url("/small"));
        ++(answer.status() == 200 ? answered : unanswered);
    } catch (const error& e) {
        ++unanswered;
        if (first_unanswered.empty())
            first_unanswered = e.what();
    }
}

// Whatever was cancelled holds nothing any more, once servers have had time to say so: but for the
// streams whose resets are held back, a few a second, as servers count them, and on each connection
// the one that was reset just now, of which the server has yet to be heard.
asio::awaitable<void> expect_rest(client& http, report& found)
{
    using namespace std::chrono_literals;
    auto left = http.counts();
    const auto undue = [&left] { return left.streams > left.deferred_resets + left.connections; };
    for (int i = 0; i != 100 && undue(); ++i) {
        co_await pause(100ms);
        left = http.counts();
    }
    if (undue() || left.in_flight + left.queued + left.waiting + left.unread_memory != 0) {
        found.problem(fmt::format("left behind: {} in flight, {} queued, {} waiting, {} streams "
                                  "({} resets held back), {} bytes unread",
                                  left.in_flight, left.queued, left.waiting, left.streams,
                                  left.deferred_resets, left.unread_memory));
    }
}

} // namespace

// A quarter is left before its head, a quarter at it, a quarter within the body; the rest must be
// answered, and so must all that come after.
asio::awaitable<void> cancel(client& http, const settings& told, report& found)
{
    storm all(http, told);
    const auto work = [&](std::size_t) { return all.worker(); };
    co_await side_by_side(told.in_flight, work);
    found.values()["cancelled"] = all.cancelled;
    found.values()["failed"] = all.failed;
    if (!all.first_failure.empty())
        found.values()["failure"] = all.first_failure;
    if (all.unanswered != 0)
        found.problem(fmt::format("{} requests that nobody cancelled failed: {}", all.unanswered,
                                  all.first_unanswered));
    if (all.failed > told.count / 4)
        found.problem(fmt::format("{} requests failed before they could be cancelled: {}",
                                  all.failed, all.first_failure));
    auto after = told;
    after.count = 200;
    co_await unary(http, after, found);
    co_await expect_rest(http, found);
}

} // namespace aloft::interop
