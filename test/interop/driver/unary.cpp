#include "scenarios.hpp"
#include "workers.hpp"

#include <fmt/format.h>

namespace aloft::interop {

boost::asio::awaitable<void> unary(client& http, const settings& told, report& found)
{
    std::uint64_t started = 0;
    std::uint64_t answered = 0;
    const auto ask = [&](std::size_t) -> boost::asio::awaitable<void> {
        while (started < told.count) {
            ++started;
            const auto answer = co_await http.get(told.url("/small"));
            if (answer.status() != 200 || answer.body() != "small\n")
                found.problem(
                    fmt::format("status {}, body '{:.100}'", answer.status(), answer.body()));
            ++answered;
        }
    };
    co_await side_by_side(told.in_flight, ask);
    found.values()["answered"] = answered;
    if (answered != told.count)
        found.problem(fmt::format("{} of {} were answered", answered, told.count));
}

} // namespace aloft::interop
