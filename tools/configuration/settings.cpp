#include "configuration/settings.hpp"

namespace aloft::tools {

using kind = value_rules::kind;

value_rules any(kind what)
{
    value_rules made;
    made.what = what;
    return made;
}

value_rules counts(std::uint64_t least, std::uint64_t most)
{
    auto made = any(kind::count);
    made.least = static_cast<double>(least);
    made.most = static_cast<double>(most);
    return made;
}

value_rules numbers(double least, double most)
{
    auto made = any(kind::number);
    made.least = least;
    made.most = most;
    return made;
}

value_rules times(std::chrono::milliseconds least, std::chrono::milliseconds most)
{
    auto made = any(kind::time);
    made.least = static_cast<double>(least.count());
    made.most = static_cast<double>(most.count());
    return made;
}

value_rules sizes(std::uint64_t least, std::uint64_t most)
{
    auto made = any(kind::size);
    made.least = static_cast<double>(least);
    made.most = static_cast<double>(most);
    return made;
}

value_rules one_of(std::vector<std::string_view> choices)
{
    auto made = any(kind::choice);
    made.choices = std::move(choices);
    return made;
}

value_rules or_off(value_rules these)
{
    these.may_be_off = true;
    return these;
}

const settings& all_settings()
{
    static const settings all = [] {
        settings made;
        add_server_settings(made);
        add_sampling_settings(made);
        add_limit_settings(made);
        add_rate_settings(made);
        add_adaptive_settings(made);
        add_retry_settings(made);
        add_hedging_settings(made);
        add_balancing_settings(made);
        add_ejection_settings(made);
        add_health_settings(made);
        add_deadline_settings(made);
        add_connection_settings(made);
        add_security_settings(made);
        return made;
    }();
    return all;
}

} // namespace aloft::tools
