#include "configuration/configuration.hpp"

#include <algorithm>
#include <cstddef>
#include <limits>
#include <string_view>
#include <utility>

namespace aloft::tools {

configuration::configuration(command which)
{
    using namespace std::chrono_literals;
    if (which != command::run)
        return;
    // What holds retries back is the number of requests in flight: a prompt that waits for its
    // turn keeps others from being sent, so no share of retries has to.
    constexpr auto no_bound = std::numeric_limits<double>::infinity();
    http.max_in_flight(256).retry_budget(no_bound).retry_throttle(no_bound);
    // Servers that are not reached are max_outage's.
    retries.retries(8).backoff(500ms, 30s).unreachable(false);
}

client_options configuration::make_http() const
{
    auto made = http;
    made.deadlines(deadlines);
    auto security = tls;
    if (!certificate.empty())
        security.certificate_file(certificate,
                                  certificate_key.empty() ? certificate : certificate_key);
    for (const auto& one : pinned_keys)
        security.pin(one);
    made.tls(std::move(security));
    dns_options names;
    for (std::string_view rest : name_servers) {
        while (!rest.empty()) {
            const auto one = rest.substr(0, rest.find(','));
            rest.remove_prefix(std::min(one.size() + 1, rest.size()));
            names.server(std::string(one));
        }
    }
    made.dns(std::move(names));
    auto through = proxy;
    const auto colon = std::min(proxy_user.find(':'), proxy_user.size());
    through.credentials(proxy_user.substr(0, colon),
                        proxy_user.substr(std::min(colon + 1, proxy_user.size())));
    made.proxy(std::move(through));
    if (protocol == "http1")
        made.version(http_version::http1);
    if (protocol == "http2" || protocol == "http2-prior-knowledge")
        made.version(http_version::http2);
    return made;
}

autoglm::options configuration::make_server(client_options with) const
{
    with.retries(retries);
    if (limits_rates() || follow_server.value_or(false)) {
        rate_limits rates;
        rates.follow_server(follow_server.value_or(true));
        if (requests_per_minute != 0)
            rates.requests_per_minute(requests_per_minute, request_burst);
        if (tokens_per_minute != 0)
            rates.tokens_per_minute(tokens_per_minute, token_burst);
        with.rates(rates);
    }
    if (adapts)
        with.adaptive(adaptive);
    if (hedges) { // room for the copies, since a run has as many requests in flight as it may
        const auto requests = static_cast<double>(with.max_in_flight());
        with.max_in_flight(with.max_in_flight() + 1 +
                           static_cast<std::size_t>(requests * hedging.budget()));
    }
    auto made = model_server;
    made.api_key(api_key).balancing(balancing).http(std::move(with));
    if (hedges)
        made.hedging(hedging);
    if (checks_health)
        made.health(health);
    made.base_url(servers.empty() ? base_urls.front() : servers.front().url);
    for (const auto& one : servers) {
        autoglm::server_options own;
        own.weight(one.weight);
        if (!one.api_key.empty())
            own.api_key(one.api_key);
        if (!one.chat_path.empty())
            own.chat_path(one.chat_path);
        if (one.health_path)
            own.health_path(*one.health_path);
        for (const auto& [name, there] : one.models)
            own.model(name, there);
        made.server(one.url, std::move(own));
    }
    for (const auto& one : base_urls) {
        if (servers.empty() && base_urls.size() > 1)
            made.server(one);
    }
    return made;
}

} // namespace aloft::tools
