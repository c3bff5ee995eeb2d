#pragma once

#include "net/posted_answers.hpp"

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <utility>

namespace aloft::net {

/// Answers what need not be asked: hosts of a table, addresses, and "localhost" and names below it
/// (RFC 6761, 6.3). Of localhost's two addresses 127.0.0.1 comes first, where most local servers
/// listen. Asks another resolver about the rest.
class fixed_resolver final : public resolver {
public:
    /// Host and port, and what they lead to.
    using table = std::map<std::pair<std::string, std::uint16_t>, tcp_endpoints>;

    fixed_resolver(asio::any_io_executor executor, table answers, std::unique_ptr<resolver> others);

    void resolve(const std::string& host, std::uint16_t port, resolve_completion& done) override;
    void cancel(resolve_completion& done) noexcept override;

private:
    tcp_endpoints known(const std::string& host, std::uint16_t port) const;

    table table_;
    std::unique_ptr<resolver> others_;
    posted_answers answers_;
};

} // namespace aloft::net
