#pragma once

#include <aloft/client_options.hpp>

#include <CLI/App.hpp>

#include <cstdint>

namespace aloft::tools {

/// How much a server is asked, beside how many requests are in flight.
class limit_arguments {
public:
    /// Declares the options.
    void add_to(CLI::App& command);
    void apply(client_options& to) const;
    /// Whether any of them was given.
    [[nodiscard]] bool given() const noexcept
    {
        return requests_ != 0 || tokens_ != 0 || adaptive_;
    }

private:
    std::uint64_t requests_ = 0;
    std::uint64_t tokens_ = 0;
    bool adaptive_ = false;
};

} // namespace aloft::tools
