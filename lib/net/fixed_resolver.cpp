#include "net/fixed_resolver.hpp"

#include <boost/asio/ip/address.hpp>

#include <algorithm>
#include <string_view>

namespace aloft::net {
namespace {

bool is_localhost(std::string_view host)
{
    constexpr std::string_view localhost = "localhost";
    if (host.ends_with('.'))
        host.remove_suffix(1);
    if (host.size() > localhost.size() && host[host.size() - localhost.size() - 1] == '.')
        host.remove_prefix(host.size() - localhost.size());
    return std::ranges::equal(host, localhost, [](char a, char b) {
        return (a >= 'A' && a <= 'Z' ? static_cast<char>(a - 'A' + 'a') : a) == b;
    });
}

} // namespace

fixed_resolver::fixed_resolver(asio::any_io_executor executor, table answers,
                               std::unique_ptr<resolver> others) :
    table_{std::move(answers)}, others_{std::move(others)}, answers_{std::move(executor)}
{
}

void fixed_resolver::resolve(const std::string& host, std::uint16_t port, resolve_completion& done)
{
    if (tcp_endpoints found = known(host, port); !found.empty())
        answers_.post(done, {}, std::move(found));
    else
        others_->resolve(host, port, done);
}

tcp_endpoints fixed_resolver::known(const std::string& host, std::uint16_t port) const
{
    if (const auto at = table_.find({host, port}); at != table_.end())
        return at->second;
    if (is_localhost(host))
        return {{asio::ip::address_v4::loopback(), port}, {asio::ip::address_v6::loopback(), port}};
    error_code ec;
    const asio::ip::address address = asio::ip::make_address(host, ec);
    return ec ? tcp_endpoints{} : tcp_endpoints{{address, port}};
}

void fixed_resolver::cancel(resolve_completion& done) noexcept
{
    if (!answers_.cancel(done))
        others_->cancel(done);
}

} // namespace aloft::net
