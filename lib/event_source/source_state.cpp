#include "event_source/source_state.hpp"

#include <boost/asio/error.hpp>

#include <algorithm>
#include <array>
#include <random>
#include <utility>

namespace aloft::detail {
namespace {

constexpr unsigned max_redirects = 20; // as Fetch has it, 4.4

// WHATWG MIME Sniffing, 4.4, as far as it takes to tell one type: parameters do not matter, nor
// does case.
bool is_event_stream(std::string_view type)
{
    constexpr std::string_view wanted = "text/event-stream";
    constexpr std::string_view space = " \t\r\n";
    type = type.substr(0, type.find(';'));
    type.remove_prefix(std::min(type.find_first_not_of(space), type.size()));
    type = type.substr(0, type.find_last_not_of(space) + 1);
    const auto same = [](char a, char b) { return (a >= 'A' && a <= 'Z' ? a + 32 : a) == b; };
    return std::equal(type.begin(), type.end(), wanted.begin(), wanted.end(), same);
}

// Connecting again would not help.
bool is_final(const error_code& ec)
{
    constexpr std::array those = {
        errc::invalid_url,          errc::invalid_request,  errc::client_closed,
        errc::certificate_rejected, errc::pin_mismatch,     errc::too_many_redirects,
        errc::redirect_loop,        errc::redirect_refused, errc::too_many_codings};
    return std::find(those.begin(), those.end(), ec) != those.end();
}

} // namespace

source_state::source_state(std::shared_ptr<client_core> core, std::string url,
                           const event_source_options& options) :
    waiter(&source_state::resumed),
    core_(std::move(core)),
    text_(std::move(url)),
    options_(options),
    last_id_(options.last_event_id()),
    pause_(options.retry(), options.longest_retry(), std::random_device()())
{
    if (const auto given = options.headers().get("last-event-id"); given && last_id_.empty())
        last_id_ = *given;
    taken_id_ = last_id_;
    core_->close_listeners.push_back(*this);
}

source_state::~source_state()
{
    shut();
    if (auto* user = std::exchange(user_, nullptr))
        user->resume(boost::asio::error::operation_aborted, delivery::posted);
}

event_source::state source_state::ready_state() const noexcept
{
    if (step_ == step::closed)
        return event_source::state::closed;
    return step_ == step::open ? event_source::state::open : event_source::state::connecting;
}

// waiting

bool source_state::wait(waiter& user)
{
    starting_ = true;
    if (!news_ && step_ == step::idle)
        connect();
    else if (!news_ && step_ == step::open)
        read();
    starting_ = false;
    if (news_ || step_ == step::closed)
        return false;
    user_ = &user;
    return true;
}

std::optional<source_event> source_state::take()
{
    if (news_)
        taken_id_ = last_id_;
    return std::exchange(news_, std::nullopt);
}

// Whoever is told may destroy this.
void source_state::tell(delivery how)
{
    if (starting_ || !(news_ || step_ == step::closed))
        return;
    if (auto* user = std::exchange(user_, nullptr))
        user->resume({}, how);
}

void source_state::close()
{
    shut();
    news_.reset();
    tell(delivery::posted);
}

void source_state::shut()
{
    timer_.disarm();
    let_go();
    step_ = step::closed;
}

void source_state::let_go()
{
    if (call_ && step_ == step::head)
        call_->cancelled_by(*this);
    else if (call_ && step_ == step::open)
        call_->cancel_wait(*this);
    call_.reset();
    decoder_.reset();
}

void source_state::resumed(waiter& self, error_code ec, delivery how)
{
    auto& state = static_cast<source_state&>(self);
    if (state.step_ == step::open)
        state.read(); // finds the error behind what arrived before it
    else if (ec)
        state.lost(state.call_->explained(ec));
    else
        state.answered();
    state.tell(how);
}

// A request under way is told by itself; a pause would go on for nothing.
void source_state::client_closed()
{
    if (step_ != step::pausing)
        return;
    if (news_)
        step_ = step::idle;
    else
        fail(problem(errc::client_closed, initiator::caller, {}));
    timer_.disarm();
    tell(delivery::posted);
}

// connecting

void source_state::connect()
{
    request what("GET", std::string_view(text_).substr(0, text_.find('#')));
    url_ = what.url();
    what.header("accept", "text/event-stream").header("cache-control", "no-store");
    what.follow_redirects(true).redirect_limit(max_redirects);
    for (const auto [name, value] : options_.headers()) {
        if (name != "last-event-id")
            what.set_header(name, value);
    }
    if (!last_id_.empty())
        what.set_header("last-event-id", last_id_);
    deadlines limits;
    limits.total(time_limit::off()).first_event(time_limit::off()).gap(time_limit::off());
    if (options_.gap())
        limits.first_event(*options_.gap()).gap(*options_.gap());
    what.deadlines(limits);
    step_ = step::head;
    call_ = core_->prepare(std::move(what), nullptr);
    error_code ec;
    if (!call_->start(*this, false, ec))
        lost(call_->explained(ec));
}

void source_state::answered()
{
    const auto& got = call_->carried();
    if (got.status == 204)
        return close();
    if (got.status != 200)
        return fail(
            problem(errc::http_status, initiator::peer, "status " + std::to_string(got.status)));
    const auto type = got.head.get("content-type").value_or("nothing said of its type");
    if (!is_event_stream(type))
        return fail(problem(errc::unexpected_content, initiator::peer,
                            std::string(type) + " in place of text/event-stream"));
    step_ = step::open;
    pause_.succeeded();
    decoder_.emplace(options_.event_limit(), last_id_);
    news_.emplace().what = source_event::kind::open;
}

void source_state::pause_over()
{
    step_ = step::idle;
    if (news_)
        return; // that the stream was lost: connecting waits until somebody knows
    connect();
    tell(delivery::posted);
}

// reading

void source_state::read()
{
    while (!news_ && step_ == step::open) {
        if (const auto input = call_->unread().readable(); !input.empty()) {
            if (!decode(input))
                return fail(problem(errc::event_too_large, initiator::aloft,
                                    "more than " + std::to_string(options_.event_limit()) +
                                        " bytes (event_limit)"));
            continue;
        }
        if (const auto ec = call_->body_error())
            return lost(call_->explained(ec));
        if (call_->body_ended() || call_->carried().closed)
            return lost(problem(boost::asio::error::eof, initiator::peer, {}));
        error_code ignored;
        if (call_->wait_data(*this, ignored))
            return;
    }
}

// Takes one event; false where it is too large.
bool source_state::decode(std::string_view input)
{
    sse::event event;
    const auto read = decoder_->decode(input, event);
    if (read.what == sse::outcome::too_large)
        return false;
    if (read.what == sse::outcome::event) {
        auto& made = news_.emplace();
        made.type = event.type;
        made.data = event.data;
        made.last_event_id = event.last_event_id;
    }
    last_id_ = decoder_->last_event_id();
    if (const auto named = decoder_->retry())
        pause_.base(*named);
    call_->consume(read.consumed);
    return true;
}

// ending

void source_state::lost(failure why)
{
    if (is_final(why.code))
        return fail(std::move(why));
    let_go();
    step_ = step::pausing;
    auto& made = news_.emplace();
    made.what = source_event::kind::error;
    made.why = std::move(why);
    made.retry_in = pause_.next();
    core_->timers->update();
    core_->timers->arm(timer_, core_->timers->now() + static_cast<tick>(made.retry_in.count()));
}

void source_state::fail(failure why)
{
    shut();
    auto& made = news_.emplace();
    made.what = source_event::kind::error;
    made.fatal = true;
    made.why = std::move(why);
}

failure source_state::problem(error_code code, initiator who, std::string detail) const
{
    failure why;
    why.code = code;
    why.initiator = who;
    why.detail = std::move(detail);
    if (call_) {
        const auto* led_to = call_->redirected();
        why.origin = (led_to == nullptr ? url_ : *led_to).origin().name();
        why.phase = step_ == step::open ? phase::body : phase::head;
        why.processing = processing::partly_delivered;
        why.attempts = call_->attempts();
    }
    return why;
}

} // namespace aloft::detail
