#pragma once

#include "bench/request_record.hpp"

#include <string>
#include <utility>
#include <vector>

namespace aloft::tools::bench {

/// What a request must keep to be good, beside having succeeded: a bound in milliseconds on each
/// of some measures, counted from when it was due.
class objectives {
public:
    /// Adds those of "ttft:500,tpot:50"; says what is wrong with the text, if anything.
    std::string add(const std::string& text);

    [[nodiscard]] bool empty() const noexcept { return bounds_.empty(); }
    [[nodiscard]] bool met(const request_record& one) const noexcept;
    /// "ttft <= 500 ms, tpot <= 50 ms"
    [[nodiscard]] std::string text() const;

private:
    std::vector<std::pair<measure, double>> bounds_;
};

} // namespace aloft::tools::bench
