#include "client/decoded_body.hpp"

#include "client/call.hpp"
#include "client/client_core.hpp"

#include <array>
#include <utility>

namespace aloft::detail {
namespace {

// At least what a reader may want to see at once (an error's text, a large event's line).
constexpr std::size_t piece = std::size_t{64} << 10;

constexpr unsigned partial_content = 206;

} // namespace

decoded_body::decoded_body(call& owner, std::vector<coding::content_coding> codings,
                           decoding_limits limits, buffer_pool& pool) :
    waiter(&decoded_body::resumed),
    owner_(owner),
    pool_(pool),
    codings_(std::move(codings)),
    decoder_(coding::make_decoder(codings_, limits))
{
}

std::size_t decoded_body::fill(exchange& from)
{
    if (error_ || ended_)
        return 0;
    std::size_t taken = 0;
    std::array<char, 16384> room;
    while (!error_ && unread_.size() < piece && (more_ || !from.received.empty())) {
        const auto done = decoder_->decode(from.received.readable(), room, error_);
        from.received.consume(done.read, pool_);
        unread_.append(room.data(), done.written, pool_);
        taken += done.read;
        total_ += done.written;
        more_ = done.written == room.size();
    }
    if (!error_ && from.incoming_ended && from.received.empty() && !more_)
        judge_end(from);
    if (error_)
        from.received.clear(pool_);
    return taken;
}

void decoded_body::judge_end(const exchange& from)
{
    ended_ = from.total_received == 0 || decoder_->complete();
    if (!ended_)
        error_ = errc::truncated_body;
}

std::string decoded_body::detail() const
{
    auto text = "content-encoding " + coding::to_string(codings_);
    if (error_ == errc::truncated_body)
        return text + " is cut short";
    if (const auto reason = decoder_->reason(); !reason.empty())
        text.append(": ").append(reason);
    return text;
}

void decoded_body::resumed(waiter& self, error_code ec, delivery how)
{
    auto& body = static_cast<decoded_body&>(self);
    if (!ec && body.reader != nullptr && !body.owner_.data_ready()) {
        body.owner_.carried().reader = &body;
        return;
    }
    if (auto* reader = std::exchange(body.reader, nullptr))
        reader->resume(ec, how);
}

// The head has arrived: whether its body is to be decoded.
error_code call::begin_decoding()
{
    error_code ec;
    // A part of a coded representation is no coded representation (RFC 9110, 14.4).
    if (!decompress_ || exchange_->status == partial_content)
        return ec;
    auto codings = coding::read_content_encoding(exchange_->head, ec);
    if (!codings.empty())
        decoded_ = std::make_unique<decoded_body>(*this, std::move(codings),
                                                  core_->options.decoding(), core_->buffers);
    return ec;
}

void call::decode()
{
    give_credit(decoded_->fill(*exchange_));
    if (!decoded_->error() || failure_)
        return;
    explain(decoded_->error(), blame(decoded_->error()), decoded_->detail());
    let_go();
    if (step_ == step::body)
        finish();
}

} // namespace aloft::detail
