#pragma once
// Completions that remember what they were told.

#include "net/connector.hpp"
#include "net/resolver.hpp"
#include "net/transport.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace aloft::test {

class result final : public net::io_completion {
public:
    void complete(error_code code, std::size_t n) override
    {
        ++count;
        ec = code;
        bytes = n;
    }

    bool done() const { return count > 0; }

    int count = 0;
    error_code ec;
    std::size_t bytes = 0;
};

class dial final : public net::dial_completion {
public:
    void dialed(net::dial_result ended) override
    {
        ++count;
        result = std::move(ended);
    }

    int count = 0;
    net::dial_result result;
};

class resolution final : public net::resolve_completion {
public:
    void resolved(net::net_error failed, net::tcp_endpoints found) override
    {
        ++count;
        error = std::move(failed);
        endpoints = std::move(found);
    }

    int count = 0;
    net::net_error error;
    net::tcp_endpoints endpoints;
};

inline bool contains(std::string_view text, std::string_view part)
{
    return text.find(part) != std::string_view::npos;
}

} // namespace aloft::test
