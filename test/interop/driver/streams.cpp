#include "pattern.hpp"
#include "scenarios.hpp"
#include "workers.hpp"

#include <fmt/format.h>

namespace aloft::interop {
namespace {

constexpr std::uint64_t medium = 256 * 1024; // more than a stream's window of this scenario

} // namespace

// Nobody reads until every head is there, so all are open at once; then all read side by side.
boost::asio::awaitable<void> streams(client& http, const settings& told, report& found)
{
    std::uint64_t heads = 0;
    std::uint64_t whole = 0;
    std::size_t most = 0;
    boost::asio::steady_timer all_there(http.get_executor(),
                                        std::chrono::steady_clock::time_point::max());
    const auto ask = [&](std::size_t) -> boost::asio::awaitable<void> {
        request what("GET", told.url("/medium"));
        auto answer = co_await http.send(what);
        if (answer.status() != 200)
            found.problem(fmt::format("status {}", answer.status()));
        most = std::max(most, http.counts().in_flight);
        if (++heads == told.count) {
            all_there.cancel();
        } else {
            co_await all_there.async_wait(boost::asio::as_tuple(boost::asio::use_awaitable));
        }
        pattern expected(medium);
        for (auto bytes = co_await answer.body().next(); !bytes.empty();
             bytes = co_await answer.body().next()) {
            if (!expected.matches(bytes)) {
                found.problem("other bytes arrived than were sent");
                co_return;
            }
        }
        if (expected.over())
            ++whole;
    };
    co_await side_by_side(told.count, ask);
    found.values()["open"] = most;
    found.values()["connections"] = http.counts().connections;
    if (most != told.count)
        found.problem(fmt::format("{} of {} were open at once", most, told.count));
    if (whole != told.count)
        found.problem(fmt::format("{} of {} arrived whole", whole, told.count));
}

} // namespace aloft::interop
