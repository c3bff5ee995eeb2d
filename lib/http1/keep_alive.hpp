#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace aloft::http1 {

/// What a server says about how long it keeps a connection: `Keep-Alive: timeout=5, max=100`
/// (RFC 2068, 19.7.1.1; no later standard has it, and most servers send it).
struct keep_alive {
    std::optional<std::uint64_t> timeout; ///< milliseconds it waits for another request
    std::optional<std::uint64_t> max; ///< requests it takes after this one
};

/// Reads the field's value; what is no number, or no parameter known here, is passed over.
keep_alive read_keep_alive(std::string_view value);

} // namespace aloft::http1
