#include <aloft/url.hpp>

#include <boost/url/parse.hpp>
#include <boost/url/url_view.hpp>

#include <algorithm>

namespace aloft {
namespace {

std::uint16_t default_port(bool secure) noexcept
{
    return secure ? 443 : 80;
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

url url::parse(std::string_view text, error_code& ec)
{
    ec = errc::invalid_url;
    const auto parsed = boost::urls::parse_uri(text);
    if (!parsed)
        return {};
    const auto scheme = parsed->scheme_id();
    const bool secure = scheme == boost::urls::scheme::https;
    if (!secure && scheme != boost::urls::scheme::http)
        return {};
    if (parsed->has_userinfo() || parsed->has_fragment() || parsed->host_address().empty())
        return {};
    // port_number() is 0 both for "no port" and for one that does not fit 16 bits.
    const auto port = parsed->has_port() && !parsed->port().empty() ? parsed->port_number()
                                                                    : default_port(secure);
    if (port == 0)
        return {};

    url result;
    std::string host = parsed->host_address();
    std::transform(host.begin(), host.end(), host.begin(),
                   [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
    result.origin_ = aloft::origin(secure, std::move(host), port);
    const std::string_view target = parsed->encoded_target();
    result.target_ = target.starts_with('/') ? "" : "/";
    result.target_.append(target);
    ec = {};
    return result;
}

url url::join(std::string_view path) const
{
    url joined = *this;
    const auto query = joined.target_.find('?');
    if (query != std::string::npos)
        joined.target_.resize(query);
    while (!joined.target_.empty() && joined.target_.back() == '/')
        joined.target_.pop_back();
    joined.target_.append(path);
    return joined;
}

} // namespace aloft
