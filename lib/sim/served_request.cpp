#include "sim/served_request.hpp"

#include "sim/server_connection.hpp"
#include "sim/server_core.hpp"

#include <algorithm>
#include <utility>

namespace aloft::sim {
namespace {

using kind = fault::kind;

// A client that reads nothing is not written to beyond this.
constexpr std::size_t most_unsent = 64 * 1024;
constexpr tick look_again = 10;
constexpr tick silence_before_comment = 30'000; // llama.cpp's --sse-ping-interval

constexpr std::uint32_t refused_stream = 7; // RFC 9113, 7

constexpr std::string_view garbage = "this is neither a frame nor a chunk\r\n\r\n";
// The beginning of a DATA frame of 256 bytes, less its stream, and of a chunk of as many.
constexpr std::string_view part_of_frame{"\0\1\0\0\0\0\0\0", 8};
constexpr std::string_view part_of_chunk = "100\r\ndata: {\"id\":\"chatcmpl";
constexpr std::string_view part_of_head = "HTTP/1.1 200 OK\r\ncontent-ty";

} // namespace

void served_request::answer_completion()
{
    auto asked = reader_->finish();
    if (!asked) {
        const std::string problem = reader_->problem();
        return respond_error(400, problem, reader_->param());
    }
    reader_.reset();
    if (!core().knows_model(asked->model))
        return respond_error(404, "The model `" + asked->model + "` does not exist.", "model");

    const auto& settings = core().settings();
    auto key = settings.reply_by_prompt() ? asked->text_hash : number_;
    if (const auto named = exchange_.head.get("x-sim-key")) {
        text_hash hash;
        hash.add(*named);
        key = hash.value();
    }
    reply_ = std::make_unique<completion>(*asked, settings, random_source(settings.seed(), key));
    asked_ = std::move(asked);
    begin_reply();
}

void served_request::begin_reply()
{
    due_ = reply_->first_step().count();
    if (asked_->stream) {
        stage_ = stage::streaming;
        if (!begins_with_token())
            respond(core().stream_head(), true);
    } else {
        stage_ = stage::thinking;
        for (std::size_t step = 1; step < reply_->steps(); ++step)
            due_ += reply_->next_step().count();
    }
    arm_next_step();
}

tick served_request::due() const noexcept
{
    return started_ + static_cast<tick>((due_ + 999) / 1000);
}

void served_request::arm_next_step()
{
    const auto silent_until = written_ + silence_before_comment;
    core().timers().arm(*this, sends_comments() ? std::min(due(), silent_until) : due());
}

/// llama.cpp sends its head with the first result.
bool served_request::begins_with_token() const noexcept
{
    return core().settings().dialect() == dialect::llama_cpp;
}

/// And a comment when it was silent for a while.
bool served_request::sends_comments() const noexcept
{
    return begins_with_token() && answered_ && stage_ == stage::streaming;
}

void served_request::expired()
{
    switch (stage_) {
    case stage::held_back:
        started_ = core().timers().now();
        if (endpoint_ == endpoint::completions)
            answer_completion();
        else
            answer_lookup();
        break;
    case stage::thinking: answer_whole(); break;
    case stage::streaming: next_steps(); break;
    default: break;
    }
}

bool served_request::fault_is_next() const noexcept
{
    return fault_ != nullptr && fault_->after.value_or(0) == step_;
}

/// Sends what is due. May be gone after.
void served_request::next_steps()
{
    auto& timers = core().timers();
    bool wrote = false;
    if (sends_comments() && due() > timers.now()) {
        body_.pending() += ":\n\n";
        written_ = timers.now();
        connection_.carrier().resume_body(exchange_);
        return arm_next_step();
    }
    while (step_ != reply_->steps()) {
        if (due() > timers.now() || (wrote && fault_is_next())) {
            // What comes before a fault leaves before it.
            if (due() > timers.now())
                arm_next_step();
            else
                timers.arm(*this, timers.now() + 1);
            break;
        }
        if (body_.unsent() > (fault_is_next() ? 0 : most_unsent)) {
            timers.arm(*this, timers.now() + look_again);
            break;
        }
        if (fault_is_next()) {
            const auto next = strike();
            if (next == fate::gone)
                return;
            if (next == fate::silent) {
                stage_ = stage::over;
                break;
            }
            continue;
        }
        if (!answered_)
            respond(core().stream_head(), true);
        written_ = timers.now();
        core().count().events += reply_->write_step(step_++, body_.pending());
        due_ += reply_->next_step().count();
        wrote = true;
    }
    if (step_ == reply_->steps()) {
        stage_ = stage::over;
        body_.end();
    }
    if (wrote)
        connection_.carrier().resume_body(exchange_);
}

/// The end of a reply in one piece. May be gone after.
void served_request::answer_whole()
{
    if (fault_ != nullptr) {
        const auto next = strike();
        if (next == fate::gone)
            return;
        if (next == fate::goes_on && due() > core().timers().now())
            return arm_next_step();
        if (next == fate::silent) {
            stage_ = stage::over;
            return;
        }
    }
    stage_ = stage::over;
    step_ = reply_->steps();
    respond_text(200, json_type(), reply_->write_whole());
}

void served_request::answer_status(const fault& what)
{
    ++core().count().faults;
    head_.append(what.headers);
    const bool text = form_of(what) == error_form::text;
    respond_text(what.code, text ? "text/plain" : json_type(),
                 error_body(form_of(what), {what.code, what.message}));
}

error_form served_request::form_of(const fault& what) const noexcept
{
    return what.form.value_or(errors_of(core().settings().dialect()));
}

std::string_view served_request::json_type() const noexcept
{
    return core().settings().dialect() == dialect::llama_cpp ? "application/json; charset=utf-8"
                                                             : "application/json";
}

/// What the fault does to the connection or to this request; may be gone after.
served_request::fate served_request::strike()
{
    const auto& what = *fault_;
    switch (what.what) {
    case kind::status:
    case kind::stall:
    case kind::truncate:
    case kind::error: return stage_ == stage::reading ? fate::goes_on : strike_reply();
    default: break;
    }
    fault_ = nullptr;
    ++core().count().faults;
    own_doing_ = true;
    switch (what.what) {
    case kind::goaway:
        own_doing_ = false;
        connection_.go_away(what.code, what.last_stream.value_or(std::max(exchange_.stream, 0)));
        return fate::goes_on;
    case kind::max_streams:
        own_doing_ = false;
        connection_.set_max_streams(what.code);
        return fate::goes_on;
    case kind::garbage: connection_.write_raw(garbage); return fate::silent;
    case kind::cut: cut(); [[fallthrough]];
    case kind::close: connection_.drop(); return fate::gone;
    default: break;
    }
    connection_.carrier().abandon(exchange_,
                                  what.what == kind::refuse ? refused_stream : what.code);
    connection_.release(*this);
    return fate::gone;
}

/// What the fault does to the reply itself, once the request was read.
served_request::fate served_request::strike_reply()
{
    const auto& what = *std::exchange(fault_, nullptr);
    ++core().count().faults;
    if (what.what == kind::stall) {
        due_ += what.duration.count();
        return what.duration.count() == 0 ? fate::silent : fate::goes_on;
    }
    const error_text error{what.code, what.message};
    if (stage_ == stage::streaming && !answered_ && what.what != kind::error)
        respond(core().stream_head(), true);
    if (stage_ == stage::streaming && answered_) {
        if (what.what == kind::error) {
            body_.pending() += error_event(form_of(what), error);
            ++core().count().events;
        }
        body_.end();
        connection_.carrier().resume_body(exchange_);
    } else if (what.what == kind::error) {
        respond_text(status_of(what.code), json_type(), error_body(form_of(what), error));
    } else {
        own_doing_ = true;
        auto text = reply_->write_whole();
        const auto size = text.size();
        body_.whole(std::move(text));
        body_.pending().resize(size / 2);
        body_.fail();
        head_.add(":status", "200");
        head_.add("content-type", "application/json");
        head_.add("content-length", std::to_string(size));
        respond(head_, true);
    }
    return fate::silent;
}

void served_request::cut()
{
    if (!connection_.is_http2())
        return connection_.write_raw(answered_ ? part_of_chunk : part_of_head);
    std::string frame(part_of_frame.substr(0, 5));
    for (int shift = 24; shift >= 0; shift -= 8)
        frame.push_back(static_cast<char>(exchange_.stream >> shift));
    connection_.write_raw(frame + "data: {\"id\":");
}

void served_request::respond(const fields& head, bool with_body)
{
    answered_ = true;
    const auto* sent = &head;
    if (const auto id = exchange_.head.get("x-request-id")) {
        if (sent != &head_)
            head_ = head;
        head_.add("x-request-id", *id);
        sent = &head_;
    }
    exchange_.outgoing = sent;
    exchange_.outgoing_body = with_body ? &body_ : nullptr;
    connection_.carrier().respond(exchange_, *sent);
}

void served_request::respond_text(unsigned status, std::string_view type, std::string text)
{
    fields head; // ":status" goes first
    head.add(":status", std::to_string(status));
    head.add("content-type", type);
    head.add("content-length", std::to_string(text.size()));
    head.append(head_);
    head_ = std::move(head);
    body_.whole(std::move(text));
    respond(head_, true);
}

void served_request::respond_error(unsigned status, std::string_view message,
                                   std::string_view param)
{
    ++core().count().rejected;
    respond_text(status, json_type(),
                 error_body(errors_of(core().settings().dialect()), {status, message, param}));
}

} // namespace aloft::sim
