#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace aloft::autoglm {

/// A value written in an action: None, a truth value, a number, a text, or a list (or tuple) of
/// them.
class literal {
public:
    using list = std::vector<literal>;

    literal() noexcept = default;
    explicit literal(bool value) : value_(value) {}
    explicit literal(std::int64_t value) : value_(value) {}
    explicit literal(double value) : value_(value) {}
    explicit literal(std::string value) : value_(std::move(value)) {}
    explicit literal(list value) : value_(std::move(value)) {}

    bool is_none() const noexcept { return std::holds_alternative<std::monostate>(value_); }
    /// The value of each kind, or null (nothing, for a number) where it is of another.
    const bool* if_bool() const noexcept { return std::get_if<bool>(&value_); }
    const std::int64_t* if_integer() const noexcept { return std::get_if<std::int64_t>(&value_); }
    const std::string* if_text() const noexcept { return std::get_if<std::string>(&value_); }
    const list* if_list() const noexcept { return std::get_if<list>(&value_); }
    std::optional<double> number() const noexcept;

    bool operator==(const literal&) const = default;

private:
    std::variant<std::monostate, bool, std::int64_t, double, std::string, list> value_;
};

/// A named argument of an action.
struct argument {
    argument(std::string its_name, literal its_value) :
        name(std::move(its_name)), value(std::move(its_value))
    {
    }

    std::string name;
    literal value;
};

/// A place on the screen in whole pixels.
struct pixel {
    pixel() noexcept = default;
    pixel(int across, int down) noexcept : x(across), y(down) {}
    bool operator==(const pixel&) const noexcept = default;

    int x = 0;
    int y = 0;
};

/// A place on the model's grid: 0 to 999 each way, the origin at the top left.
struct point {
    point() noexcept = default;
    point(double across, double down) noexcept : x(across), y(down) {}
    bool operator==(const point&) const noexcept = default;

    /// The pixel of a screen of `width` times `height`, truncated, as the phone agent does it.
    pixel to_pixels(int width, int height) const noexcept;

    double x = 0;
    double y = 0;
};

/// The actions known by name.
enum class action_kind : std::uint8_t {
    launch,
    tap,
    type, ///< Type and Type_Name
    swipe,
    long_press,
    double_tap,
    back,
    home,
    wait,
    take_over,
    note,
    call_api,
    interact,
    finish, ///< the task is over; `action::message` is the model's last word
    other, ///< a name not known here; see `action::name`
};

/// One action of a phone agent, as the model wrote it: `do(action="Tap", element=[499, 182])` or
/// `finish(message="done")`.
class action {
public:
    action(std::string name, std::vector<argument> arguments);

    action_kind kind() const noexcept { return kind_; }
    bool is_finish() const noexcept { return kind_ == action_kind::finish; }
    /// The name as written, such as "Long Press"; "finish" for the end of the task.
    const std::string& name() const noexcept { return name_; }
    /// All arguments but the name, in the order written.
    std::span<const argument> arguments() const noexcept { return arguments_; }
    /// The value of an argument, or null.
    const literal* find(std::string_view argument_name) const noexcept;

    /// Places: nothing where the argument is missing or is not two numbers.
    std::optional<point> element() const noexcept { return place("element"); }
    std::optional<point> start() const noexcept { return place("start"); }
    std::optional<point> end() const noexcept { return place("end"); }
    /// Texts: empty where the argument is missing or no text.
    std::string_view text() const noexcept { return text_of("text"); }
    /// What finish, Take_over and Note say. On a Tap: why it is sensitive and wants asking the
    /// user.
    std::string_view message() const noexcept { return text_of("message"); }
    std::string_view app() const noexcept { return text_of("app"); }
    std::string_view instruction() const noexcept { return text_of("instruction"); }
    /// How long to wait: of "2.5 seconds" or a number. One second where it is missing or
    /// unreadable; at least zero, at most a day.
    std::chrono::milliseconds duration() const;

private:
    std::optional<point> place(std::string_view argument_name) const noexcept;
    std::string_view text_of(std::string_view argument_name) const noexcept;

    std::string name_;
    std::vector<argument> arguments_;
    action_kind kind_;
};

/// Why a text is no action.
enum class action_error : std::uint8_t {
    none,
    empty, ///< nothing is left once tags and white space are taken off
    too_large, ///< the text, or the nesting of its lists, exceeds the limit
    not_a_call, ///< it does not begin with `do(` or `finish(`
    expected_argument, ///< a `name=` should stand here
    expected_literal, ///< only literals are values: nothing is ever evaluated
    bad_number, ///< a number that cannot be read
    duplicate_argument, ///< an argument given twice
    unterminated, ///< the text ends inside the call, as when the token limit cut it
    trailing_text, ///< something follows the call
    missing_name, ///< a `do` without `action="..."`
};

/// A sentence for people.
std::string_view describe(action_error why) noexcept;

/// An action, or why there is none.
class parsed_action {
public:
    parsed_action(action value) : action_(std::move(value)) {}
    parsed_action(action_error why, std::size_t at) noexcept : error_(why), offset_(at) {}

    explicit operator bool() const noexcept { return action_.has_value(); }
    /// The action; there must be one.
    const action& operator*() const noexcept { return *action_; }
    const action* operator->() const noexcept { return &*action_; }

    action_error error() const noexcept { return error_; }
    /// The byte of the given text at which the error shows.
    std::size_t offset() const noexcept { return offset_; }

private:
    std::optional<action> action_;
    action_error error_ = action_error::none;
    std::size_t offset_ = 0;
};

/// Longest text taken for an action: 64 KiB.
inline constexpr std::size_t max_action_size = std::size_t{64} << 10;

/// Reads the action part of a reply (see `split_reply`).
///
/// Takes what models really send: `<answer>` tags, box tokens and code fences around the call are
/// taken off, escapes in texts are undone once, and quotes inside a text need no escape. Values are
/// literals; nothing is evaluated. A text that is no action is reported as a value, and is never
/// taken for the end of the task.
parsed_action parse_action(std::string_view text);

} // namespace aloft::autoglm
