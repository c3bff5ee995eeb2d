#include "net/supplied_resolver.hpp"

#include <tuple>
#include <utility>

namespace aloft::net {

supplied_resolver::supplied_resolver(asio::any_io_executor executor,
                                     std::shared_ptr<custom_resolver> asked) :
    executor_{std::move(executor)}, asked_{std::move(asked)}
{
}

void supplied_resolver::resolve(const std::string& host, std::uint16_t port,
                                resolve_completion& done)
{
    auto answered = [this, host, port, &done](const std::optional<addresses>& found,
                                              const std::string& problem) {
        net_error error;
        tcp_endpoints endpoints;
        if (found)
            for (const auto& address : *found)
                endpoints.emplace_back(address, port);
        if (endpoints.empty())
            error = {errc::resolve_failed,
                     host + ": " + (problem.empty() ? "no address" : problem)};
        waiting_.erase(&done);
        done.resolved(std::move(error), std::move(endpoints));
    };
    waiting_.try_emplace(&done, executor_, asked_, asked_->resolve(host), std::move(answered));
}

void supplied_resolver::cancel(resolve_completion& done) noexcept
{
    waiting_.erase(&done);
}

} // namespace aloft::net
