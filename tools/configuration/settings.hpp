#pragma once

#include "configuration/configuration.hpp"
#include "configuration/setting.hpp"

#include <chrono>
#include <cmath>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

namespace aloft::tools {

/// The table of settings. Flags, environment, file, help, manual page and `aloft explain` are made
/// of it.
using settings = std::vector<setting<configuration>>;
const settings& all_settings();

/// The same for each of several servers; keys stand without "servers[N].".
using server_settings = std::vector<setting<configured_server>>;
const server_settings& all_server_settings();

/// What is between a setting's value and the type that it acts with.
template <class T>
class setting_type {
public:
    static T from(const setting_value& value) { return std::get<T>(value); }
    static setting_value to(T value) { return value; }
};

/// Whole numbers of any type.
template <class T>
    requires(std::is_integral_v<T> && !std::is_same_v<T, bool>)
class setting_type<T> {
public:
    static T from(const setting_value& value)
    {
        return static_cast<T>(std::get<std::uint64_t>(value));
    }
    static setting_value to(T value) { return static_cast<std::uint64_t>(value); }
};

/// Off where it is infinite.
template <>
class setting_type<double> {
public:
    static double from(const setting_value& value)
    {
        const auto* const number = std::get_if<double>(&value);
        return number != nullptr ? *number : std::numeric_limits<double>::infinity();
    }
    static setting_value to(double value)
    {
        return std::isfinite(value) ? setting_value(value) : setting_value();
    }
};

template <>
class setting_type<time_limit> {
public:
    static time_limit from(const setting_value& value)
    {
        const auto* const time = std::get_if<std::chrono::milliseconds>(&value);
        return time != nullptr ? time_limit(*time) : time_limit::off();
    }
    static setting_value to(time_limit value)
    {
        return value.limited() ? setting_value(value.duration()) : setting_value();
    }
};

template <class T>
class setting_type<std::optional<T>> {
public:
    static std::optional<T> from(const setting_value& value)
    {
        if (std::holds_alternative<std::monostate>(value))
            return std::nullopt;
        return setting_type<T>::from(value);
    }
    static setting_value to(const std::optional<T>& value)
    {
        return value ? setting_type<T>::to(*value) : setting_value();
    }
};

/// Adds a row to a table. \param set  gets the target and a T, \param get  returns the T there is
template <class T, class Target, class Set, class Get>
setting<Target>& add_setting(std::vector<setting<Target>>& to, std::string_view key,
                             std::string_view what, value_rules rules, Set set, Get get)
{
    return to.emplace_back(key, what, std::move(rules))
        .acts([set](Target& target,
                    const setting_value& value) { set(target, setting_type<T>::from(value)); },
              [get](const Target& target) { return setting_type<T>::to(get(target)); });
}

/// Rules of values.
value_rules any(value_rules::kind what);
value_rules counts(std::uint64_t least, std::uint64_t most);
value_rules numbers(double least, double most);
value_rules times(std::chrono::milliseconds least, std::chrono::milliseconds most);
value_rules sizes(std::uint64_t least, std::uint64_t most);
value_rules one_of(std::vector<std::string_view> choices);
value_rules or_off(value_rules these);

/// The parts of the table.
void add_server_settings(settings& to);
void add_sampling_settings(settings& to);
void add_limit_settings(settings& to);
void add_rate_settings(settings& to);
void add_adaptive_settings(settings& to);
void add_retry_settings(settings& to);
void add_hedging_settings(settings& to);
void add_balancing_settings(settings& to);
void add_ejection_settings(settings& to);
void add_health_settings(settings& to);
void add_deadline_settings(settings& to);
void add_connection_settings(settings& to);
void add_security_settings(settings& to);

} // namespace aloft::tools
