#pragma once

#include "client/client_core.hpp"
#include "connection/connection.hpp"
#include "http1/http1_session.hpp"
#include "http2/http2_session.hpp"
#include "net/pipe_transport.hpp"
#include "sim/reply_body.hpp"
#include "support/manual_clock.hpp"

#include <aloft/client.hpp>

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>

#include <chrono>
#include <cstddef>
#include <functional>
#include <list>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

/// A client and servers in one event loop: pipes between them, time by hand, and servers that do
/// what a test says.
namespace aloft::test {

using std::chrono::milliseconds;

class served_link;

/// A request at the server. Lives until its link is gone.
class served final : private exchange_owner, private detail::waiter {
public:
    served(served_link& in, buffer_pool& buffers);

    /// Answers whole.
    void answer(std::string body, unsigned status = 200, std::string_view type = "text/plain");
    /// Sends the head; a body follows by write() and end().
    void begin(unsigned status = 200, std::string_view type = "text/event-stream");
    void write(std::string_view bytes);
    void end();
    /// RST_STREAM; HTTP/1.1 closes the connection.
    void reset(std::uint32_t code);
    /// Takes what has arrived; of itself unless client_world::servers_read is off.
    void read();
    [[nodiscard]] std::string_view header(std::string_view name) const
    {
        return carried.head.get(name).value_or("");
    }
    [[nodiscard]] bool whole() const noexcept { return carried.incoming_ended; }
    [[nodiscard]] bool over() const noexcept { return carried.closed; }

    exchange carried;
    std::string body; // of the request, as far as it came
    fields head; // of the response; a test may add to it before begin() or answer()
    served_link& link;

private:
    void closed(exchange&) override {}

    sim::reply_body reply_;
    bool told_ = false;
};

class client_world;

/// A connection at the server.
class served_link final : private exchange_acceptor, private connection_observer {
public:
    served_link(client_world& in, bool http2, std::unique_ptr<net::transport> stream);
    ~served_link() { carrier->close(errc::client_closed); }

    /// HTTP/2 only.
    http2::server_session& h2() { return *h2_; }
    void set_max_streams(std::uint32_t streams)
    {
        h2_->set_max_streams(streams);
        carrier->schedule_flush();
    }
    void go_away(std::int32_t last)
    {
        h2_->go_away(0, last);
        carrier->schedule_flush();
    }
    void close() { carrier->close(errc::client_closed); }

    client_world& world;
    std::list<served> requests;
    std::shared_ptr<connection> carrier;
    bool over = false;
    bool refusing = false; // every request, unprocessed

private:
    exchange* open() override;
    void slots_changed(connection&) override {}
    void ended(connection&, error_code) override { over = true; }

    http2::server_session* h2_ = nullptr;
};

class client_world {
public:
    explicit client_world(bool http2_spoken, client_options options = client_options()) :
        http2(http2_spoken)
    {
        options.version(http2 ? http_version::http2 : http_version::http1);
        auto dialer = std::make_unique<connector>(*this);
        core = std::make_shared<detail::client_core>(context.get_executor(), options,
                                                     std::move(dialer), clock);
        core->random.seed(1);
        http = std::make_unique<client>(core);
    }
    ~client_world()
    {
        http.reset();
        core.reset();
        settle();
        links.clear();
        settle();
    }

    void settle()
    {
        do
            context.restart();
        while (context.poll() != 0);
    }
    /// Lets time pass, half a second after the other, so that what is sent meanwhile is answered.
    void pass(milliseconds time)
    {
        constexpr milliseconds step(500);
        settle();
        for (; time > step; time -= step) {
            clock->advance(step);
            settle();
        }
        clock->advance(time);
        settle();
    }
    [[nodiscard]] static request get(std::string_view path = "/")
    {
        return {"GET", "http://server" + std::string(path)};
    }
    [[nodiscard]] static request post(std::string body)
    {
        return std::move(request("POST", "http://server/").body(std::move(body)));
    }
    /// Every request the servers have seen, in order.
    [[nodiscard]] served& last() { return *seen.back(); }
    /// Nothing of any request is left anywhere.
    [[nodiscard]] bool idle() const
    {
        const auto now = http->counts();
        std::size_t reserved = 0;
        for (const auto& [where, pool] : core->pool)
            reserved += pool->reserved();
        return now.in_flight == 0 && now.queued == 0 && now.waiting == 0 &&
               now.unread_memory == 0 && now.dials == 0 && reserved == 0 && core->live.empty();
    }

    bool http2;
    boost::asio::io_context context;
    std::shared_ptr<manual_clock> clock = std::make_shared<manual_clock>();
    buffer_pool buffers;
    read_space space{64 * 1024};
    session_limits server_limits;
    std::list<served_link> links;
    std::vector<served*> seen;
    std::function<void(served&)> on_request; // once it is whole, or at once if `at_head`
    bool at_head = false;
    bool extended_connect = false; // RFC 8441, over HTTP/2
    bool servers_read = true; // what follows the first bytes of a request
    std::function<void(net::pipe_transport& near, net::pipe_transport& far)> on_connect;
    /// Puts another transport over the pipe, both ends of it, and says how that went.
    using dialed = std::function<void(net::dial_result)>;
    std::function<void(std::unique_ptr<net::pipe_transport> near,
                       std::unique_ptr<net::pipe_transport> far, dialed done)>
        over;
    error_code refuse; // what dials end with
    bool black_hole = false; // dials never end
    bool refusing = false; // every request on every connection, unprocessed
    bool closing = false; // connections are closed as soon as they are there
    std::size_t dials = 0;
    std::size_t pipe_capacity = 256 * 1024;

