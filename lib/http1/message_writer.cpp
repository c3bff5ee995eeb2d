#include "http1/message_writer.hpp"

#include "base/field_rules.hpp"

#include <boost/beast/http/rfc7230.hpp>
#include <boost/beast/http/status.hpp>

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>

namespace aloft::http1 {
namespace {

namespace http = boost::beast::http;

// Bytes copied at a time; a chunk is never larger.
constexpr std::size_t largest_piece = std::size_t{16} << 10;

/// Without spaces either: a part of the request line.
bool target(std::string_view text) noexcept
{
    return !text.empty() && is_field_value(text) && text.find_first_of(" \t") == text.npos;
}

template <typename Number>
std::optional<Number> number(std::string_view text) noexcept
{
    Number value = 0;
    const auto [end, ec] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (ec != std::errc() || end != text.data() + text.size() || text.starts_with('-'))
        return std::nullopt;
    return value;
}

void append_field(std::string& out, std::string_view name, std::string_view value)
{
    out.append(name).append(": ").append(value).append("\r\n");
}

/// Fields the session answers for itself.
enum class special : std::uint8_t { none, length, coding, connection, host, refused };

special kind_of(std::string_view name) noexcept
{
    switch (name.size()) { // most names are told apart by it
    case 4: return name == "host" ? special::host : special::none;
    case 7: return name == "upgrade" ? special::refused : special::none;
    case 10: return name == "connection" ? special::connection : special::none;
    case 14: return name == "content-length" ? special::length : special::none;
    case 17: return name == "transfer-encoding" ? special::coding : special::none;
    default: return special::none;
    }
}

/// What the caller's fields say about the message itself.
struct found {
    std::optional<std::uint64_t> length;
    bool close = false;
    bool host = false;
};

bool vouched(const outgoing_head& head) noexcept
{
    return head.vouched();
}
bool vouched(const fields& head) noexcept
{
    return head.known_sound();
}

template <class Head>
error_code append_fields(const Head& head, bool host_given, std::string& out, found& seen)
{
    const bool sound = vouched(head);
    for (const auto [name, value] : head) {
        if (name.starts_with(':'))
            continue;
        if (!sound && (!is_token(name) || !is_field_value(value)))
            return errc::invalid_request;
        switch (kind_of(name)) {
        case special::length: {
            const auto length = number<std::uint64_t>(value);
            if (!length || (seen.length && seen.length != length))
                return errc::invalid_request;
            seen.length = length;
            continue; // written once, with the framing
        }
        case special::coding:
            if (value != "chunked")
                return errc::invalid_request;
            continue;
        case special::connection:
            seen.close =
                seen.close || http::token_list({value.data(), value.size()}).exists("close");
            break;
        case special::host:
            if (host_given || seen.host)
                continue;
            seen.host = true;
            break;
        case special::refused: return errc::invalid_request;
        case special::none: break;
        }
        append_field(out, name, value);
    }
    return {};
}

/// Decides how the end of the body is told and writes the field that says so.
error_code append_framing(const found& seen, const body_source& body, bool chunks_allowed,
                          std::string& out, outgoing_plan& plan)
{
    const auto known = body.length();
    if (known && seen.length && known != seen.length)
        return errc::invalid_request;
    if (known || seen.length) {
        plan.body = framing::length;
        plan.length = known ? *known : *seen.length;
        append_field(out, "content-length", std::to_string(plan.length));
    } else if (chunks_allowed) {
        plan.body = framing::chunked;
        append_field(out, "transfer-encoding", "chunked");
    } else {
        plan.body = framing::until_close;
    }
    return {};
}

} // namespace

error_code write_request_head(const outgoing_head& head, const body_source* body, std::string& out,
                              outgoing_plan& plan)
{
    const auto method = head.get(":method").value_or("");
    const auto path = head.get(":path").value_or("");
    const auto authority = head.get(":authority");
    if (!is_token(method) || method == "CONNECT" || !target(path) ||
        (authority && !target(*authority)))
        return errc::invalid_request;
    out.append(method).append(" ").append(path).append(" HTTP/1.1\r\n");
    if (authority)
        append_field(out, "host", *authority);

    found seen;
    if (const auto ec = append_fields(head, authority.has_value(), out, seen))
        return ec;
    if (!authority && !seen.host)
        return errc::invalid_request;
    plan = {.close = seen.close};
    if (body != nullptr) {
        if (const auto ec = append_framing(seen, *body, true, out, plan))
            return ec;
    } else if (seen.length.value_or(0) != 0) {
        return errc::invalid_request;
    } else if (seen.length || method == "POST" || method == "PUT" || method == "PATCH") {
        append_field(out, "content-length", "0"); // RFC 9110, 8.6
    }
    out.append("\r\n");
    return {};
}

error_code write_response_head(const fields& head, const body_source* body, response_reader reader,
                               std::string& out, outgoing_plan& plan)
{
    const auto status = number<unsigned>(head.get(":status").value_or(""));
    if (!status || *status < 200 || *status > 999)
        return errc::invalid_request;
    const auto reason = http::obsolete_reason(http::int_to_status(*status));
    out.append("HTTP/1.1 ").append(std::to_string(*status)).append(" ");
    out.append(reason.data(), reason.size()).append("\r\n");

    found seen;
    if (const auto ec = append_fields(head, false, out, seen))
        return ec;
    plan = {.close = reader.close || seen.close};
    const bool bodyless = *status == 204 || *status == 304;
    if (reader.to_head || bodyless) {
        // The length is that of the body a GET would have brought; 204 has none (RFC 9110, 8.6).
        auto length = seen.length;
        if (!length && body != nullptr)
            length = body->length();
        if (length && *status != 204)
            append_field(out, "content-length", std::to_string(*length));
    } else if (body == nullptr) {
        if (seen.length.value_or(0) != 0)
            return errc::invalid_request;
        append_field(out, "content-length", "0");
    } else if (const auto ec = append_framing(seen, *body, reader.http11, out, plan)) {
        return ec;
    }
    plan.close = plan.close || plan.body == framing::until_close;
    if (plan.close && !seen.close)
        append_field(out, "connection", "close");
    else if (!plan.close && !reader.http11)
        append_field(out, "connection", "keep-alive");
    out.append("\r\n");
    return {};
}

void body_writer::start(body_source* source, const outgoing_plan& plan)
{
    source_ = source;
    framing_ = plan.body;
    left_ = plan.length;
    stalled_ = false;
    done_ = plan.body == framing::none;
}

error_code body_writer::produce(output_buffer& out)
{
    while (!done_ && !out.full()) {
        const auto run = source_->peek();
        if (run.after == body_source::state::failed)
            return errc::upload_failed;
        const auto piece = run.bytes.substr(0, largest_piece);
        const bool last = run.after == body_source::state::last && piece.size() == run.bytes.size();
        if (piece.empty() && !last) {
            stalled_ = true;
            return {};
        }
        if (const auto ec = write_piece(piece, out))
            return ec;
        source_->advance(piece.size());
        if (last)
            return finish(out);
    }
    return {};
}

error_code body_writer::write_piece(std::string_view piece, output_buffer& out)
{
    if (piece.empty())
        return {};
    if (framing_ == framing::chunked) {
        std::array<char, 8> size;
        const auto end = std::to_chars(size.data(), size.data() + size.size(), piece.size(), 16);
        out.append({size.data(), static_cast<std::size_t>(end.ptr - size.data())});
        out.append("\r\n");
    } else if (framing_ == framing::length) {
        if (piece.size() > left_)
            return errc::upload_failed; // more than the head announced
        left_ -= piece.size();
    }
    out.append(piece);
    if (framing_ == framing::chunked)
        out.append("\r\n");
    return {};
}

error_code body_writer::finish(output_buffer& out)
{
    if (framing_ == framing::length && left_ != 0)
        return errc::upload_failed; // less than the head announced
    if (framing_ == framing::chunked) {
        std::string end = "0\r\n";
        if (const auto* trailers = source_->trailers()) {
            for (const auto [name, value] : *trailers) {
                if (!is_token(name) || !is_field_value(value) || kind_of(name) != special::none)
                    return errc::upload_failed;
                append_field(end, name, value);
            }
        }
        out.append(end.append("\r\n"));
    }
    done_ = true;
    return {};
}

} // namespace aloft::http1
