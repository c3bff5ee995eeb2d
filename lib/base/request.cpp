#include <aloft/request.hpp>

#include <algorithm>
#include <array>
#include <string>

namespace aloft {
namespace {

// RFC 9110, 5.6.2: the characters of a token.
constexpr std::array<bool, 256> token_characters = [] {
    std::array<bool, 256> found{};
    for (const char c : std::string_view("!#$%&'*+-.^_`|~0123456789"))
        found[static_cast<unsigned char>(c)] = true;
    for (char c = 'a'; c <= 'z'; ++c)
        found[static_cast<unsigned char>(c)] = found[static_cast<unsigned char>(c - 32)] = true;
    return found;
}();

bool is_token(std::string_view text) noexcept
{
    return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
        return token_characters[static_cast<unsigned char>(c)];
    });
}

// RFC 9110, 5.5; what would split a message is refused, obs-text is let through.
bool is_field_value(std::string_view text) noexcept
{
    bool wrong = false;
    for (const char c : text) { // to the end, so that the compiler takes many at once
        const auto byte = static_cast<unsigned char>(c);
        wrong |= (byte < 0x20 && byte != '\t') || byte == 0x7f;
    }
    return !wrong;
}

// Fields that belong to the connection: HTTP/2 forbids them (RFC 9113, 8.2.2) and in HTTP/1.1 they
// are ours to write.
bool is_connection_field(std::string_view name) noexcept
{
    constexpr std::array<std::string_view, 7> names = {
        "connection",     "keep-alive", "proxy-connection", "transfer-encoding", "upgrade",
        "http2-settings", "host"};
    return std::find(names.begin(), names.end(), name) != names.end();
}

} // namespace

const request::settings& request::settings_pointer::unsaid() noexcept
{
    static const settings none;
    return none;
}

request& request::priority(unsigned urgency, bool incremental)
{
    return set_header("priority",
                      "u=" + std::to_string(std::min(urgency, 7U)) + (incremental ? ", i" : ""));
}

bool request::idempotent() const noexcept
{
    if (settings_->idempotent)
        return *settings_->idempotent;
    constexpr std::array<std::string_view, 6> methods = {"GET",    "HEAD",    "PUT",
                                                         "DELETE", "OPTIONS", "TRACE"};
    return std::find(methods.begin(), methods.end(), method_) != methods.end();
}

error_code validate(const request& r, std::string& detail)
{
    if (r.url_error()) {
        detail = "an absolute http:// or https:// URL is needed";
        return r.url_error();
    }
    if (!is_token(r.method())) {
        detail = "the method is not a token";
        return errc::invalid_request;
    }
    if ((r.method() == "CONNECT") == r.protocol().empty() ||
        (!r.protocol().empty() && (!is_token(r.protocol()) || !r.body().empty()))) {
        detail = "CONNECT and a protocol belong together, and the body is a source";
        return errc::invalid_request;
    }
    for (const auto [name, value] : r.headers()) {
        if (!is_token(name))
            detail = "a header name is not a token";
        else if (!is_field_value(value))
            detail = "the value of header " + std::string(name) + " holds a control character";
        else if (is_connection_field(name))
            detail = "header " + std::string(name) + " is the connection's, not the request's";
        else
            continue;
        return errc::invalid_request;
    }
    return {};
}

} // namespace aloft
