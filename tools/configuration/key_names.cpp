#include "configuration/key_names.hpp"

#include "configuration/nearest_name.hpp"
#include "configuration/settings.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace aloft::tools {
namespace {

constexpr std::string_view servers = "servers";

std::string_view last_part(std::string_view key)
{
    return key.substr(key.rfind('.') + 1); // npos + 1 is 0
}

std::string with(std::string_view key, char from, char to)
{
    std::string made(key);
    std::replace(made.begin(), made.end(), from, to);
    return made;
}

/// The setting that an option of this name sets, or that stands in another section.
std::string_view meant_elsewhere(std::string_view key)
{
    const auto name = last_part(key);
    const auto option = "--" + with(name, '_', '-');
    const auto plain = with(name, '-', '_');
    for (const auto& one : all_settings()) {
        if (last_part(one.key()) == plain)
            return one.key();
    }
    for (const auto& one : all_settings()) {
        for (const auto& flag : one.flags()) {
            if (flag.name() == option)
                return one.key();
        }
    }
    return {};
}

std::string_view meant_key(std::string_view key)
{
    if (const auto found = meant_elsewhere(key); !found.empty())
        return found;
    std::vector<std::string_view> names;
    for (const auto& one : all_settings())
        names.push_back(one.key());
    return nearest_name(key, names);
}

std::string did_you_mean(std::string_view what, std::string_view name)
{
    return name.empty() ? fmt::format("no such {}", what)
                        : fmt::format("no such {}; did you mean {}?", what, name);
}

} // namespace

std::string_view section_of_key(std::string_view key)
{
    const auto dot = key.find('.');
    return dot == std::string_view::npos ? std::string_view() : key.substr(0, dot);
}

bool is_section(std::string_view name)
{
    const auto& all = all_settings();
    return !name.empty() && std::any_of(all.begin(), all.end(), [name](const auto& one) {
        return section_of_key(one.key()) == name;
    });
}

std::string unknown_key(std::string_view key, bool section)
{
    if (key == servers)
        return "wants tables, each of which begins with [[servers]]";
    if (const auto name = key.substr(0, key.find('[')); is_section(name))
        return fmt::format("is a section, written [{}]", name);
    if (const auto bracket = key.find("]."); key.starts_with("servers[") && bracket != key.npos) {
        std::vector<std::string_view> names;
        for (const auto& one : all_server_settings())
            names.push_back(one.key());
        const auto near = nearest_name(key.substr(bracket + 2), names);
        return did_you_mean("key", near.empty() ? std::string()
                                                : std::string(key.substr(0, bracket + 2)) +
                                                      std::string(near));
    }
    if (!section)
        return did_you_mean("key", meant_key(key));
    std::vector<std::string_view> names{servers};
    for (const auto& one : all_settings()) {
        if (const auto name = section_of_key(one.key()); !name.empty())
            names.push_back(name);
    }
    return did_you_mean("section", nearest_name(key.substr(0, key.find('[')), names));
}

} // namespace aloft::tools
