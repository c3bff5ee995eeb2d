#pragma once

#include <aloft/error.hpp>

#include <string>

namespace aloft::net {

/// What went wrong below HTTP, for programs (`code`) and for people (`detail`).
struct net_error {
    error_code code;
    std::string detail;

    explicit operator bool() const noexcept { return code.failed(); }
};

} // namespace aloft::net
