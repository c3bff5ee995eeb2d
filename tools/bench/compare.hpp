#pragma once

#include <boost/json/object.hpp>

#include <optional>
#include <string>

namespace aloft::tools::bench {

/// Two means set side by side.
class mean_test {
public:
    double mean_before = 0;
    double deviation_before = 0;
    double count_before = 0;
    double mean_after = 0;
    double deviation_after = 0;
    double count_after = 0;

    /// How likely a difference as large as this is by chance alone, by Welch's test; nothing where
    /// there are too few values to tell.
    [[nodiscard]] std::optional<double> chance() const;
};

/// What changed from one saved run to another, as a table.
std::string comparison(const boost::json::object& before, const boost::json::object& after);

/// Reads what `aloft bench -o` or `vllm bench serve --save-result` wrote. `problem` where it is no
/// such file.
boost::json::object read_saved(const std::string& path, std::string& problem);

} // namespace aloft::tools::bench
