#pragma once

#include <aloft/metrics.hpp>

#include <span>
#include <string>
#include <utility>
#include <vector>

namespace aloft {

/// The metrics of one client among several, and the labels that tell it from the others.
class labelled_metrics {
public:
    using labels_type = std::vector<std::pair<std::string, std::string>>;

    /// \param labels  names of `[a-zA-Z_][a-zA-Z0-9_]*` but le, outcome, phase, cause, status,
    ///                server and origin, which aloft uses, and any values; std::invalid_argument
    ///                names one that will not do
    explicit labelled_metrics(client_metrics of, labels_type labels = {});

    [[nodiscard]] const client_metrics& metrics() const noexcept { return metrics_; }
    [[nodiscard]] const labels_type& labels() const noexcept { return labels_; }

private:
    client_metrics metrics_;
    labels_type labels_;
};

/// The metrics of clients in Prometheus' text format, version 0.0.4, to be served as
/// `text/plain; version=0.0.4`. Names begin with `aloft_`, times are seconds; the buckets of
/// histograms end at powers of two of a millisecond, where their counts are exact. Each of several
/// servers is told apart by its number, from 0, and the origin of its base URL.
std::string prometheus_text(std::span<const labelled_metrics> clients);
/// Of one client, without labels.
std::string prometheus_text(const client_metrics& client);

} // namespace aloft
