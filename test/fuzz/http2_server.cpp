#include "fuzz_input.hpp"
#include "support/frames.hpp"
#include "unit/http2/harness.hpp"

#include <deque>
#include <memory>
#include <vector>

// A server session against a hostile client.
namespace aloft::fuzz {
namespace {

using namespace aloft::test;

session_limits small_limits()
{
    session_limits limits;
    limits.header_list = 2'000;
    limits.stream_window = 20'000;
    limits.connection_memory = 50'000;
    limits.control_frames = 200;
    limits.streams = 8;
    return limits;
}

class conversation final : exchange_acceptor {
public:
    conversation() { receive(h2::preface); }
    ~conversation()
    {
        session_.transport_failed(errc::connection_closed);
        take_news();
        for (const auto& one : requests_)
            require(one->e.carrier == nullptr, "every request ends");
    }

    void play(input& in)
    {
        while (!in.empty()) {
            step(in);
            take_news();
        }
    }

private:
    struct answered : call {
        explicit answered(buffer_pool& pool) : call(pool, response_head()) {}
        fed_source body{"first piece", body_source::state::more};
        bool responded = false;
    };

    exchange* open() override
    {
        if (requests_.size() >= 200 || refusing_)
            return nullptr;
        requests_.push_back(std::make_unique<answered>(pool_));
        return &requests_.back()->e;
    }

    void step(input& in)
    {
        switch (in.byte() % 14) {
        case 0: receive(in.bytes(in.byte())); break;
        case 1:
        case 2: {
            const auto type = in.byte();
            const auto flags = in.byte();
            const auto stream = static_cast<std::int32_t>(in.byte() % 16);
            receive(h2::frame(type % 12, flags, stream, in.bytes(in.byte())));
            break;
        }
        case 3:
            receive(h2::headers(
                next_stream_ += 2,
                {{":method", "POST"}, {":scheme", "https"}, {":authority", "a"}, {":path", "/"}},
                in.byte() % 2 == 0));
            break;
        case 4: {
            const auto what = in.byte();
            receive(h2::data(1 + what % 16 * 2, std::string(std::size_t{what} * 40, 'd'),
                             what % 3 == 0));
            break;
        }
        case 5: produce(std::size_t{in.byte()} * 64 + 1); break;
        case 6: produce(1 << 20); break;
        case 7:
            if (auto* one = pick(in.byte()))
                one->read(session_);
            break;
        case 8: abandon(in.byte()); break;
        case 9: respond(in.byte()); break;
        case 10: feed_body(in); break;
        case 11: session_.set_max_streams(in.byte() % 8); break;
        case 12: refusing_ = !refusing_; break;
        case 13: farewell(in.byte()); break;
        default: break;
        }
    }

    void receive(std::string_view bytes)
    {
        const std::vector<char> own(bytes.begin(), bytes.end());
        const bool failed = session_.receive(own).failed();
        std::size_t held = 0;
        for (const auto& one : requests_) {
            require(!failed || one->e.carrier == nullptr, "a dead session carries nothing");
            held += one->e.carrier != nullptr ? one->e.received.size() : 0;
        }
        require(held <= small_limits().connection_memory, "unread bytes stay within the limit");
    }

    void produce(std::size_t target)
    {
        output_buffer out(target);
        session_.produce(out);
        require(out.size() < target + 70'000, "output stops near its target");
    }

    answered* pick(std::uint8_t which)
    {
        return requests_.empty() ? nullptr : requests_[which % requests_.size()].get();
    }

    void abandon(std::uint8_t which)
    {
        if (requests_.empty())
            return;
        const auto at = requests_.begin() + static_cast<std::ptrdiff_t>(which % requests_.size());
        session_.abandon((*at)->e, h2::internal_error);
        requests_.erase(at);
    }

    void respond(std::uint8_t which)
    {
        auto* one = pick(which);
        if (one == nullptr || one->responded)
            return;
        one->e.outgoing_body = which % 2 == 0 ? &one->body : nullptr;
        one->responded = !session_.respond(one->e, one->outgoing);
    }

    void feed_body(input& in)
    {
        auto* one = pick(in.byte());
        if (one == nullptr)
            return;
        const auto what = in.byte();
        one->body.feed(std::string(std::size_t{what} * 100, 'b'),
                       what < 160   ? body_source::state::more
                       : what < 250 ? body_source::state::last
                                    : body_source::state::failed);
        session_.resume_body(one->e);
    }

    void farewell(std::uint8_t how)
    {
        if (how % 2 == 0)
            session_.drain();
        else
            session_.go_away(h2::no_error, how % 8 * 2 + 1);
    }

    void take_news()
    {
        for (auto* e : news(session_))
            require(e->closed == (e->carrier == nullptr), "closed is let go of");
        session_.take_news();
    }

    buffer_pool pool_;
    std::vector<std::unique_ptr<answered>> requests_;
    http2::server_session session_{small_limits(), *this};
    std::int32_t next_stream_ = -1;
    bool refusing_ = false;
};

} // namespace
} // namespace aloft::fuzz

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    aloft::fuzz::input in(data, size);
    aloft::fuzz::conversation talk;
    talk.play(in);
    return 0;
}
