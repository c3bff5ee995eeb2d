#pragma once

#include "net/net_error.hpp"

#include <string>
#include <vector>

namespace aloft::net {

/// A certificate and its private key, as PEM text.
struct certificate_pair {
    std::string certificate_pem;
    std::string key_pem;
};

/// A certificate for these DNS names and addresses that vouches for itself, on a new P-256 key,
/// valid for 30 days. For tests and trials: a client has to be told to trust it.
certificate_pair make_self_signed(const std::vector<std::string>& names,
                                  const std::vector<std::string>& addresses, net_error& error);

} // namespace aloft::net
