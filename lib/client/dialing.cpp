#include "client/dialing.hpp"

#include "net/ares_source.hpp"
#include "net/cached_resolver.hpp"
#include "net/fixed_resolver.hpp"
#include "net/name_server.hpp"
#include "net/proxy_rules.hpp"
#include "net/socket_connector.hpp"
#include "net/supplied_resolver.hpp"
#include "net/tls_context.hpp"

#include <boost/system/system_error.hpp>

#include <string>
#include <utility>
#include <vector>

namespace aloft::detail {
namespace {

namespace asio = boost::asio;

std::vector<asio::ip::udp::endpoint> name_servers(const dns_options& options)
{
    std::vector<asio::ip::udp::endpoint> made;
    for (const auto& text : options.servers()) {
        const auto server = net::parse_name_server(text);
        if (!server)
            throw boost::system::system_error(errc::invalid_request,
                                              "\"" + text + "\" is no address of a name server");
        made.push_back(*server);
    }
    return made;
}

std::unique_ptr<net::resolver> asking_resolver(const asio::any_io_executor& executor,
                                               const client_options& options,
                                               const std::shared_ptr<timer_service>& timers)
{
    if (options.resolver() != nullptr)
        return std::make_unique<net::supplied_resolver>(executor, options.resolver());
    const auto& dns = options.dns();
    return std::make_unique<net::cached_resolver>(
        executor, timers, std::make_unique<net::ares_source>(executor, name_servers(dns)),
        net::cache_limits{dns.cached_hosts(), dns.shortest(), dns.longest(), dns.stale()});
}

net::fixed_resolver::table fixed_answers(const client_options& options)
{
    net::fixed_resolver::table answers;
    for (const auto& [where, addresses] : options.resolved()) {
        for (const auto& text : addresses) {
            error_code ec;
            const auto address = asio::ip::make_address(text, ec);
            if (ec)
                throw boost::system::system_error(ec, "\"" + text + "\" is no IP address");
            answers[where].emplace_back(address, where.second);
        }
    }
    return answers;
}

} // namespace

std::unique_ptr<net::connector> make_connector(const asio::any_io_executor& executor,
                                               const client_options& options,
                                               const std::shared_ptr<timer_service>& timers)
{
    net::net_error wrong;
    net::dial_settings settings;
    settings.tls = net::tls_context::client(options.tls(), wrong);
    if (settings.tls == nullptr)
        throw boost::system::system_error(wrong.code, wrong.detail);
    settings.names = std::make_unique<net::fixed_resolver>(
        executor, fixed_answers(options), asking_resolver(executor, options, timers));
    settings.tcp = options.tcp();
    settings.proxies = net::proxy_rules(options.proxy(), wrong);
    if (wrong)
        throw boost::system::system_error(wrong.code, wrong.detail);
    settings.custom = options.connector();
    return std::make_unique<net::socket_connector>(executor, std::move(settings));
}

} // namespace aloft::detail
