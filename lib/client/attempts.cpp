#include "client/call.hpp"
#include "client/client_core.hpp"

#include <algorithm>
#include <charconv>
#include <string>

namespace aloft::detail {
namespace {

constexpr std::uint32_t http_1_1_required = 0xd; // RFC 9113, 7

/// What the fields that were asked for say of the message.
struct said_by_fields {
    void note(std::string_view name) noexcept
    {
        switch (name.size()) { // most names are told apart by it
        case 5: range |= name == "range"; break;
        case 14: length |= name == "content-length"; break;
        case 15: coding |= name == "accept-encoding"; break;
        default: break;
        }
    }

    bool range = false;
    bool length = false;
    bool coding = false;
};

} // namespace

// Makes the body ready to be sent, again if it was.
error_code call::prepare_body()
{
    auto& out = *outgoing_;
    if (!std::exchange(prepared_, true)) {
        out.body.take(out.what, body_coding());
        begin_span();
    }
    if (!out.body.rewind())
        return errc::upload_failed;
    if (out.what.source())
        out.what.source()->listen(this);
    return {};
}

void call::write_head(exchange&, outgoing_head& head)
{
    const auto& what = outgoing_->what;
    const auto& all = core_->options;
    const auto coded = outgoing_->body.coded();
    const bool tunnel = !what.protocol().empty();
    head.add(":method", what.method());
    head.add(":scheme", what.url().origin().scheme());
    head.add(":authority", origin_pool_->authority());
    head.add(":path", what.url().target());
    if (tunnel)
        head.add(":protocol", what.protocol());
    said_by_fields said;
    for (const auto [name, value] : what.headers()) {
        if (coded != compression::none && name == "content-length")
            continue; // it is that of the body before
        said.note(name);
        head.add(name, value);
    }
    for (const auto [name, value] : all.headers()) {
        const bool secret = redirects_ && redirects_->left_origin() && is_credential(name);
        if (secret || what.headers().contains(name))
            continue;
        said.note(name);
        head.add(name, value);
    }
    if (coded != compression::none)
        head.add("content-encoding", coding::to_string(coded));
    // Who asks for a coding, or for a part, is handed what comes.
    decompress_ =
        !tunnel && what.decompress().value_or(all.decompress()) && !said.coding && !said.range;
    if (decompress_)
        head.add("accept-encoding", coding::accepted);
    const auto length = outgoing_->body.length();
    const bool says_length = (outgoing_->body.present() && !tunnel) || what.method() == "POST" ||
                             what.method() == "PUT" || what.method() == "PATCH";
    if (says_length && length && !said.length)
        head.add_length(*length);
    if (what.headers().known_sound() && all.headers().known_sound())
        head.vouch();
}

// A replay sends the span it sent before; what is sent anew is another.
void call::begin_span()
{
    const auto& span_of = core_->options.trace();
    if (!span_of)
        return;
    auto& what = outgoing_->what;
    const bool of_caller = !own_span_ && what.headers().contains("traceparent");
    const bool of_client = core_->options.headers().contains("traceparent");
    if (of_caller || of_client)
        return;
    if (const auto span = span_of(what); !span.empty()) {
        what.trace(span);
        own_span_ = true;
    }
}

// What the body is to be compressed with; one that is encoded already is not encoded again.
compression call::body_coding() const
{
    const auto& what = outgoing_->what;
    const bool nothing = !what.source() && what.body().empty();
    if (nothing || what.headers().contains("content-encoding"))
        return compression::none;
    return what.compress().value_or(core_->options.compress());
}

// An attempt, or the dial it needed, ended without a response to judge.
void call::attempt_failed()
{
    if (step_ == step::slot) {
        const auto& dial = origin_pool_->last_failure();
        explain(dial.code, initiator::peer, dial.detail);
        failure_->phase = dial.phase;
    } else {
        if (may_replay(exchange_->sent)) {
            replays_.count(exchange_->sent);
            measure_replay(exchange_->sent);
            if (auto* told = watching())
                told->sent_again(number(), exchange_->error);
            const bool stale = exchange_->sent == progress::stale;
            forget_attempt();
            queued_ = core_->timers->now();
            return take_slot(stale ? pool::turn::afresh : pool::turn::again);
        }
        if (!failure_)
            explain(exchange_->error, blame(exchange_->error), {});
    }
    fail_or_retry();
}

bool call::may_replay(progress sent) const
{
    if (core_->closed || exchange_->error == errc::extended_connect_unsupported ||
        exchange_->error == errc::invalid_request)
        return false;
    const bool unprocessed = sent == progress::unsent || sent == progress::refused;
    if (unprocessed && exchange_->http2_code == http_1_1_required &&
        core_->options.version() == http_version::http2)
        return false; // it would be refused for ever
    return replays_.allowed(sent, core_->options.max_replays(), outgoing_->what.idempotent()) &&
           outgoing_->body.rewind();
}

void call::forget_attempt()
{
    // Part of a response that nobody was given says no more than that the server may have acted.
    earlier_ = std::min(outcome(), processing::maybe);
    decoded_.reset();
    core_->metrics.response_stalls += exchange_ ? exchange_->stalls : 0;
    exchange_.reset();
    failure_.reset();
    collected_.clear();
}

bool call::is_led_elsewhere() const
{
    if (!is_redirect(exchange_->status, exchange_->head))
        return false;
    const auto& what = outgoing_->what;
    const bool reads = what.method() == "GET" || what.method() == "HEAD";
    return what.follow_redirects().value_or(core_->options.redirects().follow.value_or(reads));
}

void call::follow_redirect()
{
    auto& what = outgoing_->what;
    if (!redirects_) {
        auto rules = core_->options.redirects();
        rules.limit = what.redirect_limit().value_or(rules.limit);
        redirects_ = std::make_unique<redirection>(rules);
    }
    if (what.source())
        what.source()->listen(nullptr); // it may not be needed any more
    std::string detail;
    if (const auto ec = redirects_->follow(what, exchange_->status, exchange_->head, detail))
        return fail(ec, blame(ec), std::move(detail));
    ++core_->metrics.redirected;
    if (auto* told = watching())
        told->redirected(number(), exchange_->status, what.url());
    if (what.source() && !outgoing_->body.rewind())
        return fail(errc::redirect_refused, initiator::caller,
                    "the body, of which a part was sent, cannot be sent again");
    // A small body is waited for, or HTTP/1.1 would lose the connection, and HTTP/2 reset a stream
    // that is as good as over; but not while the request, which starts over now, is still sent.
    constexpr std::uint64_t small = 16 * 1024;
    const auto length = exchange_->head.get("content-length");
    std::uint64_t bytes = small + 1;
    if (length)
        std::from_chars(length->data(), length->data() + length->size(), bytes);
    const auto window = core_->options.limits().stream_window;
    leaving_ = exchange_->outgoing_ended && bytes <= std::min<std::uint64_t>(small, window / 2);
    if (leaving_ && !exchange_->incoming_ended && !exchange_->closed) {
        wait_for(exchange::wants::end);
        return arm();
    }
    leave_for_redirect();
}

void call::leave_for_redirect()
{
    leaving_ = false;
    let_go();
    forget_attempt();
    queued_ = core_->timers->now();
    aim();
}

} // namespace aloft::detail
