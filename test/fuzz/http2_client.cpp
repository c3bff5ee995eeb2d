#include "fuzz_input.hpp"
#include "support/frames.hpp"
#include "unit/http2/block_reader.hpp"
#include "unit/http2/harness.hpp"

#include <algorithm>
#include <memory>
#include <string>
#include <vector>

// A client session against a hostile server: the input says what the server sends, cut where it
// likes, and what the caller does meanwhile.
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
    limits.reset_burst = 3;
    limits.streams = 8;
    limits.streams_before_settings = 4;
    return limits;
}

struct request {
    explicit request(buffer_pool& pool, fields head, body_source* body) :
        carried(pool, std::move(head), body)
    {
    }
    fed_source body{"first piece", body_source::state::more};
    call carried;
    bool over = false;
};

class conversation {
public:
    ~conversation()
    {
        session_.transport_failed(errc::connection_closed);
        take_news();
        for (const auto& one : requests_)
            require(one->over && one->carried.e.carrier == nullptr, "every request ends");
    }

    void play(input& in)
    {
        while (!in.empty()) {
            step(in);
            take_news();
        }
    }

private:
    void step(input& in)
    {
        switch (in.byte() % 14) {
        case 0: receive(in.bytes(in.byte())); break;
        case 1:
        case 2: receive_frame(in); break;
        case 3: submit(false); break;
        case 4: submit(true); break;
        case 5: produce(std::size_t{in.byte()} * 64 + 1); break;
        case 6: produce(1 << 20); break;
        case 7: read(in.byte()); break;
        case 8: abandon(in.byte()); break;
        case 9: feed_body(in); break;
        case 10: session_.ping(); break;
        case 11: session_.set_now(now_ += in.byte()); break;
        case 12: answer(in.byte()); break;
        case 13: session_.drain(); break;
        default: break;
        }
    }

    void receive(std::string_view bytes)
    {
        // In memory of its own, for the address sanitizer.
        const std::vector<char> own(bytes.begin(), bytes.end());
        failed_ = session_.receive(own).failed() || failed_;
        std::size_t held = 0;
        for (const auto& one : requests_) {
            const bool carried = one->carried.e.carrier != nullptr;
            require(!failed_ || !carried, "a dead session carries nothing");
            held += carried ? one->carried.e.received.size() : 0;
        }
        require(held <= small_limits().connection_memory, "unread bytes stay within the limit");
        require(session_.error_detail().size() <= 256, "what is kept of an error is bounded");
    }

    void receive_frame(input& in)
    {
        const auto type = in.byte();
        const auto flags = in.byte();
        const auto stream = static_cast<std::int32_t>(in.byte() % 16);
        receive(h2::frame(type % 12, flags, stream, in.bytes(in.byte())));
    }

    /// What a server that means well would say on a stream.
    void answer(std::uint8_t what)
    {
        const auto stream = 1 + what % 8 * 2;
        if (what < 128)
            receive(h2::headers(stream, {{":status", "200"}, {"x", "y"}}));
        else
            receive(h2::data(stream, std::string(std::size_t{what} * 40, 'd'), what % 3 == 0));
    }

    void submit(bool with_body)
    {
        if (requests_.size() >= 64)
            return;
        auto one =
            std::make_unique<request>(pool_, with_body ? post_request() : get_request(), nullptr);
        one->carried.outgoing.add("x-number", std::to_string(submitted_++ % 7));
        if (submitted_ % 3 == 0)
            one->body.behind.add("x-digest", std::to_string(submitted_));
        if (with_body)
            one->carried.e.outgoing_body = &one->body;
        const auto ec = session_.submit(one->carried.e);
        require(!failed_ || ec, "a dead session takes nothing");
        if (!ec)
            requests_.push_back(std::move(one));
    }

    void produce(std::size_t target)
    {
        output_buffer out(target);
        session_.produce(out);
        require(out.size() < target + 70'000, "output stops near its target");
        unread_ += out.view();
        for (const auto& frame : h2::take_frames(unread_)) {
            if (frame.type != h2::HEADERS)
                continue;
            // Whatever was taken back meanwhile, and whatever table the server wants.
            const auto block = peer_.read(frame.payload);
            require(block.has_value(), "field blocks are HPACK");
            const auto& fields = block->fields;
            require(fields.size() == 1 || fields.front().first == ":method",
                    "field blocks are what was to be sent");
        }
    }

    request* pick(std::uint8_t which)
    {
        return requests_.empty() ? nullptr : requests_[which % requests_.size()].get();
    }

    void read(std::uint8_t which)
    {
        if (auto* one = pick(which))
            one->carried.read(session_);
    }

    void abandon(std::uint8_t which)
    {
        if (requests_.empty())
            return;
        const auto at = requests_.begin() + static_cast<std::ptrdiff_t>(which % requests_.size());
        session_.abandon((*at)->carried.e, which % 2 == 0 ? h2::cancel : h2::no_error);
        requests_.erase(at); // at once, as a caller may
    }

    void feed_body(input& in)
    {
        auto* one = pick(in.byte());
        if (one == nullptr || one->carried.e.outgoing_body == nullptr)
            return;
        const auto what = in.byte();
        const auto then = what < 160   ? body_source::state::more
                          : what < 250 ? body_source::state::last
                                       : body_source::state::failed;
        one->body.feed(std::string(std::size_t{what} * 100, 'b'), then);
        session_.resume_body(one->carried.e);
    }

    void take_news()
    {
        for (auto* e : news(session_)) {
            const auto at = std::find_if(requests_.begin(), requests_.end(),
                                         [e](const auto& one) { return &one->carried.e == e; });
            require(at != requests_.end(), "only live requests have news");
            require(!(*at)->over, "a request has no news behind its end");
            (*at)->over = e->closed;
            require(e->closed == (e->carrier == nullptr), "closed is let go of");
            require(!e->incoming_ended || e->head_complete, "a response that ended has a head");
        }
        require(!failed_ || session_.capacity() == 0, "a dead session has no room");
        session_.take_news();
    }

    buffer_pool pool_;
    std::vector<std::unique_ptr<request>> requests_;
    http2::client_session session_{small_limits()};
    std::uint64_t now_ = 0;
    bool failed_ = false;
    unsigned submitted_ = 0;
    std::string unread_; // what was produced, but for whole frames
    block_reader peer_;
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
