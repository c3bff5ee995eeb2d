#include "fuzz_input.hpp"
#include "http1/http1_session.hpp"

#include <memory>
#include <string>
#include <vector>

// A client session against a hostile server. The first byte is the method, the second says how the
// bytes are cut in the second run: what a session finds must not depend on that.
namespace aloft::fuzz {
namespace {

session_limits small_limits()
{
    session_limits limits;
    limits.header_list = 400;
    limits.interim_responses = 2;
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

/// Everything that became of the requests, one after another on one connection.
class conversation {
public:
    explicit conversation(std::uint8_t method) :
        method_(method % 3 == 0   ? "GET"
                : method % 3 == 1 ? "HEAD"
                                  : "POST")
    {
        start();
    }

    void receive(std::string_view piece)
    {
        const std::vector<char> own(piece.begin(), piece.end());
        const auto ec = session_->receive(own);
        if (ec) {
            require(session_->finished(), "an error ends the connection");
            require(session_->capacity() == 0, "a connection that ended takes nothing");
        }
        while (!session_->ready().empty())
            session_->ready().front().unlink();
    }

    std::string outcome()
    {
        const auto before = state();
        session_->receive_eof();
        require(session_->finished(), "it ends with its connection");
        require(current_->closed, "the request ends with its connection");
        while (!session_->ready().empty())
            session_->ready().front().unlink();
        return before + "\n" + state();
    }

private:
    void start()
    {
        request_ = fields();
        request_.add(":method", method_);
        request_.add(":scheme", "http");
        request_.add(":authority", "a");
        request_.add(":path", "/");
        current_ = std::make_unique<exchange>(pool_);
        current_->outgoing = &request_;
        require(!session_->submit(*current_), "an idle connection takes a request");
        output_buffer out(4096);
        session_->produce(out);
        require(current_->outgoing_ended, "a request without a body is sent at once");
    }

    [[nodiscard]] std::string state() const
    {
        const auto& e = *current_;
        std::string all = std::to_string(e.status) + "|" + text(e.head) + "|";
        all.append(e.received.readable()).append("|");
        all.append(e.trailers ? text(*e.trailers) : "-").append("|").append(kind_of(e.error));
        for (const bool flag : {e.head_complete, e.incoming_ended, e.closed})
            all.append(flag ? "1" : "0");
        require(e.closed == (e.carrier == nullptr), "closed is let go of");
        require(!e.incoming_ended || e.head_complete, "a response that ended has a head");
        require(!e.error || e.closed, "an error ends a request");
        return all.append(session_->finished() ? "F" : "-")
            .append(std::to_string(session_->capacity()));
    }

    std::string method_;
    fields request_;
    buffer_pool pool_;
    std::unique_ptr<exchange> current_;
    std::unique_ptr<session> session_ = http1::make_client_session(small_limits(), pool_);
};

} // namespace
} // namespace aloft::fuzz

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    using namespace aloft::fuzz;
    input in(data, size);
    const auto method = in.byte();
    const auto cuts = in.byte();
    const auto bytes = in.rest();
    conversation whole(method);
    whole.receive(bytes);
    conversation cut(method);
    in_pieces(bytes, cuts, [&cut](std::string_view piece) { cut.receive(piece); });
    require(whole.outcome() == cut.outcome(), "a response is the same however it is cut");
    return 0;
}
