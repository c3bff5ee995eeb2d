#pragma once

#include "sim/error_form.hpp"

#include <aloft/fields.hpp>
#include <aloft/sim.hpp>

#include <chrono>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>

namespace aloft::sim {

/// One thing that goes wrong with one request; <aloft/sim.hpp> describes them.
struct fault {
    enum class kind : std::uint8_t {
        status,
        reset,
        refuse,
        goaway,
        stall,
        garbage,
        truncate,
        cut,
        error,
        max_streams,
        close,
    };

    /// Without a value `problem` says what is wrong.
    static std::optional<fault> parse(std::string_view text, std::string& problem);

    kind what = kind::status;
    std::optional<std::uint32_t> after{}; ///< events sent before it
    /// HTTP status (a code of z.ai where it is 1000 or more), HTTP/2 error code, or number of
    /// streams
    std::uint32_t code = 0;
    std::optional<std::int32_t> last_stream{}; ///< of a GOAWAY
    std::chrono::microseconds duration{0}; ///< of a stall; 0: for ever
    bool before_head = false; ///< of a stall
    std::optional<error_form> form{}; ///< none: that of the dialect
    std::string message{};
    fields headers{};
};

struct fault_rule {
    /// `index` is the rule's place in its script, which keeps rules of one probability apart.
    [[nodiscard]] bool holds(std::uint64_t request, std::uint64_t seed,
                             std::uint64_t index) const noexcept;

    std::uint64_t first = 1;
    std::uint64_t last = std::numeric_limits<std::uint64_t>::max();
    std::uint64_t every = 1;
    double probability = 1;
    fault what;
};

} // namespace aloft::sim