    std::shared_ptr<detail::client_core> core;
    std::unique_ptr<client> http;

private:
    class connector final : public net::connector {
    public:
        explicit connector(client_world& in) : world_(in) {}
        void dial(const net::endpoint_key&, net::dial_completion& done) override
        {
            const auto number = ++world_.dials;
            pending_[&done] = number;
            if (world_.black_hole)
                return;
            boost::asio::post(world_.context, [this, alive = std::weak_ptr(alive_), &done, number] {
                if (alive.expired() || !waits(done, number))
                    return;
                connect([this, alive, &done, number](net::dial_result result) {
                    if (alive.expired() || !waits(done, number))
                        return;
                    pending_.erase(&done);
                    done.dialed(std::move(result));
                });
            });
        }
        net::dial_phase cancel(net::dial_completion& done) override
        {
            pending_.erase(&done);
            return net::dial_phase::connect;
        }

    private:
        bool waits(net::dial_completion& done, std::size_t number) const
        {
            const auto at = pending_.find(&done);
            return at != pending_.end() && at->second == number;
        }
        void connect(const dialed& done)
        {
            net::dial_result result;
            result.phase = net::dial_phase::connect;
            if (world_.refuse) {
                result.error = {world_.refuse, "refused by the test"};
                return done(std::move(result));
            }
            net::pipe_transport::options settings;
            settings.capacity = world_.pipe_capacity;
            auto [near, far] = net::pipe_transport::make(world_.context.get_executor(), settings);
            if (world_.on_connect)
                world_.on_connect(*near, *far);
            if (world_.over)
                return world_.over(std::move(near), std::move(far), done);
            world_.links.emplace_back(world_, world_.http2, std::move(far));
            if (world_.closing)
                world_.links.back().close();
            result.stream = std::move(near);
            done(std::move(result));
        }

        client_world& world_;
        std::map<net::dial_completion*, std::size_t> pending_;
        std::shared_ptr<int> alive_ = std::make_shared<int>();
    };
};

inline served::served(served_link& in, buffer_pool& buffers) :
    detail::waiter([](detail::waiter& self, error_code, detail::delivery) {
        static_cast<served&>(self).read();
    }),
    carried(buffers),
    link(in)
{
    carried.owner = this;
    carried.reader_wants = exchange::wants::more;
    carried.reader = this;
}

inline void served::read()
{
    if (!link.world.servers_read)
        return;
    const auto bytes = carried.received.readable();
    body.append(bytes);
    carried.consumed += static_cast<std::uint32_t>(bytes.size());
    carried.received.consume(bytes.size(), *carried.pool);
    carried.reader_wants = exchange::wants::more;
    carried.reader = this;
    if (carried.carrier != nullptr)
        link.carrier->return_credit(carried);
    auto& world = link.world;
    if (!told_ && carried.head_complete && (world.at_head || carried.incoming_ended)) {
        told_ = true;
        world.seen.push_back(this);
        if (world.on_request)
            world.on_request(*this);
    }
}

inline void served::begin(unsigned status, std::string_view type)
{
    fields all;
    all.add(":status", std::to_string(status));
    all.add("content-type", type);
    all.append(head);
    if (const auto length = reply_.length())
        all.add("content-length", std::to_string(*length));
    head = all;
    carried.outgoing_body = &reply_;
    link.carrier->respond(carried, head);
}

inline void served::answer(std::string text, unsigned status, std::string_view type)
{
    reply_.whole(std::move(text));
    begin(status, type);
}

inline void served::write(std::string_view bytes)
{
    reply_.pending().append(bytes);
    if (carried.carrier != nullptr)
        link.carrier->resume_body(carried);
}

inline void served::end()
{
    reply_.end();
    if (carried.carrier != nullptr)
        link.carrier->resume_body(carried);
}

inline void served::reset(std::uint32_t code)
{
    if (carried.carrier != nullptr)
        link.carrier->abandon(carried, code);
}

inline served_link::served_link(client_world& in, bool http2,
                                std::unique_ptr<net::transport> stream) :
    world(in)
{
    std::unique_ptr<session> spoken;
    exchange_acceptor& acceptor = *this;
    connection_observer& observer = *this;
    if (http2) {
        auto made = std::make_unique<http2::server_session>(in.server_limits, acceptor);
        h2_ = made.get();
        if (in.extended_connect)
            h2_->allow_extended_connect();
        spoken = std::move(made);
    } else {
        spoken = http1::make_server_session(in.server_limits, in.buffers, acceptor);
    }
    carrier = std::make_shared<connection>(std::move(stream), std::move(spoken), *in.clock,
                                           in.space, observer);
    carrier->start();
}

inline exchange* served_link::open()
{
    if (refusing || world.refusing)
        return nullptr;
    return &requests.emplace_back(*this, world.buffers).carried;
}

/// Tells handlers that outlive an outcome that it is gone. A copy lives a life of its own.
class lifetime {
public:
    lifetime() = default;
    lifetime(const lifetime& /*unused*/) : lifetime() {}
    lifetime& operator=(const lifetime& /*unused*/) { return *this; }

    [[nodiscard]] std::weak_ptr<const char> watch() const { return token_; }

private:
    std::shared_ptr<const char> token_ = std::make_shared<const char>();
};

/// Holds what an operation ended with.
template <class Result>
struct outcome_of {
    int calls = 0;
    error_code ec;
    Result got{};
    failure why;
    lifetime life;

    auto handler()
    {
        return [this, alive = life.watch()](error_code with, Result result) {
            if (alive.expired())
                return;
            ++calls;
            ec = with;
            got = std::move(result);
        };
    }
};

} // namespace aloft::test
