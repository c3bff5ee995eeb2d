#pragma once

#include <optional>

namespace aloft::tools::bench {

/// What came of one rate.
class sweep_step {
public:
    double rate = 0; ///< asked for, requests a second
    double throughput = 0; ///< requests that succeeded, a second
    double goodput = 0; ///< of these, within the objectives
    double good_share = 0; ///< of all that were sent
    double first_content_median = 0; ///< ms
    double first_content_p99 = 0;
    bool kept = false; ///< as large a share was good as was asked for
};

/// Looks for the highest rate that is kept: doubles it until one is not, then halves the distance,
/// in proportion, until it is known closely enough.
class rate_search {
public:
    /// \param closeness  0.05 leaves at most 5 % between a rate that is kept and one that is not
    rate_search(double lowest, double highest, double closeness = 0.05);

    /// The rate to try next; nothing when the search is over.
    [[nodiscard]] std::optional<double> next() const;
    void tried(double rate, bool kept);
    /// The highest that was kept; nothing where none was.
    [[nodiscard]] std::optional<double> best() const noexcept { return kept_; }

private:
    double lowest_;
    double highest_;
    double closeness_;
    std::optional<double> kept_;
    std::optional<double> missed_;
};

} // namespace aloft::tools::bench
