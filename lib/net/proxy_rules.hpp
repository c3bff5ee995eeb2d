#pragma once

#include "net/bypass_list.hpp"
#include "net/endpoint_key.hpp"
#include "net/net_error.hpp"
#include "net/proxy.hpp"

#include <aloft/proxy_options.hpp>

#include <optional>

namespace aloft::net {

/// Decides which proxy leads to an endpoint.
class proxy_rules {
public:
    proxy_rules() = default;
    /// `error` says what of the options cannot be used, if something cannot.
    proxy_rules(const proxy_options& options, net_error& error);

    /// Null: none, connect directly.
    const proxy* choose(const endpoint_key& key) const;

private:
    std::optional<proxy> for_http_;
    std::optional<proxy> for_https_;
    bypass_list bypass_;
};

} // namespace aloft::net
