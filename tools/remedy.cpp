#include "remedy.hpp"

#include "plain_text.hpp"

#include <string_view>

namespace aloft::tools {
namespace {

std::string_view remedy_of_status(int status)
{
    switch (status) {
    case 401:
    case 403: return "check --api-key";
    case 404: return "check --base-url and --model";
    case 413: return "send smaller images, or raise the server's limit";
    case 429: return "lower --max-in-flight, or try again later";
    case 503: return "the server is overloaded or starting: try again later";
    default: return {};
    }
}

std::string_view remedy_at_proxy(const aloft::failure& why)
{
    if (why.detail.find("user and") != std::string::npos)
        return "--proxy-user USER:PASSWORD signs in";
    if (why.detail.find(" to CONNECT ") != std::string::npos && why.origin.starts_with("http://"))
        return "many proxies CONNECT to https:// servers only; --noproxy HOST goes directly";
    return "check --proxy, or HTTPS_PROXY, HTTP_PROXY and ALL_PROXY";
}

std::string_view remedy(const autoglm::failure& why, bool proven)
{
    if (why.code == errc::http_status)
        return remedy_of_status(why.server.status);
    if (why.code == errc::resolve_failed)
        return "check the host name in the URL";
    if (why.code == errc::connect_failed || why.code == errc::connect_timeout)
        return "is the server running, and the port right?";
    if (why.code == errc::proxy_failed)
        return remedy_at_proxy(why);
    const bool unknown = why.detail.find("unknown issuer") != std::string::npos ||
                         why.detail.find("self-signed") != std::string::npos;
    if (why.code == errc::certificate_rejected && unknown)
        return "--cacert FILE trusts the authority that issued it";
    if (why.code == errc::pin_mismatch)
        return "is it the right server, and --pinnedpubkey up to date?";
    if (why.code == errc::tls_failed || why.code == errc::no_common_protocol)
        return "is it an https:// server, and of this port?";
    if (why.code == errc::unexpected_content)
        return "is the URL that of an OpenAI-compatible API, such as http://host:8000/v1?";
    if (proven)
        return {};
    const bool cut =
        why.code == errc::connection_closed || why.code == boost::system::errc::connection_reset;
    if (cut && why.phase == phase::head && why.origin.starts_with("http://"))
        return "does the server want https:// instead?";
    if (why.code == errc::protocol_error)
        return "is this an HTTP server, and is https:// or --http2-prior-knowledge right?";
    return {};
}

} // namespace

std::string explain(const autoglm::failure& why, bool proven)
{
    auto text = why.message();
    const auto& said = why.server.message.empty() ? why.server.raw : why.server.message;
    constexpr std::size_t longest = 300;
    if (!said.empty() && text.find(said) == std::string::npos)
        text += ": " + one_line(said, longest);
    if (const auto advice = remedy(why, proven); !advice.empty())
        text.append(" - ").append(advice);
    return text;
}

std::string said(const boost::system::system_error& thrown)
{
    std::string text = thrown.what();
    const auto category = ": " + thrown.code().what();
    if (text.ends_with(category))
        text.resize(text.size() - category.size());
    return text;
}

bool unreachable(const aloft::failure& why) noexcept
{
    return why.processing == processing::never_sent &&
           (why.phase == phase::resolve || why.phase == phase::connect || why.phase == phase::tls);
}

} // namespace aloft::tools
