#include "net/proxy_rules.hpp"

#include <string>

namespace aloft::net {
namespace {

std::optional<proxy> read(const std::string& url, const proxy_options& options, net_error& error)
{
    if (url.empty())
        return std::nullopt;
    auto made = parse_proxy(url, error);
    if (made && made->user.empty()) {
        made->user = options.user();
        made->password = options.password();
    }
    return made;
}

} // namespace

proxy_rules::proxy_rules(const proxy_options& options, net_error& error) :
    for_http_{read(options.for_http(), options, error)},
    for_https_{read(options.for_https(), options, error)},
    bypass_{options.bypass()}
{
}

const proxy* proxy_rules::choose(const endpoint_key& key) const
{
    const auto& chosen = key.tls ? for_https_ : for_http_;
    if (!chosen || !key.unix_path.empty() || bypass_.matches(key.host, key.port))
        return nullptr;
    return &*chosen;
}

} // namespace aloft::net
