#include "autoglm/reply_state.hpp"

#include "autoglm/client_state.hpp"
#include "base/quoted.hpp"
#include "chat/json_text.hpp"

#include <boost/asio/error.hpp>

#include <algorithm>
#include <cstdint>

namespace aloft::autoglm::detail {
namespace {

std::string what_is_wrong(std::string_view event)
{
    constexpr std::size_t most_shown = 80;
    const char* what = !chat::json::valid_utf8(event)    ? "it is not UTF-8: "
                       : !chat::json::valid_value(event) ? "it is not JSON: "
                                                         : "it has not the form of a chunk: ";
    return what + quoted(event, most_shown);
}

} // namespace

reply_state::reply_state(std::shared_ptr<client_state> client, aloft::detail::call_handle call) :
    waiter(&reply_state::resumed),
    call_(std::move(call)),
    client_(std::move(client)),
    decoder_(client_->event_limit)
{
}

reply_state::~reply_state()
{
    call_->cancel_wait(*this);
    if (user_ != nullptr)
        std::exchange(user_, nullptr)
            ->resume(boost::asio::error::operation_aborted, aloft::detail::delivery::posted);
}

const chat::delta* reply_state::try_next()
{
    return prepare() ? &chunk_->deltas()[next_++] : nullptr;
}

// Reads on until a delta lies ready; false when more bytes are needed or the stream is over.
bool reply_state::prepare()
{
    if (delta_ready())
        return true;
    if (early_ && early_->finder.found() && !over_)
        end_at_action();
    give_up_borrowed();
    while (!over_ && read_event()) {
        if (delta_ready())
            return true;
        give_up_borrowed();
    }
    give_up_chunk();
    return false;
}

void reply_state::give_up_borrowed()
{
    if (borrowed_ != 0)
        call_->consume(std::exchange(borrowed_, 0));
}

void reply_state::give_up_chunk() noexcept
{
    if (chunk_)
        client_->chunks.give_back(std::move(chunk_));
}

// Reads up to one event; false when there is none yet, or no more.
bool reply_state::read_event()
{
    auto& unread = call_->unread();
    const auto input = unread.readable();
    if (input.empty()) {
        if (const auto ec = call_->body_error())
            end(state_.done() ? error_code() : ec);
        else if (call_->body_ended())
            end(state_.at_end());
        return false;
    }
    sse::event event;
    const auto read = decoder_.decode(input, event);
    borrowed_ = read.consumed;
    if (read.progress)
        call_->note_progress(read.what == sse::outcome::event);
    switch (read.what) {
    case sse::outcome::event: unread.lend(); return take(event);
    case sse::outcome::need_more: give_up_borrowed(); return read_event();
    case sse::outcome::too_large: end(errc::event_too_large); return false;
    }
    return false;
}

bool reply_state::take(const sse::event& event)
{
    next_ = 0;
    if (state_.done())
        return true; // what follows [DONE] is not looked at
    if (!chunk_)
        chunk_ = client_->chunks.take();
    if (const auto ec = client_->decoder.decode(event.data, *chunk_, event.type)) {
        unreadable_ = std::make_unique<std::string>(what_is_wrong(event.data));
        end(ec);
        return false;
    }
    state_.saw(*chunk_);
    switch (chunk_->kind()) {
    case chat::chunk_kind::deltas:
        if (const auto ec = completion_.append(*chunk_)) {
            end(ec);
            return false;
        }
        if (early_)
            look_for_action();
        return true;
    case chat::chunk_kind::done: call_->expect_end(); return true;
    case chat::chunk_kind::keep_alive: return true;
    case chat::chunk_kind::error:
        server_error_ = std::make_unique<chat::api_error>(*chunk_->error());
        if (server_error_->request_id.empty())
            server_error_->request_id = call_->carried().head.get("x-request-id").value_or("");
        end(errc::stream_error);
        return false;
    }
    return false;
}

void reply_state::end(error_code ec)
{
    over_ = true;
    error_ = ec;
    next_ = SIZE_MAX; // what is left of the event is not told
    give_up_borrowed();
    if (call_->limits() != nullptr)
        report_tokens();
    if (!ec)
        return;
    if (server_error_)
        call_->server_said(client_->rules->known.classify(*server_error_));
    else if (ec != boost::asio::error::operation_aborted)
        call_->blame_server();
    call_->cancel();
}

void reply_state::stop_at_action(std::uint64_t max_tokens)
{
    early_ = std::make_unique<early_stop>(max_tokens);
}

// Where the stream said that it is over, or holds more than one choice, it is read to its end.
void reply_state::look_for_action()
{
    const auto* made = completion_.made();
    if ((made != nullptr && made->choices().size() > 1) || state_.complete()) {
        early_.reset();
        return;
    }
    for (const auto& delta : chunk_->deltas())
        early_->pieces += delta.content.empty() ? 0 : 1;
    early_->finder.look(completion_.content());
}

// Not before the delta that brought the action was given up: it lies in the stream's memory.
void reply_state::end_at_action()
{
    early_->stopped = true;
    const bool saves = !call_->carried().incoming_ended;
    end({});
    if (!saves)
        return;
    call_->cancel();
    auto& counts = client_->early_ends;
    ++counts.streams;
    counts.tokens_at_most += early_->max_tokens - std::min(early_->max_tokens, early_->pieces);
}

std::string_view reply_state::stopped_at() const noexcept
{
    return early_ && early_->stopped ? early_->finder.call(completion_.content())
                                     : std::string_view();
}

void reply_state::report_tokens()
{
    const auto& all = completion_.whole();
    if (const auto& used = all.usage())
        return call_->used_tokens(used->prompt_tokens, used->completion_tokens);
    std::size_t bytes = 0;
    for (const auto& one : all.choices())
        bytes += one.reasoning.size() + (one.content ? one.content->size() : 0);
    if (bytes != 0)
        call_->used_bytes(bytes);
}

// waiting

bool reply_state::wait(aloft::detail::waiter& user)
{
    if (prepare() || over_)
        return false;
    error_code ec;
    while (!call_->wait_data(*this, ec)) {
        if (prepare() || over_)
            return false;
    }
    user_ = &user;
    return true;
}

// Bytes came: whoever waits is resumed only if they make a delta, or an end.
void reply_state::resumed(waiter& self, error_code ec, aloft::detail::delivery how)
{
    auto& state = static_cast<reply_state&>(self);
    if (ec && !state.over_)
        state.end(state.state_.done() ? error_code() : ec);
    error_code ignored;
    while (!state.prepare() && !state.over_) {
        if (state.call_->wait_data(state, ignored))
            return;
    }
    if (auto* user = std::exchange(state.user_, nullptr))
        user->resume({}, how);
}

void reply_state::cancel_wait() noexcept
{
    user_ = nullptr;
    call_->cancel_wait(*this);
}

void reply_state::cancel()
{
    if (!over_)
        end(boost::asio::error::operation_aborted);
    call_->cancel_wait(*this);
    if (auto* user = std::exchange(user_, nullptr))
        user->resume(boost::asio::error::operation_aborted, aloft::detail::delivery::posted);
}

failure reply_state::why() const
{
    failure known;
    static_cast<aloft::failure&>(known) = call_->explained(error_);
    if (unreadable_)
        known.detail = *unreadable_;
    if (server_error_) {
        known.server = *server_error_;
        known.initiator = initiator::peer;
        known.detail = in_brief(*server_error_);
    }
    return known;
}

} // namespace aloft::autoglm::detail
