#include "explain/explanation.hpp"

#include "configuration/nearest_name.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <unistd.h>
#include <utility>

namespace aloft::tools {
namespace {

namespace json = boost::json;

constexpr std::size_t widest_value = 48;

std::string_view source_name(value_origin::source from)
{
    using source = value_origin::source;
    switch (from) {
    case source::flag: return "flag";
    case source::variable:
    case source::shared_variable: return "environment";
    case source::file: return "file";
    case source::usual: break;
    }
    return "default";
}

/// The value as JSON has it, where it has it; times and sizes keep their units.
json::value json_value(const value_rules& rules, const setting_value& value)
{
    if (const auto* const yes = std::get_if<bool>(&value))
        return *yes;
    if (const auto* const number = std::get_if<double>(&value))
        return *number;
    if (const auto* const count = std::get_if<std::uint64_t>(&value);
        count != nullptr && rules.what == value_rules::kind::count)
        return *count;
    if (const auto* const list = std::get_if<std::vector<std::string>>(&value)) {
        json::array all;
        for (const auto& one : *list)
            all.emplace_back(without_password(one));
        return all;
    }
    if (const auto* const names = std::get_if<std::map<std::string, std::string>>(&value)) {
        json::object all;
        for (const auto& [name, there] : *names)
            all[name] = there.empty() ? name : there;
        return all;
    }
    if (std::holds_alternative<std::monostate>(value))
        return nullptr;
    return json::value(rules.show(value));
}

/// Variables that begin as ours do and are none.
std::vector<std::string> unknown_variables()
{
    constexpr std::string_view ours = "ALOFT_";
    std::vector<std::string> known{"ALOFT_CONFIG"};
    for (const auto& of : all_settings())
        known.push_back(of.variables().front());
    const std::vector<std::string_view> names(known.begin(), known.end());
    std::vector<std::string> all;
    for (char** one = environ; *one != nullptr; ++one) {
        const std::string_view text(*one);
        const auto name = text.substr(0, text.find('='));
        if (!name.starts_with(ours) || std::find(names.begin(), names.end(), name) != names.end())
            continue;
        const auto near = nearest_name(name, names);
        all.push_back(fmt::format("{} is no setting{}", name,
                                  near.empty() ? "" : fmt::format("; did you mean {}?", near)));
    }
    return all;
}

} // namespace

explanation::explanation(const configured& config) : config_(config)
{
    add_settings();
    if (model_commands.contains(config.which()))
        add_servers();
}

void explanation::add(row one)
{
    rows_.push_back(std::move(one));
}

void explanation::add_settings()
{
    const auto& values = config_.values();
    for (const auto& of : all_settings()) {
        if (!of.commands().contains(config_.which()))
            continue;
        if (of.key() == "base_url" && !values.servers.empty())
            continue;
        auto from = config_.origin(std::string(of.key()));
        auto value = of.value(values);
        const auto* const text = std::get_if<std::string>(&value);
        if (from.where.empty() && !of.inherited_from().empty() && text != nullptr && !text->empty())
            from = {value_origin::source::shared_variable, std::string(of.inherited_from())};
        const auto flag = of.has_flags(config_.which()) ? of.flags().front().name() : "";
        add({std::string(of.key()), &of.rules(), std::move(value), std::move(from), of.what(),
             std::string(flag), of.variables().front()});
    }
}

void explanation::add_servers()
{
    const auto& servers = config_.values().servers;
    for (std::size_t i = 0; i != servers.size(); ++i) {
        for (const auto& of : all_server_settings()) {
            auto key = fmt::format("servers[{}].{}", i + 1, of.key());
            auto from = config_.origin(key);
            if (from.where.empty() && of.key() != "url" && of.key() != "weight")
                continue; // what holds for all
            add({std::move(key),
                 &of.rules(),
                 of.value(servers[i]),
                 std::move(from),
                 of.what(),
                 {},
                 {}});
        }
    }
}

std::string explanation::text() const
{
    std::size_t keys = 0;
    std::size_t values = 0;
    std::vector<std::string> shown;
    for (const auto& one : rows_) {
        shown.push_back(one.rules->show(one.value));
        if (shown.back().empty())
            shown.back() = "-";
        keys = std::max(keys, one.key.size());
        values = std::max(values, std::min(shown.back().size(), widest_value));
    }
    auto out = fmt::format("aloft {}, {}\n", name_of(config_.which()),
                           config_.path().empty() ? "no configuration file"
                                                  : "configured by " + config_.path());
    for (std::size_t i = 0; i != rows_.size(); ++i)
        out += fmt::format("{:<{}}  {:<{}}  {}\n", rows_[i].key, keys, shown[i], values,
                           rows_[i].origin.text());
    return out;
}

std::string explanation::json() const
{
    json::object all;
    for (const auto& one : rows_) {
        json::object made;
        if (one.rules->what == value_rules::kind::secret)
            made["set"] = !one.rules->show(one.value).empty();
        else
            made["value"] = json_value(*one.rules, one.value);
        made["source"] = source_name(one.origin.from);
        if (!one.origin.where.empty())
            made["where"] = one.origin.where;
        made["what"] = one.what;
        made["wants"] = one.rules->name();
        if (!one.flag.empty())
            made["flag"] = one.flag;
        if (!one.variable.empty())
            made["variable"] = one.variable;
        all[one.key] = std::move(made);
    }
    json::object whole{{"command", name_of(config_.which())}, {"file", nullptr}};
    if (!config_.path().empty())
        whole["file"] = config_.path();
    whole["settings"] = std::move(all);
    return json::serialize(whole) + "\n";
}

std::vector<std::string> explanation::notes() const
{
    auto all = unknown_variables();
    std::error_code ec;
    if (config_.path().empty() && std::filesystem::exists("aloft.toml", ec))
        all.emplace_back("aloft.toml is here and not read; --config aloft.toml, or ALOFT_CONFIG, "
                         "has it read");
    return all;
}

} // namespace aloft::tools
