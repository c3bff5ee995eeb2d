#include "client/redirect.hpp"

#include <algorithm>
#include <array>

namespace aloft::detail {
namespace {

/// As messages may have it: a query may hold keys.
std::string without_query(const url& place)
{
    const auto& target = place.target();
    return place.origin().name() + target.substr(0, target.find('?'));
}

/// Fetch, 4.4 (HTTP-redirect fetch), step 12: what browsers have made of them, 307 and 308 are
/// there to avoid it.
bool becomes_get(unsigned status, std::string_view method) noexcept
{
    if (status == 303)
        return method != "GET" && method != "HEAD";
    return (status == 301 || status == 302) && method == "POST";
}

fields without_body_fields(const fields& all)
{
    constexpr std::array<std::string_view, 5> of_body = {"content-encoding", "content-language",
                                                         "content-length", "content-location",
                                                         "content-type"};
    auto kept = all;
    for (const auto name : of_body)
        kept.erase(name);
    return kept;
}

fields without_credentials(const fields& all)
{
    fields kept;
    for (const auto [name, value] : all) {
        if (!is_credential(name))
            kept.add_lowered(name, value);
    }
    return kept;
}

} // namespace

bool is_redirect(unsigned status, const fields& head) noexcept
{
    constexpr std::array<unsigned, 5> those = {301, 302, 303, 307, 308};
    return std::find(those.begin(), those.end(), status) != those.end() &&
           head.contains("location");
}

bool is_credential(std::string_view name) noexcept
{
    constexpr std::array<std::string_view, 6> names = {
        "authorization", "cookie", "proxy-authorization", "x-api-key", "api-key", "x-goog-api-key"};
    return std::find(names.begin(), names.end(), name) != names.end();
}

error_code redirection::follow(request& what, unsigned status, const fields& head,
                               std::string& detail)
{
    const auto here = what.url();
    error_code ec;
    const auto next = here.resolve(head.get("location").value_or(""), ec);
    if (ec) {
        detail = "status " + std::to_string(status) +
                 " with a Location that is no http or https "
                 "URL";
        return errc::redirect_refused;
    }
    detail = without_query(here) + " leads to " + without_query(next);
    if (here.origin().secure() && !next.origin().secure() && !rules_.to_clear_text) {
        detail += ", which is not encrypted";
        return errc::redirect_refused;
    }
    if (seen_.empty())
        seen_.push_back(what.method() + ' ' + here.text());
    if (seen_.size() > rules_.limit) {
        detail.insert(0, std::to_string(seen_.size()) + " redirects; ");
        return errc::too_many_redirects;
    }
    const bool get = becomes_get(status, what.method());
    auto asks = (get ? "GET" : what.method()) + ' ' + next.text();
    if (std::find(seen_.begin(), seen_.end(), asks) != seen_.end()) {
        detail += " again";
        return errc::redirect_loop;
    }
    seen_.push_back(std::move(asks));
    if (get)
        what.method("GET").body(payload()).headers(without_body_fields(what.headers()));
    if (!(next.origin() == here.origin())) {
        left_origin_ = true;
        what.headers(without_credentials(what.headers()));
    }
    what.url(next);
    target_ = next;
    detail.clear();
    return {};
}

} // namespace aloft::detail
