#pragma once

#include <fmt/color.h>
#include <fmt/format.h>

#include <string>
#include <string_view>

namespace aloft::tools {

/// Colours text for a stream where that is wanted: on a terminal that can, unless NO_COLOR is set
/// (no-color.org).
class paint {
public:
    /// \param descriptor  where the text goes, STDOUT_FILENO or STDERR_FILENO
    explicit paint(int descriptor);

    [[nodiscard]] std::string operator()(const fmt::text_style& how, std::string_view text) const
    {
        return on_ ? fmt::format(how, "{}", text) : std::string(text);
    }
    [[nodiscard]] bool on() const noexcept { return on_; }

private:
    bool on_;
};

} // namespace aloft::tools
