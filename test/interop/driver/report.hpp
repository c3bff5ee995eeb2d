#pragma once

#include <boost/json/object.hpp>

#include <string>
#include <string_view>

namespace aloft::interop {

/// What a scenario found: printed as one line of JSON, whose "problem" is null where all was well.
class report {
public:
    boost::json::object& values() noexcept { return values_; }
    /// The first problem is kept.
    void problem(std::string_view text)
    {
        if (problem_.empty())
            problem_ = text;
    }
    [[nodiscard]] bool good() const noexcept { return problem_.empty(); }
    void print();

private:
    boost::json::object values_;
    std::string problem_;
};

} // namespace aloft::interop
