#include <aloft/url.hpp>

#include <boost/url/parse.hpp>
#include <boost/url/url.hpp>
#include <boost/url/url_view.hpp>

#include <algorithm>
#include <charconv>
#include <optional>

namespace aloft {
namespace {

std::uint16_t default_port(bool secure) noexcept
{
    return secure ? 443 : 80;
}

// Not port_number(): Boost.URL 1.81 takes one beyond 65,535 modulo 65,536.
std::optional<std::uint16_t> port_of(std::string_view text, bool secure)
{
    if (text.empty())
        return default_port(secure);
    std::uint16_t port = 0;
    const auto read = std::from_chars(text.data(), text.data() + text.size(), port);
    if (read.ec != std::errc() || port == 0)
        return std::nullopt;
    return port;
}

// Servers write into Location what no URI may have, spaces before all; browsers escape it.
std::string escaped(std::string_view reference)
{
    constexpr std::string_view not_in_uris = R"( "<>\^`{|})";
    constexpr std::string_view digits = "0123456789ABCDEF";
    std::string text;
    for (const char c : reference) {
        const auto byte = static_cast<unsigned char>(c);
        if (byte > 0x20 && byte < 0x7F && not_in_uris.find(c) == std::string_view::npos)
            text += c;
        else
            text.append(1, '%').append(1, digits[byte >> 4]).append(1, digits[byte & 15]);
    }
    return text;
}

// Boost.URL 1.81 keeps what leads above the root, where RFC 3986, 5.2.4 has it removed.
void drop_leading_dots(std::string& target)
{
    constexpr std::string_view up = "/..";
    while (target.starts_with(up)) {
        const char behind = target.size() == up.size() ? '/' : target[up.size()];
        if (behind != '/' && behind != '?')
            return;
        target.erase(0, up.size());
        if (!target.starts_with('/'))
            target.insert(0, 1, '/');
    }
}

} // namespace

std::string origin::authority() const
{
    const bool ipv6 = host_.find(':') != std::string::npos;
    std::string text = ipv6 ? '[' + host_ + ']' : host_;
    if (port_ != default_port(secure_))
        text.append(":").append(std::to_string(port_));
    return text;
}

std::string origin::name() const
{
    return std::string(scheme()).append("://").append(authority());
}

const std::shared_ptr<const url::parts>& url::nobody()
{
    static const auto shared = std::make_shared<const parts>();
    return shared;
}

std::optional<url::parts> url::take_apart(std::string_view text)
{
    const auto parsed = boost::urls::parse_uri(text);
    if (!parsed)
        return std::nullopt;
    const auto scheme = parsed->scheme_id();
    const bool secure = scheme == boost::urls::scheme::https;
    if (!secure && scheme != boost::urls::scheme::http)
        return std::nullopt;
    if (parsed->has_userinfo() || parsed->has_fragment() || parsed->host_address().empty())
        return std::nullopt;
    // Decoded, an escape could end the host, or a line of HTTP; no name that resolves needs one.
    if (parsed->host_type() == boost::urls::host_type::name &&
        parsed->encoded_host().find('%') != boost::urls::string_view::npos)
        return std::nullopt;
    const auto port = port_of(parsed->port(), secure);
    if (!port)
        return std::nullopt;

    std::string host = parsed->host_address();
    std::transform(host.begin(), host.end(), host.begin(),
                   [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
    parts found{aloft::origin(secure, std::move(host), *port), {}};
    const std::string_view target = parsed->encoded_target();
    found.target = target.starts_with('/') ? "" : "/";
    found.target.append(target);
    return found;
}

url url::parse(std::string_view text, error_code& ec)
{
    auto found = take_apart(text);
    ec = found ? error_code() : errc::invalid_url;
    return found ? url(std::move(*found)) : url();
}

url url::join(std::string_view path) const
{
    auto joined = *parts_;
    const auto query = joined.target.find('?');
    if (query != std::string::npos)
        joined.target.resize(query);
    while (!joined.target.empty() && joined.target.back() == '/')
        joined.target.pop_back();
    joined.target.append(path);
    return url(std::move(joined));
}

url url::resolve(std::string_view reference, error_code& ec) const
{
    ec = errc::invalid_url;
    const auto here = text();
    const auto written = escaped(reference.substr(0, reference.find('#')));
    const auto base = boost::urls::parse_uri(here);
    const auto given = boost::urls::parse_uri_reference(written);
    boost::urls::url found;
    if (!base || !given || boost::urls::resolve(*base, *given, found).has_error())
        return {};
    auto result = take_apart(std::string_view(found.data(), found.size()));
    if (!result)
        return {};
    ec = {};
    drop_leading_dots(result->target);
    return url(std::move(*result));
}

} // namespace aloft
