#include "configuration/resolve_rule.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <utility>
#include <vector>

namespace aloft::tools {

std::string add_resolved(client_options& to, std::string_view rule)
{
    const auto first = rule.find(':');
    const auto second = first == rule.npos ? first : rule.find(':', first + 1);
    std::uint16_t port = 0;
    if (second == rule.npos ||
        std::from_chars(rule.data() + first + 1, rule.data() + second, port).ptr !=
            rule.data() + second)
        return fmt::format("wants HOST:PORT:ADDRESS, not \"{}\"", rule);
    std::vector<std::string> addresses;
    for (auto rest = rule.substr(second + 1); !rest.empty();) {
        auto one = rest.substr(0, rest.find(','));
        rest.remove_prefix(std::min(one.size() + 1, rest.size()));
        if (one.starts_with('[') && one.ends_with(']'))
            one = one.substr(1, one.size() - 2);
        addresses.emplace_back(one);
    }
    if (addresses.empty())
        return fmt::format("names no address in \"{}\"", rule);
    to.resolve(std::string(rule.substr(0, first)), port, std::move(addresses));
    return {};
}

} // namespace aloft::tools
