#pragma once

#include "configuration/command.hpp"
#include "configuration/setting_value.hpp"

#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace aloft::tools {

/// An option of the command line that says what a setting does.
class setting_flag {
public:
    std::string_view names; ///< with commas between: "--proxy,-x"
    std::string_view value; ///< what its value is called in help; empty where it has none
    std::string_view implies; ///< what it sets where it has none
    std::string_view what; ///< what help says in place of the setting's own description

    /// The first of its names.
    [[nodiscard]] std::string_view name() const noexcept
    {
        return names.substr(0, names.find(','));
    }
};

/// One row of the table of settings: what it is called and takes, who says it, and how it acts on a
/// Target. Setters chain.
template <class Target>
class setting {
public:
    setting(std::string_view key, std::string_view what, value_rules rules) :
        key_(key), what_(what), rules_(std::move(rules))
    {
    }

    /// How a value acts, and what the value is at present.
    setting& acts(std::function<void(Target&, const setting_value&)> set,
                  std::function<setting_value(const Target&)> get)
    {
        return set_ = std::move(set), get_ = std::move(get), *this;
    }
    /// Which commands go by it; all where nothing is said.
    setting& of(command_set which) { return commands_ = which, *this; }
    /// An option, and which commands take it: all that go by the setting where nothing is said.
    setting& flag(setting_flag one, command_set where = command_set())
    {
        if (!where.empty())
            flag_commands_ = where;
        return flags_.push_back(one), *this;
    }
    /// Left out of a short --help.
    setting& rare() { return rare_ = true, *this; }
    /// Environment variables beside the one that follows from its key.
    setting& variables(std::vector<std::string_view> names)
    {
        return variables_ = std::move(names), *this;
    }
    /// Environment variables that other programs share. They count where nothing else is said.
    setting& shared_variables(std::vector<std::string_view> names)
    {
        return shared_variables_ = std::move(names), *this;
    }
    /// Where the library itself takes it from if nothing is said; for people.
    setting& inherits(std::string_view from) { return inherits_ = from, *this; }

    [[nodiscard]] std::string_view key() const noexcept { return key_; }
    [[nodiscard]] std::string_view what() const noexcept { return what_; }
    [[nodiscard]] const value_rules& rules() const noexcept { return rules_; }
    [[nodiscard]] command_set commands() const noexcept { return commands_; }
    [[nodiscard]] bool has_flags(command in) const noexcept
    {
        return !flags_.empty() && commands_.contains(in) &&
               (flag_commands_.empty() || flag_commands_.contains(in));
    }
    [[nodiscard]] const std::vector<setting_flag>& flags() const noexcept { return flags_; }
    [[nodiscard]] bool is_rare() const noexcept { return rare_; }
    [[nodiscard]] const std::vector<std::string_view>& shared_variables() const noexcept
    {
        return shared_variables_;
    }
    [[nodiscard]] std::string_view inherited_from() const noexcept { return inherits_; }
    /// ALOFT_ and the key in capitals, and the others that were named.
    [[nodiscard]] std::vector<std::string> variables() const
    {
        std::vector<std::string> all{"ALOFT_"};
        for (const char c : key_) {
            const bool letter = c >= 'a' && c <= 'z';
            all.front() += letter ? static_cast<char>(c - 'a' + 'A') : c == '.' ? '_' : c;
        }
        all.insert(all.end(), variables_.begin(), variables_.end());
        return all;
    }
    void apply(Target& to, const setting_value& value) const { set_(to, value); }
    [[nodiscard]] setting_value value(const Target& of) const { return get_(of); }

private:
    std::string_view key_;
    std::string_view what_;
    value_rules rules_;
    command_set commands_ = all_commands;
    command_set flag_commands_;
    std::vector<setting_flag> flags_;
    std::vector<std::string_view> variables_;
    std::vector<std::string_view> shared_variables_;
    std::string_view inherits_;
    std::function<void(Target&, const setting_value&)> set_;
    std::function<setting_value(const Target&)> get_;
    bool rare_ = false;
};

} // namespace aloft::tools
