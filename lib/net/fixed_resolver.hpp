#pragma once

#include "net/resolver.hpp"

#include <boost/asio/any_io_executor.hpp>

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <utility>

namespace aloft::net {

/// Answers for some hosts from a table, and asks another resolver about the rest.
class fixed_resolver final : public resolver {
public:
    /// Host and port, and what they lead to.
    using table = std::map<std::pair<std::string, std::uint16_t>, tcp_endpoints>;

    fixed_resolver(asio::any_io_executor executor, table answers, std::unique_ptr<resolver> others);
    ~fixed_resolver() override;

    void resolve(const std::string& host, std::uint16_t port, resolve_completion& done) override;
    void cancel(resolve_completion& done) noexcept override;

private:
    void answer(resolve_completion& done, std::uint64_t number, const tcp_endpoints& endpoints);

    asio::any_io_executor executor_;
    table answers_;
    std::unique_ptr<resolver> others_;
    std::map<resolve_completion*, std::uint64_t> waiting_; // until the answer is delivered
    std::uint64_t asked_ = 0;
    std::shared_ptr<fixed_resolver*> self_; // of the answers under way
};

} // namespace aloft::net
