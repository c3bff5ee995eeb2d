#include "net/pipe_transport.hpp"
#include "net/socket_transport.hpp"
#include "support/allocations.hpp"
#include "support/catch.hpp"
#include "unit/net/results.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/local/connect_pair.hpp>
#include <boost/asio/local/stream_protocol.hpp>

#include <array>

using namespace aloft;
using namespace aloft::net;
using namespace aloft::test;
using asio::error::operation_aborted;
using asio::error::would_block;

namespace {

using socket_pair = std::pair<std::unique_ptr<socket_transport>, std::unique_ptr<socket_transport>>;

socket_pair tcp_pair(asio::io_context& context)
{
    using tcp = asio::ip::tcp;
    tcp::acceptor acceptor{context, {asio::ip::address_v4::loopback(), 0}};
    const asio::any_io_executor executor = context.get_executor();
    asio::basic_stream_socket<tcp> near{executor};
    asio::basic_stream_socket<tcp> far{executor};
    near.connect(acceptor.local_endpoint());
    acceptor.accept(far);
    return {std::make_unique<socket_transport>(std::move(near), "near"),
            std::make_unique<socket_transport>(std::move(far), "far")};
}

socket_pair unix_pair(asio::io_context& context)
{
    asio::local::stream_protocol::socket near{context.get_executor()};
    asio::local::stream_protocol::socket far{context.get_executor()};
    asio::local::connect_pair(near, far);
    return {std::make_unique<socket_transport>(std::move(near), "near"),
            std::make_unique<socket_transport>(std::move(far), "far")};
}

void run(asio::io_context& context, const result& until)
{
    context.restart();
    while (!until.done() && context.run_one() > 0)
        ;
}

/// What every transport does alike, over a connected pair.
void exchange_bytes(asio::io_context& context, transport& near, transport& far)
{
    std::array<char, 16> buffer{};
    result read;
    far.read_some(buffer, read);
    result written;
    near.write(std::string_view{"hello"}, written);
    CHECK_FALSE(read.done());
    CHECK_FALSE(written.done());
    run(context, read);
    run(context, written);
    CHECK(written.bytes == 5);
    CHECK(std::string_view(buffer.data(), read.bytes) == "hello");

    error_code ec;
    CHECK(far.try_read(buffer, ec) == 0);
    CHECK(ec == would_block);

    near.shutdown_write();
    result end;
    far.read_some(buffer, end);
    run(context, end);
    CHECK(end.ec == asio::error::eof);

    result back;
    near.read_some(buffer, back);
    CHECK(far.try_write(std::string_view{"still"}, ec) == 5);
    run(context, back);
    CHECK(back.bytes == 5);
}

/// More than any buffer holds, so that the writer waits for the reader.
void exchange_large(asio::io_context& context, transport& near, transport& far)
{
    const std::string sent(8 * 1024 * 1024, 'x');
    result written;
    near.write(sent, written);
    std::string buffer(64 * 1024, '\0');
    std::size_t received = 0;
    while (received < sent.size()) {
        result read;
        far.read_some(buffer, read);
        run(context, read);
        REQUIRE_FALSE(read.ec);
        received += read.bytes;
    }
    run(context, written);
    CHECK(written.bytes == sent.size());
    CHECK(received == sent.size());
}

} // namespace

TEST_CASE("TCP, Unix and in-memory transports carry bytes both ways and end one way at a time")
{
    asio::io_context context;
    SECTION("TCP")
    {
        const auto [near, far] = tcp_pair(context);
        exchange_bytes(context, *near, *far);
    }
    SECTION("Unix")
    {
        const auto [near, far] = unix_pair(context);
        exchange_bytes(context, *near, *far);
    }
    SECTION("pipe")
    {
        const auto [near, far] = pipe_transport::make(context.get_executor());
        exchange_bytes(context, *near, *far);
    }
}

TEST_CASE("a write larger than every buffer completes when all of it left")
{
    asio::io_context context;
    SECTION("TCP")
    {
        const auto [near, far] = tcp_pair(context);
        exchange_large(context, *near, *far);
    }
    SECTION("Unix")
    {
        const auto [near, far] = unix_pair(context);
        exchange_large(context, *near, *far);
    }
    SECTION("pipe")
    {
        const auto [near, far] = pipe_transport::make(context.get_executor());
        exchange_large(context, *near, *far);
    }
}

TEST_CASE("close aborts what is outstanding, and not inline")
{
    asio::io_context context;
    std::array<char, 16> buffer{};
    const std::string large(8 * 1024 * 1024, 'x');
    result read;
    result written;
    auto check = [&](transport& stream) {
        stream.read_some(buffer, read);
        stream.write(large, written);
        context.poll();
        REQUIRE_FALSE(read.done());
        REQUIRE_FALSE(written.done());
        stream.close();
        CHECK_FALSE(read.done());
        CHECK_FALSE(written.done());
        context.restart();
        context.poll();
        CHECK(read.ec == operation_aborted);
        CHECK(written.ec == operation_aborted);
    };
    SECTION("TCP")
    {
        const auto [near, far] = tcp_pair(context);
        check(*near);
    }
    SECTION("pipe")
    {
        const auto [near, far] = pipe_transport::make(context.get_executor());
        check(*near);
    }
}

