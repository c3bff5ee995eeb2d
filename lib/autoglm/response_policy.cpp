#include "autoglm/response_policy.hpp"

#include <aloft/chat_delta.hpp>
#include <aloft/sse.hpp>

#include <algorithm>
#include <chrono>

namespace aloft::autoglm::detail {
namespace {

constexpr std::string_view event_stream = "text/event-stream";

std::string_view media_type(const fields& head)
{
    auto type = head.get("content-type").value_or("");
    type = type.substr(0, type.find(';'));
    while (!type.empty() && type.back() == ' ')
        type.remove_suffix(1);
    return type;
}

bool is_event_stream(std::string_view type)
{
    return std::equal(type.begin(), type.end(), event_stream.begin(), event_stream.end(),
                      [](char a, char b) { return (a | 0x20) == (b | 0x20); });
}

// What is longer than this begins with no error. Nothing of it is consumed meanwhile, so it is less
// than the smallest window a session shrinks to.
constexpr std::size_t longest_error = 8 * 1024;

// Anything that may be an error has this word, as a name or as a value.
bool may_be_error(std::string_view json)
{
    return json.find("\"error\"") != std::string_view::npos;
}

enum class beginning { unknown, answer, error };

// What a stream begins with, comments and keep-alives aside.
beginning first_event(std::string_view body, chat::chunk& read)
{
    sse::decoder decoder;
    sse::event event;
    for (;;) {
        const auto found = decoder.decode(body, event);
        if (found.what != sse::outcome::event)
            return found.what == sse::outcome::need_more ? beginning::unknown : beginning::answer;
        body.remove_prefix(found.consumed);
        if (event.type == "message" && !event.data.empty() && !may_be_error(event.data))
            return beginning::answer;
        if (chat::chunk_decoder().decode(event.data, read, event.type))
            return beginning::answer; // its reader will say what is wrong with it
        if (read.kind() != chat::chunk_kind::keep_alive)
            return read.error() != nullptr ? beginning::error : beginning::answer;
    }
}

// An error that passes, of an attempt of which nobody was given anything.
policy::failed_attempt passing()
{
    policy::failed_attempt failed;
    failed.means = error_class::transient;
    return failed;
}

// A key that is refused, an account without money, a model that is not there: another server may
// think otherwise.
bool concerns_server(const chat::api_error& said)
{
    const auto status = said.status;
    const std::string_view code = said.code;
    // z.ai's codes of keys and accounts, which come in a 200, too.
    if (code.size() == 4 && (code.starts_with("10") || code.starts_with("11")))
        return true;
    return status == 401 || status == 402 || status == 403 || status == 404 || status == 429;
}

bool is_plain(std::string_view id)
{
    constexpr std::size_t longest = 128;
    return id.size() <= longest &&
           std::all_of(id.begin(), id.end(), [](char c) { return c > ' ' && c < 0x7f; });
}

} // namespace

std::string in_brief(const chat::api_error& said)
{
    auto text = said.type;
    if (!said.code.empty())
        text.append(text.empty() ? "" : ", ").append(said.code);
    if (!said.request_id.empty() && is_plain(said.request_id))
        text.append(text.empty() ? "" : ", ").append("request id ").append(said.request_id);
    return text;
}

verdict response_policy::judge(unsigned status, const fields& head, std::string_view body,
                               bool ended)
{
    const bool good = status / 100 == 2;
    const auto type = media_type(head);
    if (good && is_event_stream(type))
        return judge_events(head, body, ended);
    if (good && wants_ != wants::events)
        return judge_json(head, body, ended);
    // Not what was asked for: what the server has to say instead is read as far as it helps.
    if (!ended && body.size() < chat::api_error::raw_limit)
        return verdict::more();
    const auto id = head.get("x-request-id").value_or("");
    auto said = chat::parse_api_error(good ? 0 : static_cast<int>(status), body, id);
    if (!good)
        return refuse(std::move(said), errc::http_status, "status " + std::to_string(status), head);
    if (!said.message.empty() && said.raw.empty())
        return refuse(std::move(said), errc::stream_error, "an error in place of a stream", head);
    server_ = std::make_unique<chat::api_error>(std::move(said));
    return verdict::fail(errc::unexpected_content,
                         type.empty()
                             ? std::string("no content-type where text/event-stream was asked for")
                             : std::string(type) + " where text/event-stream was asked for");
}

verdict response_policy::judge_events(const fields& head, std::string_view body, bool ended)
{
    if (!peek_)
        return verdict::deliver();
    chat::chunk read;
    switch (first_event(body, read)) {
    case beginning::answer: return verdict::deliver();
    case beginning::error:
        return refuse(*read.error(), errc::stream_error, "an error as the first event", head);
    case beginning::unknown: break;
    }
    if (ended)
        return verdict::retry(passing(), verdict::deliver()); // its reader will say how it ended
    return body.size() < longest_error ? verdict::more() : verdict::deliver();
}

verdict response_policy::judge_json(const fields& head, std::string_view body, bool ended)
{
    if (!peek_)
        return verdict::deliver();
    if (!ended && body.size() < longest_error)
        return verdict::more();
    if (body.size() < longest_error && may_be_error(body)) {
        auto said = chat::parse_api_error(0, body, head.get("x-request-id").value_or(""));
        if (said.raw.empty() && !(said.message.empty() && said.code.empty())) {
            return refuse(std::move(said), errc::stream_error, "an error in place of an answer",
                          head);
        }
    }
    return verdict::deliver();
}

verdict response_policy::judge(const aloft::failure& why)
{
    policy::failed_attempt failed; // of whose response nothing was delivered
    failed.means = classify(why);
    return verdict::retry(failed, verdict::fail(why.code, why.detail));
}

verdict response_policy::refuse(chat::api_error said, errc code, const std::string& fallback,
                                const fields& head)
{
    server_ = std::make_unique<chat::api_error>(std::move(said));
    if (server_->request_id.empty())
        server_->request_id = head.get("x-request-id").value_or("");
    auto detail = fallback;
    if (const auto words = in_brief(*server_); !words.empty())
        detail.append(", ").append(words);
    policy::failed_attempt failed;
    failed.means = rules_->known.classify(*server_);
    failed.of_server = concerns_server(*server_);
    failed.advice = policy::read_retry_advice(head, std::chrono::system_clock::now());
    return verdict::retry(failed, verdict::fail(code, std::move(detail)));
}

} // namespace aloft::autoglm::detail
