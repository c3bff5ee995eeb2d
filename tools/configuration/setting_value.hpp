#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace aloft::tools {

/// What a setting is set to; std::monostate where it is off, or not set at all.
using setting_value =
    std::variant<std::monostate, bool, std::uint64_t, double, std::chrono::milliseconds,
                 std::string, std::vector<std::string>, std::map<std::string, std::string>>;

/// A value of a configuration file, as it was written there.
class file_value {
public:
    /// What is none of the others, in words: "a date".
    class other {
    public:
        std::string what;
    };
    std::variant<bool, std::int64_t, double, std::string, std::vector<std::string>,
                 std::map<std::string, std::string>, other>
        is;
    /// As people write it, for messages.
    [[nodiscard]] std::string text() const;
};

/// What a setting may be set to, and how that is written.
class value_rules {
public:
    enum class kind {
        truth, ///< true or false
        count, ///< a whole number
        number,
        time, ///< "30s"; a flag takes seconds, too
        size, ///< bytes: "256MiB"; a flag takes bytes, too
        text,
        secret, ///< a text that is never shown
        address, ///< a URL, whose user and password are never shown
        file, ///< a path
        choice, ///< one of some words
        list, ///< some texts
        addresses, ///< some URLs
        names ///< names, and other names for some of them
    };

    kind what = kind::text;
    double least = 0; ///< of counts, numbers, times (milliseconds) and sizes
    double most = 0;
    bool may_be_off = false;
    std::vector<std::string_view> choices;

    /// The value that a file has. `problem` says what is wanted in its place where it will not do.
    [[nodiscard]] setting_value read(const file_value& written, std::string& problem) const;
    /// The value of a text.
    /// \param flag  it stands on a command line, where times are seconds and sizes bytes if they
    /// have no unit, and a time of 0 is none
    [[nodiscard]] setting_value read(std::string_view text, bool flag, std::string& problem) const;
    /// For people; what reads as the same value, but for secrets.
    [[nodiscard]] std::string show(const setting_value& value) const;
    /// What it wants, for a table: "time or off", "1 to 1000".
    [[nodiscard]] std::string name() const;

private:
    [[nodiscard]] setting_value read_count(std::string_view text, std::string& problem) const;
    [[nodiscard]] setting_value read_number(std::string_view text, std::string& problem) const;
    [[nodiscard]] setting_value read_time(std::string_view text, bool flag,
                                          std::string& problem) const;
    [[nodiscard]] setting_value read_size(std::string_view text, bool flag,
                                          std::string& problem) const;
    [[nodiscard]] setting_value read_choice(std::string_view text, std::string& problem) const;
    [[nodiscard]] bool within(double value) const noexcept
    {
        return value >= least && value <= most;
    }
    [[nodiscard]] std::string wanted(bool flag) const;
};

/// `url` with stars in place of user and password.
std::string without_password(std::string_view url);

} // namespace aloft::tools