TEST_CASE("a destroyed transport completes nothing")
{
    asio::io_context context;
    std::array<char, 16> buffer{};
    result read;
    result written;
    SECTION("TCP")
    {
        auto pair = tcp_pair(context);
        pair.first->read_some(buffer, read);
        pair.first->write(std::string_view{"x"}, written);
    }
    SECTION("pipe")
    {
        auto pair = pipe_transport::make(context.get_executor());
        pair.first->read_some(buffer, read);
        pair.first->write(std::string_view{"x"}, written);
    }
    context.poll();
    CHECK_FALSE(read.done());
    CHECK_FALSE(written.done());
}

TEST_CASE("an io_context may be destroyed before a transport's wait completes")
{
    result read;
    std::array<char, 16> buffer{};
    {
        asio::io_context context;
        auto [near, far] = tcp_pair(context);
        near->read_some(buffer, read);
    }
    CHECK_FALSE(read.done());
}

TEST_CASE("a steady exchange over TCP allocates nothing")
{
    asio::io_context context{1};
    const auto [near, far] = tcp_pair(context);
    std::array<char, 256> buffer{};
    auto turn = [&] {
        result read;
        result written;
        far->read_some(buffer, read);
        near->write(std::string_view{"a token of a reply"}, written);
        context.restart();
        while (!read.done() || !written.done())
            context.run_one();
    };
    for (int i = 0; i < 4; ++i)
        turn();
    const std::size_t before = allocations();
    for (int i = 0; i < 100; ++i)
        turn();
    CHECK(allocations() == before);
}

TEST_CASE("a reset by the peer is an error of the read")
{
    asio::io_context context;
    auto pair = tcp_pair(context);
    error_code ec;
    pair.first->try_write(std::string_view{"unread"}, ec);
    pair.second.reset(); // with unread bytes: TCP answers with RST
    std::array<char, 16> buffer{};
    result read;
    pair.first->read_some(buffer, read);
    run(context, read);
    CHECK(read.ec == asio::error::connection_reset);
}

TEST_CASE("a pipe with write credit delivers a part and waits for more")
{
    asio::io_context context;
    const auto [near, far] = pipe_transport::make(context.get_executor());
    near->set_write_credit(3);
    result written;
    near->write(std::string_view{"abcdef"}, written);
    context.poll();
    CHECK_FALSE(written.done());
    CHECK(near->bytes_written() == 3);

    std::array<char, 16> buffer{};
    error_code ec;
    CHECK(far->try_read(buffer, ec) == 3);
    near->set_write_credit(100);
    context.restart();
    context.poll();
    CHECK(written.bytes == 6);
    CHECK(far->try_read(buffer, ec) == 3);
}

TEST_CASE("a pipe with a read limit delivers byte by byte")
{
    asio::io_context context;
    const auto [near, far] = pipe_transport::make(context.get_executor());
    far->set_read_limit(1);
    error_code ec;
    near->try_write(std::string_view{"abc"}, ec);
    std::array<char, 16> buffer{};
    CHECK(far->try_read(buffer, ec) == 1);
    CHECK(far->try_read(buffer, ec) == 1);
    CHECK(buffer[0] == 'b');
}

TEST_CASE("a pipe fails the chosen read, write or step, and every later one")
{
    asio::io_context context;
    const auto [near, far] = pipe_transport::make(context.get_executor());
    std::array<char, 16> buffer{};
    error_code ec;

    near->fail_write_at(1, asio::error::connection_reset);
    CHECK(near->try_write(std::string_view{"a"}, ec) == 1);
    CHECK(near->try_write(std::string_view{"a"}, ec) == 0);
    CHECK(ec == asio::error::connection_reset);

    far->fail_read_at(1, asio::error::timed_out);
    CHECK(far->try_read(buffer, ec) == 1);
    CHECK(far->try_read(buffer, ec) == 0);
    CHECK(ec == asio::error::timed_out);

    // A wait is a step too; and a reader that already waits hears of its failure.
    const auto [one, other] = pipe_transport::make(context.get_executor());
    one->fail_at(1, asio::error::network_down);
    result read;
    one->read_some(buffer, read);
    other->try_write(std::string_view{"a"}, ec);
    context.restart();
    context.poll();
    CHECK(read.ec == asio::error::network_down);
    CHECK(one->operations() == 2);
}

TEST_CASE("a pipe breaks for the writer when the reader closes")
{
    asio::io_context context;
    const auto [near, far] = pipe_transport::make(context.get_executor());
    result written;
    const std::string large(100'000, 'x');
    near->write(large, written);
    far->close();
    context.poll();
    CHECK(written.ec == asio::error::broken_pipe);
    CHECK(far->closed());
    CHECK(far->write_ended());
    CHECK_FALSE(near->closed());
}
