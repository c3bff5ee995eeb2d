#pragma once

#include "client/client_core.hpp"
#include "connection/connection.hpp"
#include "net/pipe_transport.hpp"
#include "support/frames.hpp"
#include "support/manual_clock.hpp"

#include <aloft/client.hpp>

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>

#include <chrono>
#include <cstddef>
#include <deque>
#include <functional>
#include <list>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

/// A client in one event loop, time by hand, and servers that are nothing but the bytes a test
/// sends and reads: it can show what no proper server does.
namespace aloft::test {

/// The server's end of one connection.
class scripted_peer {
public:
    explicit scripted_peer(std::unique_ptr<net::pipe_transport> far) : far_(std::move(far)) {}

    void send(std::string_view bytes)
    {
        error_code ec;
        while (!bytes.empty() && !ec)
            bytes.remove_prefix(far_->try_write({bytes.data(), bytes.size()}, ec));
    }
    /// FIN; what the client sends is read still.
    void end() { far_->shutdown_write(); }
    void close() { far_->close(); }
    /// The client has closed its end.
    [[nodiscard]] bool left()
    {
        read();
        return ended_;
    }

    /// What the client sent since last asked, as text.
    std::string text()
    {
        read();
        return std::exchange(received_, {});
    }
    /// The same as frames, in words: "HEADERS 1 end, PING, RST_STREAM 1 CANCEL". SETTINGS and
    /// WINDOW_UPDATE are left out.
    std::string trace()
    {
        read();
        std::string out;
        for (const auto& f : h2::take_frames(received_)) {
            if (f.type == h2::SETTINGS || f.type == h2::WINDOW_UPDATE)
                continue;
            if (!out.empty())
                out += ", ";
            out += words(f);
        }
        return out;
    }

private:
    void read()
    {
        std::vector<char> space(64 * 1024);
        error_code ec;
        while (!ec) {
            const auto count = far_->try_read(space, ec);
            received_.append(space.data(), count);
        }
        ended_ = ended_ || ec == boost::asio::error::eof;
    }
    static std::string words(const h2::parsed_frame& f)
    {
        const auto stream = " " + std::to_string(f.stream);
        const std::string end = (f.flags & h2::end_stream) != 0 ? " end" : "";
        switch (f.type) {
        case h2::DATA: return "DATA" + stream + " " + std::to_string(f.payload.size()) + end;
        case h2::HEADERS: return "HEADERS" + stream + end;
        case h2::PING: return (f.flags & h2::ack) != 0 ? "PING ack" : "PING";
        case h2::RST_STREAM:
            return "RST_STREAM" + stream + (f.number(0) == h2::cancel ? " CANCEL" : "");
        case h2::GOAWAY: return "GOAWAY";
        default: return "frame " + std::to_string(f.type);
        }
    }

    std::unique_ptr<net::pipe_transport> far_;
    std::string received_;
    bool ended_ = false;
};

/// What a request ended with.
struct fetched_response {
    int calls = 0;
    error_code ec;
    whole_response got;
    failure why;

    auto handler()
    {
        return [this](error_code with, whole_response result) {
            ++calls;
            ec = with;
            got = std::move(result);
        };
    }
    [[nodiscard]] bool good() const { return calls == 1 && !ec; }
};

class scripted_world {
public:
    /// `scheme` "http" with HTTP/2 by prior knowledge unless the options say otherwise, or "https"
    /// where `alpn` is the answer to each dial.
    explicit scripted_world(client_options options, std::string origin = "http://server") :
        origin_(std::move(origin))
    {
        auto dialer = std::make_unique<connector>(*this);
        core = std::make_shared<detail::client_core>(context.get_executor(), options,
                                                     std::move(dialer), clock);
        core->random.seed(1);
        http = std::make_unique<client>(core);
    }
    ~scripted_world()
    {
        http.reset();
        core.reset();
        settle();
    }

    static client_options http2() { return client_options().version(http_version::http2); }
    static client_options http1() { return client_options().version(http_version::http1); }

