#pragma once

#include <array>
#include <optional>
#include <string_view>
#include <utility>

namespace aloft::tools {

/// The commands that call servers, and so go by the configuration.
enum class command : unsigned { run = 1, chat = 2, models = 4, bench = 8, send = 16, sse = 32 };

constexpr std::array<std::pair<std::string_view, command>, 6> commands{{
    {"run", command::run},
    {"chat", command::chat},
    {"models", command::models},
    {"bench", command::bench},
    {"send", command::send},
    {"sse", command::sse},
}};

/// Some of them.
class command_set {
public:
    constexpr command_set() = default;
    constexpr command_set(command one) : bits_(static_cast<unsigned>(one)) {}
    [[nodiscard]] constexpr bool contains(command one) const noexcept
    {
        return (bits_ & static_cast<unsigned>(one)) != 0;
    }
    [[nodiscard]] constexpr bool empty() const noexcept { return bits_ == 0; }
    friend constexpr command_set operator|(command_set a, command_set b) noexcept
    {
        a.bits_ |= b.bits_;
        return a;
    }

private:
    unsigned bits_ = 0;
};

constexpr command_set operator|(command a, command b) noexcept
{
    return command_set(a) | command_set(b);
}

/// Those that know model servers, those that also keep to limits and try again, and all.
constexpr command_set model_commands =
    command::run | command::chat | command::models | command::bench;
constexpr command_set patient_commands = command::run | command::chat | command::models;
constexpr command_set all_commands = model_commands | command::send | command::sse;

constexpr std::string_view name_of(command one) noexcept
{
    for (const auto& [name, which] : commands) {
        if (which == one)
            return name;
    }
    return {};
}

} // namespace aloft::tools
