#pragma once

#include "bench/arrival_plan.hpp"

#include <aloft/payload.hpp>

#include <cstdint>
#include <string>

namespace aloft::tools::bench {

/// What is asked, request by request.
class workload {
public:
    virtual ~workload() = default;
    /// The body of request `number`, the same whenever it is made. A trace's lengths hold where
    /// `due` has them.
    virtual payload make(std::uint64_t number, const arrival& due) = 0;
    /// In a few words, for reports.
    [[nodiscard]] virtual std::string text() const = 0;
};

} // namespace aloft::tools::bench