    void settle()
    {
        do
            context.restart();
        while (context.poll() != 0);
    }
    /// Lets time pass, a tenth of a second after the other.
    void pass(std::chrono::milliseconds time)
    {
        using namespace std::chrono_literals;
        settle();
        for (; time > 100ms; time -= 100ms) {
            clock->advance(100ms);
            settle();
        }
        clock->advance(time);
        settle();
    }
    /// Room for what requests end with, which may be long after the test has.
    std::deque<fetched_response>& results(std::size_t count)
    {
        return results_.emplace_back(count);
    }
    /// The peer's turn: sends, and the client reads.
    void send(std::size_t peer, std::string_view bytes)
    {
        peers.at(peer).send(bytes);
        settle();
    }
    [[nodiscard]] request get() const { return {"GET", origin_ + "/"}; }
    [[nodiscard]] request post(std::string body) const
    {
        return std::move(request("POST", origin_ + "/").body(std::move(body)));
    }
    [[nodiscard]] pool::origin_pool& pool() { return *core->pool.begin()->second; }
    /// Nothing of any request is left anywhere.
    [[nodiscard]] bool idle() const
    {
        const auto now = http->counts();
        std::size_t reserved = 0;
        for (const auto& [where, pool] : core->pool)
            reserved += pool->reserved();
        return now.in_flight == 0 && now.queued == 0 && now.waiting == 0 &&
               now.unread_memory == 0 && reserved == 0 && core->live.empty();
    }

private:
    std::list<std::deque<fetched_response>> results_;

public:
    boost::asio::io_context context;
    std::shared_ptr<manual_clock> clock = std::make_shared<manual_clock>();
    std::deque<scripted_peer> peers; // in the order of their dials
    std::string greeting = h2::settings(); // what each sends at once
    std::string alpn; // what each answers
    error_code refuse; // what dials end with
    std::vector<std::vector<std::string>> offered; // ALPN of each dial

    std::shared_ptr<detail::client_core> core;
    std::unique_ptr<client> http;

private:
    class connector final : public net::connector {
    public:
        explicit connector(scripted_world& in) : world_(in) {}
        void dial(const net::endpoint_key& key, net::dial_completion& done) override
        {
            world_.offered.push_back(key.alpn);
            const auto number = ++started_;
            pending_[&done] = number;
            boost::asio::post(world_.context, [this, alive = std::weak_ptr(alive_), &done, number] {
                if (alive.expired())
                    return;
                const auto at = pending_.find(&done);
                if (at == pending_.end() || at->second != number)
                    return;
                pending_.erase(at);
                done.dialed(connect());
            });
        }
        net::dial_phase cancel(net::dial_completion& done) override
        {
            pending_.erase(&done);
            return net::dial_phase::connect;
        }

    private:
        net::dial_result connect()
        {
            net::dial_result result;
            result.phase = net::dial_phase::connect;
            if (world_.refuse) {
                result.error = {world_.refuse, "refused by the test"};
                return result;
            }
            net::pipe_transport::options settings;
            settings.alpn = world_.alpn;
            auto [near, far] = net::pipe_transport::make(world_.context.get_executor(), settings);
            world_.peers.emplace_back(std::move(far)).send(world_.greeting);
            result.stream = std::move(near);
            return result;
        }

        scripted_world& world_;
        std::map<net::dial_completion*, std::size_t> pending_;
        std::size_t started_ = 0;
        std::shared_ptr<int> alive_ = std::make_shared<int>();
    };

    std::string origin_;
};

/// `count` requests at once.
inline std::deque<fetched_response>& fetch(scripted_world& in, std::size_t count)
{
    auto& all = in.results(count);
    for (auto& one : all)
        in.http->async_fetch(in.get(), one.why, one.handler());
    in.settle();
    return all;
}

} // namespace aloft::test

namespace aloft::test::h2 {

/// A whole response.
inline std::string response(std::int32_t stream, std::string_view body = "ok")
{
    return headers(stream, {{":status", "200"}}) + data(stream, body, true);
}

} // namespace aloft::test::h2
