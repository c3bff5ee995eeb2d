#include "base/field_rules.hpp"

#include <aloft/request.hpp>

#include <algorithm>
#include <array>
#include <string>

namespace aloft {

const request::settings request::settings_pointer::unsaid{};

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
    if (r.headers().known_sound())
        return {};
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
