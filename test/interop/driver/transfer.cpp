#include "pattern.hpp"
#include "scenarios.hpp"

#include <fmt/format.h>

#include <memory>

namespace aloft::interop {
namespace {

// Reads what should be the pattern.
boost::asio::awaitable<void> expect_pattern(response& answer, std::uint64_t size, report& found)
{
    pattern expected(size);
    for (;;) {
        const auto bytes = co_await answer.body().next();
        if (bytes.empty())
            break;
        if (!expected.matches(bytes)) {
            found.problem(fmt::format("other bytes arrived than were sent, after {}",
                                      size - expected.left()));
            co_return;
        }
    }
    if (!expected.over())
        found.problem(fmt::format("{} of {} bytes are missing", expected.left(), size));
}

} // namespace

boost::asio::awaitable<void> download(client& http, const settings& told, report& found)
{
    request ask("GET", told.url("/big"));
    auto answer = co_await http.send(ask);
    if (answer.status() != 200) {
        found.problem(fmt::format("status {}", answer.status()));
        co_return;
    }
    co_await expect_pattern(answer, told.count, found);
}

// Sends the pattern, and reads while it is sent where the server sends it back.
boost::asio::awaitable<void> upload(client& http, const settings& told, report& found)
{
    const auto source = std::make_shared<pattern_source>(told.count, true);
    request ask("POST", told.url("/upload"));
    ask.header("content-type", "application/octet-stream").body(source);
    auto answer = co_await http.send(ask);
    if (answer.status() != 200) {
        found.problem(fmt::format("status {}", answer.status()));
        co_return;
    }
    if (told.echo) {
        co_await expect_pattern(answer, told.count, found);
        co_return;
    }
    const auto said = co_await answer.body().collect();
    const auto expected = fmt::format("{} {:08x}\n", told.count, source->checksum());
    if (said != expected)
        found.problem(
            fmt::format("the server received '{:.100}' where '{}' was sent", said, expected));
}

} // namespace aloft::interop
