#include "fuzz_input.hpp"
#include "http1/http1_session.hpp"

#include <memory>
#include <string>
#include <vector>

// A server session against a hostile client. The first byte says how the bytes are cut in the
// second run: what a session finds must not depend on that.
namespace aloft::fuzz {
namespace {

session_limits small_limits()
{
    session_limits limits;
    limits.header_list = 400;
    return limits;
}

/// A list that is too long and broken besides fails as one or the other, as it is cut.
std::string kind_of(error_code ec)
{
    return ec == errc::header_list_too_large ? make_error_code(errc::protocol_error).message()
                                             : ec.message();
}

std::string text(const fields& of)
{
    std::string all;
    for (const auto [name, value] : of)
        all.append(name).append("=").append(value).append(";");
    return all;
}

/// Every request is answered once it is whole.
class conversation final : exchange_acceptor {
public:
    conversation() { head_.add(":status", "200"); }

    void receive(std::string_view piece)
    {
        const std::vector<char> own(piece.begin(), piece.end());
        session_->receive(own);
        answer();
    }

    std::string outcome()
    {
        session_->receive_eof();
        answer();
        require(session_->finished() || session_->wants_write(), "it ends with its connection");
        std::string all;
        for (const auto& e : exchanges_) {
            all.append(text(e->head)).append("|").append(e->received.readable()).append("|");
            all.append(e->trailers ? text(*e->trailers) : "-").append("|");
            all.append(kind_of(e->error)).append(e->incoming_ended ? "E\n" : "-\n");
            require(e->closed && e->carrier == nullptr, "every request ends");
            const auto path = e->head.get(":path").value_or("");
            require(path.starts_with('/') || path == "*", "a target is a path");
        }
        return all;
    }

private:
    exchange* open() override
    {
        exchanges_.push_back(std::make_unique<exchange>(pool_));
        return exchanges_.back().get();
    }

    void answer()
    {
        for (bool more = true; more;) {
            more = false;
            output_buffer out(4096);
            session_->produce(out);
            while (!session_->ready().empty())
                session_->ready().front().unlink();
            for (; answered_ < exchanges_.size(); ++answered_) {
                auto& e = *exchanges_[answered_];
                if (e.carrier == nullptr)
                    continue;
                if (!e.incoming_ended)
                    break;
                require(!session_->respond(e, head_), "a whole request can be answered");
                more = true;
            }
        }
    }

    fields head_;
    buffer_pool pool_;
    std::vector<std::unique_ptr<exchange>> exchanges_;
    std::size_t answered_ = 0;
    std::unique_ptr<session> session_ = http1::make_server_session(small_limits(), pool_, *this);
};

} // namespace
} // namespace aloft::fuzz

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    using namespace aloft::fuzz;
    input in(data, size);
    const auto cuts = in.byte();
    const auto bytes = in.rest();
    conversation whole;
    whole.receive(bytes);
    conversation cut;
    in_pieces(bytes, cuts, [&cut](std::string_view piece) { cut.receive(piece); });
    require(whole.outcome() == cut.outcome(), "requests are the same however they are cut");
    return 0;
}
