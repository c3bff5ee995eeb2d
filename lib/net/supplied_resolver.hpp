#pragma once

#include "net/resolver.hpp"
#include "net/user_operation.hpp"

#include <aloft/custom_resolver.hpp>

#include <map>
#include <memory>
#include <string>
#include <vector>

namespace aloft::net {

/// Asks a resolver of the user's.
class supplied_resolver final : public resolver {
public:
    supplied_resolver(asio::any_io_executor executor, std::shared_ptr<custom_resolver> asked);

    void resolve(const std::string& host, std::uint16_t port, resolve_completion& done) override;
    void cancel(resolve_completion& done) noexcept override;

private:
    using addresses = std::vector<asio::ip::address>;

    asio::any_io_executor executor_;
    std::shared_ptr<custom_resolver> asked_;
    std::map<resolve_completion*, user_operation<addresses>> waiting_;
};

} // namespace aloft::net
