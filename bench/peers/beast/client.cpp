// Boost.Beast by hand as one of the clients of the comparison: HTTP/1.1 with keep-alive, a
// connection and a coroutine for each request in flight, simdjson for one field of the events.
#include "bench/peers/common/command_line.hpp"
#include "bench/peers/common/content_reader.hpp"
#include "bench/peers/common/event_splitter.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http.hpp>

#include <array>
#include <memory>
#include <vector>

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;

namespace {

using executor = asio::io_context::executor_type;
using socket_type = asio::basic_stream_socket<asio::ip::tcp, executor>;
using task = asio::awaitable<void, executor>;
constexpr asio::use_awaitable_t<executor> awaitable;

struct load {
    const bench::arguments& given;
    std::string path;
    std::uint64_t limit = 0;
    std::uint64_t started = 0;
    bench::counts done;
    bench::content_reader reader;
};

struct connection {
    socket_type socket;
    beast::flat_buffer buffer;
};

task read_events(load& work, connection& over)
{
    constexpr std::size_t room = 8192;
    std::array<char, room + 64> memory;
    bench::event_splitter events;
    http::response_parser<http::buffer_body> parser;
    parser.body_limit(boost::none);
    co_await http::async_read_header(over.socket, over.buffer, parser, awaitable);
    while (!parser.is_done()) {
        parser.get().body().data = memory.data();
        parser.get().body().size = room;
        beast::error_code ec;
        co_await http::async_read_some(over.socket, over.buffer, parser,
                                       asio::redirect_error(awaitable, ec));
        if (ec && ec != http::error::need_buffer) {
            ++work.done.errors;
            co_return;
        }
        events.feed({memory.data(), room - parser.get().body().size},
                    [&](std::string_view chunk) { work.reader.count(chunk, work.done); });
    }
}

task keep_asking(load& work, connection& over)
{
    while (work.started < work.limit) {
        ++work.started;
        http::request<http::span_body<const char>> request(http::verb::post, work.path, 11);
        request.set(http::field::host, work.given.host);
        request.set(http::field::content_type, "application/json");
        request.set(http::field::accept,
                    work.given.events ? "text/event-stream" : "application/json");
        request.body() = {work.given.body.data(), work.given.body.size()};
        request.prepare_payload();
        co_await http::async_write(over.socket, request, awaitable);
        if (work.given.events) {
            co_await read_events(work, over);
        } else {
            http::response<http::string_body> response;
            co_await http::async_read(over.socket, over.buffer, response, awaitable);
            work.done.errors += response.result() != http::status::ok ? 1U : 0U;
        }
        ++work.done.requests;
    }
}

using connections = std::vector<std::unique_ptr<connection>>;

void drive(asio::io_context& loop, load& work, connections& all, std::uint64_t limit,
           const std::string& path)
{
    work.limit = limit;
    work.started = 0;
    work.done = {};
    work.path = path;
    for (auto& one : all)
        asio::co_spawn(loop.get_executor(), keep_asking(work, *one), asio::detached);
    loop.restart();
    loop.run();
}

} // namespace

int main(int count, char** values)
{
    const auto given = bench::arguments::read(count, values);
    asio::io_context loop(1);
    load work{given, given.path, 0, 0, {}, {}};
    connections all;
    for (std::size_t i = 0; i != given.in_flight(); ++i) {
        auto& one =
            all.emplace_back(std::make_unique<connection>(connection{socket_type(loop), {}}));
        one->socket.connect({asio::ip::address_v4::loopback(), given.port});
        one->socket.set_option(asio::ip::tcp::no_delay(true));
    }
    if (given.warm != 0)
        drive(loop, work, all, given.warm, given.warm_path);
    const bench::window measured;
    drive(loop, work, all, given.total, given.path);
    measured.report(work.done);
}
