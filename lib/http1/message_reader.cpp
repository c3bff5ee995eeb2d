#include "http1/message_reader.hpp"

#include "base/quoted.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/beast/http/error.hpp>

#include <algorithm>
#include <functional>
#include <limits>

namespace aloft::http1 {
namespace {

namespace http = boost::beast::http;

// As fields::list_size() counts (RFC 9113, 6.5.2).
constexpr std::size_t field_overhead = 32;
// A start line and the ends of lines are no part of the list.
constexpr std::size_t line_allowance = 256;
constexpr std::string_view greeting = "HTTP/";

std::string_view view(boost::beast::string_view text) noexcept
{
    return {text.data(), text.size()};
}

bool equals_lowered(std::string_view text, std::string_view lower) noexcept
{
    return std::ranges::equal(text, lower, [](char a, char b) {
        return (a >= 'A' && a <= 'Z' ? static_cast<char>(a + 32) : a) == b;
    });
}

/// How much of what begins with a head, or with the rest of one, the parser may see: the head; or,
/// while its end is not there, whole lines and one character more, which tells that the last of
/// them is not folded. Shown less than a line, Beast waits for the end of the head, and finds an
/// error only there.
std::size_t whole_lines(std::string_view head) noexcept
{
    constexpr std::string_view end = "\n\r\n";
    if (head == "\r\n")
        return head.size();
    // From the front: behind a head there is mostly a body, which has no say in it.
    if (const auto at = head.find(end); at != head.npos)
        return at + end.size();
    const auto last = head.substr(0, head.size() - (head.ends_with('\n') ? 1 : 0)).rfind('\n');
    return last == head.npos ? 0 : last + 2;
}

bool bare_line_end(std::string_view lines) noexcept
{
    for (auto at = lines.find('\n'); at != lines.npos; at = lines.find('\n', at + 1)) {
        if (at == 0 || lines[at - 1] != '\r')
            return true;
    }
    return false;
}

} // namespace

template <bool is_request>
message_parser<is_request>::message_parser(message_sink& sink, incoming_message& message,
                                           std::size_t list_limit) :
    sink_(&sink), message_(&message), list_left_(list_limit), extensions_left_(list_limit)
{
    this->eager(true);
    this->body_limit(boost::none);
    this->header_limit(std::numeric_limits<std::uint32_t>::max());
}

template <bool is_request>
void message_parser<is_request>::on_request_impl(http::verb, text method, text target, int version,
                                                 error_code& ec)
{
    message_->method = view(method);
    message_->target = view(target);
    message_->http11 = version == 11;
    count(method.size() + target.size() + 2 * field_overhead, ec);
}

template <bool is_request>
void message_parser<is_request>::on_response_impl(int code, text, int version, error_code& ec)
{
    message_->status = static_cast<unsigned>(code);
    message_->http11 = version == 11;
    if (code < 100)
        ec = refuse("bad status");
}

template <bool is_request>
void message_parser<is_request>::on_field_impl(field name, text name_string, text value,
                                               error_code& ec)
{
    if (folded(view(name_string), view(value))) {
        ec = refuse("a folded line");
        return;
    }
    // RFC 9112, 6.1: the last coding of a request must be chunked, and HTTP/1.0 knows none. No
    // other was asked for, so that any is refused.
    if (name == field::transfer_encoding &&
        (!message_->http11 || !equals_lowered(view(value), "chunked"))) {
        ec = refuse("unsupported Transfer-Encoding");
        return;
    }
    count(name_string.size() + value.size() + field_overhead, ec);
    if (ec)
        return;
    if (!this->is_header_done()) {
        message_->head.add_received(view(name_string), view(value));
    } else {
        if (message_->trailers == nullptr)
            message_->trailers = std::make_unique<fields>();
        message_->trailers->add_received(view(name_string), view(value));
    }
}

template <bool is_request>
void message_parser<is_request>::on_header_impl(error_code& ec)
{
    ec = sink_->on_head(*message_);
}

template <bool is_request>
std::size_t message_parser<is_request>::on_body_impl(text body, error_code&)
{
    sink_->on_body(view(body));
    return body.size();
}

template <bool is_request>
void message_parser<is_request>::on_chunk_header_impl(std::uint64_t size, text extensions,
                                                      error_code& ec)
{
    chunk_left_ = size;
    // A quoted value may hold anything for Beast, even what others take for the end of the line.
    if (extensions.find('\n') != extensions.npos)
        ec = refuse("bad line ending");
    else if (extensions.size() > extensions_left_)
        ec = refuse("too much in chunk extensions");
    else
        extensions_left_ -= extensions.size();
}

template <bool is_request>
std::size_t message_parser<is_request>::on_chunk_body_impl(std::uint64_t remain, text body,
                                                           error_code&)
{
    chunk_left_ = remain - body.size();
    sink_->on_body(view(body));
    return body.size();
}

template <bool is_request>
void message_parser<is_request>::count(std::size_t size, error_code& ec)
{
    if (size > list_left_)
        ec = errc::header_list_too_large;
    else
        list_left_ -= size;
}

template <bool is_request>
error_code message_parser<is_request>::refuse(const char* reason) noexcept
{
    reason_ = reason;
    return errc::protocol_error;
}

/// Beast joins folded lines (RFC 9112, 5.2) in a buffer of its own, or skips an empty first line.
template <bool is_request>
bool message_parser<is_request>::folded(std::string_view name,
                                        std::string_view value) const noexcept
{
    const std::less<const char*> before;
    const char* const name_end = name.data() + name.size();
    if (before(value.data(), name_end) || before(input_.data() + input_.size(), value.data()))
        return true;
    return std::find(name_end, value.data(), '\n') != value.data();
}

template <bool is_request>
message_reader<is_request>::message_reader(message_sink& sink, std::size_t list_limit) :
    sink_(&sink), list_limit_(list_limit)
{
    next(false);
}

template <bool is_request>
void message_reader<is_request>::next(bool without_body)
{
    message_ = {};
    parser_.emplace(*sink_, message_, list_limit_);
    if constexpr (!is_request)
        parser_->skip(without_body);
    carry_ = {};
    started_ = false;
}

template <bool is_request>
std::size_t message_reader<is_request>::feed(std::string_view bytes, error_code& ec)
{
    const auto size = bytes.size();
    started_ = started_ || size != 0;
    while (!bytes.empty() && !ec && !done()) {
        if (!check_greeting(bytes, ec))
            break;
        if (carry_.empty()) {
            bytes.remove_prefix(parse(bytes, ec));
            if (held_back_) {
                carry_ = bytes;
                bytes = {};
            }
        } else {
            // A line at a time: what follows a chunk header or a head is not copied.
            const auto line = bytes.substr(0, std::min(bytes.find('\n'), bytes.size() - 1) + 1);
            carry_.append(line);
            bytes.remove_prefix(line.size());
            carry_.erase(0, parse(carry_, ec));
        }
        if (!ec)
            check_carry(ec);
    }
    if (ec)
        explain(ec);
    return size - bytes.size();
}

template <bool is_request>
std::size_t message_reader<is_request>::parse(std::string_view input, error_code& ec)
{
    const bool in_head = !parser_->is_header_done();
    const auto shown = in_head ? input.substr(0, whole_lines(input)) : input;
    // Beast (1.81) asserts that it sees five bytes when it looks at the last chunk again.
    const bool last_chunk = !in_head && parser_->between_chunks() && shown.starts_with('0');
    held_back_ = shown.empty() || (last_chunk && shown.size() < 5);
    if (held_back_)
        return 0;
    parser_->look_at(shown);
    const auto taken = parser_->put(boost::asio::const_buffer(shown.data(), shown.size()), ec);
    if (ec != http::error::need_more)
        return taken;
    ec = {};
    if (parser_->is_header_done()) {
        held_back_ = shown.size() == input.size();
    } else {
        held_back_ = true;
        if (shown.size() - taken > 1) { // more than the character that was shown in advance
            ec = errc::protocol_error;
            detail_ = "a folded or incomplete line";
        }
    }
    return taken;
}

template <bool is_request>
void message_reader<is_request>::check_carry(error_code& ec)
{
    // Beast waits for CRLF behind the head, however many lines end otherwise.
    if (parser_->is_header_done() && bare_line_end(carry_)) {
        ec = errc::protocol_error;
        detail_ = "bad line ending";
        return;
    }
    if (carry_.size() <= list_limit_ + line_allowance)
        return;
    // Behind the head, a second line end means that trailers have begun.
    const auto lines = std::string_view(carry_).substr(carry_.starts_with("\r\n") ? 2 : 0);
    if (!parser_->is_header_done() || lines.find('\n') != lines.npos) {
        ec = errc::header_list_too_large;
    } else {
        ec = errc::protocol_error;
        detail_ = "too much in chunk extensions";
    }
}

/// A server that speaks something else altogether says so in its first bytes.
template <bool is_request>
bool message_reader<is_request>::check_greeting(std::string_view bytes, error_code& ec)
{
    if (is_request || message_.status != 0 || carry_.size() >= greeting.size())
        return true;
    const auto wanted = greeting.substr(carry_.size(), bytes.size());
    if (bytes.starts_with(wanted))
        return true;
    ec = errc::protocol_error;
    detail_ = "not HTTP: " + quoted(carry_ + std::string(bytes.substr(0, 64)));
    return false;
}

template <bool is_request>
void message_reader<is_request>::feed_eof(error_code& ec)
{
    if (!parser_->is_header_done()) {
        ec = errc::connection_closed;
        return;
    }
    parser_->put_eof(ec);
    if (ec)
        ec = errc::truncated_body;
}

/// Turns an error into one of ours, and says what was wrong in words.
template <bool is_request>
void message_reader<is_request>::explain(error_code& ec)
{
    if (ec.category() == aloft_category()) {
        if (detail_.empty() && parser_->reason() != nullptr)
            detail_ = parser_->reason();
    } else {
        detail_ = ec.message();
        ec = errc::protocol_error;
    }
    if (ec == errc::protocol_error && !detail_.empty() && !detail_.starts_with("not HTTP"))
        detail_.insert(0, is_request ? "malformed request: " : "malformed response: ");
}

template class message_parser<true>;
template class message_parser<false>;
template class message_reader<true>;
template class message_reader<false>;

} // namespace aloft::http1
