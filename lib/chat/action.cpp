#include <aloft/action.hpp>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <limits>

namespace aloft::autoglm {
namespace {

using known_name = std::pair<std::string_view, action_kind>;

constexpr std::array known_names{
    known_name{"Launch", action_kind::launch},
    known_name{"Tap", action_kind::tap},
    known_name{"Type", action_kind::type},
    known_name{"Type_Name", action_kind::type},
    known_name{"Swipe", action_kind::swipe},
    known_name{"Long Press", action_kind::long_press},
    known_name{"Double Tap", action_kind::double_tap},
    known_name{"Back", action_kind::back},
    known_name{"Home", action_kind::home},
    known_name{"Wait", action_kind::wait},
    known_name{"Take_over", action_kind::take_over},
    known_name{"Note", action_kind::note},
    known_name{"Call_API", action_kind::call_api},
    known_name{"Interact", action_kind::interact},
    known_name{"finish", action_kind::finish},
};

action_kind kind_of(std::string_view name) noexcept
{
    for (const known_name& each : known_names) {
        if (each.first == name)
            return each.second;
    }
    return action_kind::other;
}

int truncated(double value) noexcept
{
    if (std::isnan(value))
        return 0;
    constexpr double least = std::numeric_limits<int>::min();
    constexpr double most = std::numeric_limits<int>::max();
    return static_cast<int>(std::clamp(value, least, most));
}

// "2.5 seconds": the number in front of the word.
std::optional<double> seconds_in(std::string_view text) noexcept
{
    text.remove_prefix(std::min(text.find_first_not_of(' '), text.size()));
    double seconds = 0;
    const auto [rest, failed] = std::from_chars(text.data(), text.data() + text.size(), seconds);
    if (failed != std::errc())
        return std::nullopt;
    text.remove_prefix(static_cast<std::size_t>(rest - text.data()));
    text.remove_prefix(std::min(text.find_first_not_of(' '), text.size()));
    text.remove_suffix(text.size() - (text.find_last_not_of(' ') + 1));
    if (!text.empty() && text != "seconds" && text != "second" && text != "s")
        return std::nullopt;
    return seconds;
}

} // namespace

std::optional<double> literal::number() const noexcept
{
    if (const auto* integer = std::get_if<std::int64_t>(&value_))
        return static_cast<double>(*integer);
    if (const auto* real = std::get_if<double>(&value_))
        return *real;
    return std::nullopt;
}

pixel point::to_pixels(int width, int height) const noexcept
{
    return {truncated(x / 1000 * width), truncated(y / 1000 * height)};
}

action::action(std::string name, std::vector<argument> arguments) :
    name_(std::move(name)), arguments_(std::move(arguments)), kind_(kind_of(name_))
{
}

const literal* action::find(std::string_view argument_name) const noexcept
{
    for (const argument& each : arguments_) {
        if (each.name == argument_name)
            return &each.value;
    }
    return nullptr;
}

std::chrono::milliseconds action::duration() const
{
    constexpr double day = 24 * 60 * 60;
    std::optional<double> seconds;
    if (const literal* value = find("duration")) {
        const std::string* text = value->if_text();
        seconds = text ? seconds_in(*text) : value->number();
    }
    if (!seconds || std::isnan(*seconds))
        seconds = 1;
    const double bounded = std::clamp(*seconds, 0.0, day);
    return std::chrono::milliseconds(static_cast<std::int64_t>(bounded * 1000 + 0.5));
}

std::optional<point> action::place(std::string_view argument_name) const noexcept
{
    const literal* value = find(argument_name);
    const literal::list* both = value ? value->if_list() : nullptr;
    if (!both || both->size() != 2)
        return std::nullopt;
    const std::optional<double> x = both->front().number();
    const std::optional<double> y = both->back().number();
    return x && y ? std::optional<point>(point(*x, *y)) : std::nullopt;
}

std::string_view action::text_of(std::string_view argument_name) const noexcept
{
    const literal* value = find(argument_name);
    const std::string* text = value ? value->if_text() : nullptr;
    return text ? std::string_view(*text) : std::string_view();
}

std::string_view describe(action_error why) noexcept
{
    switch (why) {
    case action_error::none: return "it is an action";
    case action_error::empty: return "there is no text";
    case action_error::too_large: return "the text or its nesting is larger than allowed";
    case action_error::not_a_call: return "it is neither do(...) nor finish(...)";
    case action_error::expected_argument: return "expected a named argument";
    case action_error::expected_literal: return "expected a literal";
    case action_error::bad_number: return "the number cannot be read";
    case action_error::duplicate_argument: return "the argument was given before";
    case action_error::unterminated: return "the text ends inside the call";
    case action_error::trailing_text: return "something follows the call";
    case action_error::missing_name: return "the call names no action";
    }
    return "unknown reason";
}

} // namespace aloft::autoglm
