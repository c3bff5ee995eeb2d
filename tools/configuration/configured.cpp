#include "configuration/configured.hpp"

#include "configuration/configuration_file.hpp"
#include "configuration/key_names.hpp"
#include "configuration/resolve_rule.hpp"

#include <aloft/error.hpp>
#include <aloft/url.hpp>

#include <boost/system/system_error.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <cstdlib>
#include <filesystem>
#include <utility>

namespace aloft::tools {
namespace {

using source = value_origin::source;

[[noreturn]] void refuse_configuration(const std::string& why)
{
    throw boost::system::system_error(errc::invalid_request, why);
}

/// Of the environment; empty where it is not set.
std::string variable(const std::string& name)
{
    const char* const value = std::getenv(name.c_str());
    return value != nullptr ? value : "";
}

template <class Target>
const setting<Target>* find_setting(const std::vector<setting<Target>>& all, std::string_view key)
{
    const auto found =
        std::find_if(all.begin(), all.end(), [key](const auto& one) { return one.key() == key; });
    return found == all.end() ? nullptr : &*found;
}

/// Where a server's key stands that is written "servers[2].url"; nothing where it is none.
std::optional<std::pair<std::size_t, std::string>> server_key(std::string_view key)
{
    constexpr std::string_view begin = "servers[";
    const auto end = key.find(']');
    if (!key.starts_with(begin) || end == std::string_view::npos)
        return std::nullopt;
    const std::string number(key.substr(begin.size(), end - begin.size()));
    return std::pair(std::stoul(number), std::string(key.substr(std::min(end + 2, key.size()))));
}

bool takes_table(std::string_view key)
{
    const auto server = server_key(key);
    const auto* const of = server ? find_setting(all_server_settings(), server->second) : nullptr;
    return of != nullptr && of->rules().what == value_rules::kind::names;
}

std::string_view without_slash(std::string_view url)
{
    return url.ends_with('/') ? url.substr(0, url.size() - 1) : url;
}

} // namespace

std::string configuration_path(const std::optional<std::string>& given)
{
    if (given)
        return *given;
    if (auto named = variable("ALOFT_CONFIG"); !named.empty())
        return named;
    std::filesystem::path folder = variable("XDG_CONFIG_HOME");
    if (!folder.is_absolute())
        folder = std::filesystem::path(variable("HOME")) / ".config";
    const auto path = folder / "aloft" / "config.toml";
    std::error_code ec; // without a home there is none
    return folder.is_absolute() && std::filesystem::exists(path, ec) ? path.string()
                                                                     : std::string();
}

configured::configured(command which, std::string path, const std::vector<given_flag>& flags) :
    which_(which), path_(std::move(path)), values_(which)
{
    if (!path_.empty())
        read_file();
    read_variables();
    read_flags(flags);
    for (const auto& of : all_settings()) {
        const auto won = winners_.find(of.key());
        if (won != winners_.end())
            of.apply(values_, won->second.value);
    }
    check_order();
    check_needs();
    if (model_commands.contains(which_)) {
        choose_servers();
        find_keys();
    }
}

void configured::read_file()
{
    for (const auto& one : read_configuration_file(path_, takes_table))
        read_entry(one);
    for (std::size_t i = 0; i != found_.size(); ++i) {
        if (found_[i].server.url.empty())
            refuse_configuration(
                fmt::format("{}: servers[{}] has no url", found_[i].origins[""].where, i + 1));
    }
    const auto base = winners_.find("base_url");
    if (base != winners_.end() && !found_.empty())
        refuse_configuration(fmt::format("{}: there are servers, and base_url in {}; a "
                                         "configuration has one or the other",
                                         found_.front().origins[""].where,
                                         base->second.origin.where));
}

void configured::read_entry(const file_entry& one)
{
    const auto at = fmt::format("{}:{}", path_, one.line);
    const auto& key = one.key;
    const auto server = server_key(key);
    if (server && (one.section ? server->second.empty()
                               : find_setting(all_server_settings(), server->second) != nullptr))
        return read_server_entry(one);
    const auto* const of = find_setting(all_settings(), key);
    if (one.section && is_section(key))
        return;
    if (of == nullptr) {
        const auto problem = unknown_key(key, one.section);
        refuse_configuration(fmt::format("{}: {}{} {}", at, key,
                                         problem.starts_with("no such") ? ":" : "", problem));
    }
    std::string problem;
    const auto written = one.section ? file_value{file_value::other{"a table"}} : one.value;
    auto value = of->rules().read(written, problem);
    if (!problem.empty())
        refuse_configuration(fmt::format("{}: {} {}", at, key, problem));
    if (of->rules().what == value_rules::kind::file) {
        auto& path = std::get<std::string>(value);
        if (!path.empty()) // an absolute one stays as it is
            path = (std::filesystem::path(path_).parent_path() / path).string();
    }
    take(*of, std::move(value), {source::file, at});
}

void configured::read_server_entry(const file_entry& one)
{
    const auto [number, key] = *server_key(one.key);
    found_.resize(std::max(found_.size(), number));
    auto& to = found_[number - 1];
    const auto at = fmt::format("{}:{}", path_, one.line);
    to.origins[key] = {source::file, at};
    if (key.empty())
        return;
    const auto& of = *find_setting(all_server_settings(), key);
    std::string problem;
    const auto value = of.rules().read(one.value, problem);
    if (!problem.empty())
        refuse_configuration(fmt::format("{}: {} {}", at, one.key, problem));
    of.apply(to.server, value);
}

void configured::read_variables()
{
    const auto read = [this](const auto& of, const std::string& name, source from) {
        const auto text = variable(name);
        if (text.empty())
            return false;
        std::string problem;
        auto value = of.rules().read(text, false, problem);
        if (!problem.empty())
            refuse_configuration(fmt::format("{} {}", name, problem));
        take(of, std::move(value), {from, name});
        return true;
    };
    for (const auto& of : all_settings()) {
        if (!of.commands().contains(which_))
            continue;
        for (const auto name : of.shared_variables()) {
            if (read(of, std::string(name), source::shared_variable))
                break;
        }
        for (const auto& name : of.variables()) {
            if (read(of, name, source::variable))
                break;
        }
    }
}

void configured::read_flags(const std::vector<given_flag>& flags)
{
    for (const auto& one : flags) {
        if (!one.of->has_flags(which_))
            refuse_configuration(
                fmt::format("{} is no option of aloft {}", one.name, name_of(which_)));
        std::string problem;
        auto value = one.of->rules().read(one.values.front(), true, problem);
        if (!problem.empty())
            refuse_configuration(fmt::format("{} {}", one.name, problem));
        if (std::holds_alternative<std::vector<std::string>>(value))
            value = one.values;
        take(*one.of, std::move(value), {source::flag, one.name});
    }
}

void configured::take(const setting<configuration>& of, setting_value value, value_origin origin)
{
    if (!of.commands().contains(which_))
        return;
    auto& won = winners_[std::string(of.key())];
    if (origin.from >= won.origin.from)
        won = {std::move(value), std::move(origin)};
}

// A base URL that the file has among its servers keeps what the file says of it.
void configured::choose_servers()
{
    auto chosen = std::exchange(found_, {});
    if (origin("base_url").from > source::file) {
        bool any = false;
        for (const auto& url : values_.base_urls) {
            const auto same = std::find_if(chosen.begin(), chosen.end(), [&](const auto& one) {
                return without_slash(one.server.url) == without_slash(url);
            });
            any = any || same != chosen.end();
            auto& next = found_.emplace_back(same != chosen.end() ? *same : found_server());
            next.server.url = url;
            next.origins["url"] = origin("base_url");
        }
        if (!any)
            found_.clear();
    } else {
        found_ = std::move(chosen);
    }
    for (std::size_t i = 0; i != found_.size(); ++i) {
        for (const auto& [key, where] : found_[i].origins)
            origins_[fmt::format("servers[{}].{}", i + 1, key)] = where;
        values_.servers.push_back(found_[i].server);
    }
    check_urls();
}

/// Of the file and the environment; the client says what is wrong with those of the command line.
void configured::check_urls() const
{
    const auto check = [this](const std::string& key, const std::string& text) {
        error_code ec;
        url::parse(text, ec);
        if (ec && origin(key).from != source::flag)
            refuse(key, fmt::format("should look like http://localhost:8000/v1, not \"{}\"",
                                    without_password(text)));
    };
    for (const auto& one : values_.base_urls)
        check("base_url", one);
    for (std::size_t i = 0; i != values_.servers.size(); ++i)
        check(fmt::format("servers[{}].url", i + 1), values_.servers[i].url);
}

void configured::find_keys()
{
    // Of two that say it, the stronger one counts.
    const auto named = origin("api_key_env").from;
    if (named == source::usual || named >= origin("api_key").from)
        find_key("", values_.api_key, values_.api_key_env);
    for (std::size_t i = 0; i != values_.servers.size(); ++i) {
        auto& one = values_.servers[i];
        find_key(fmt::format("servers[{}].", i + 1), one.api_key, one.api_key_env);
    }
}

void configured::find_key(const std::string& prefix, std::string& key, const std::string& name)
{
    if (!name.empty()) {
        const auto of = origin(prefix + "api_key_env");
        if (of.from == origin(prefix + "api_key").from)
            refuse(prefix + "api_key_env", "stands beside api_key; one of them has to go");
        key = variable(name);
        if (key.empty())
            refuse(prefix + "api_key_env",
                   fmt::format("names {}, which the environment does not have", name));
        origins_[prefix + "api_key"] = {of.from, fmt::format("{} by {}", name, of.where)};
    }
    if (std::any_of(key.begin(), key.end(), [](unsigned char c) { return std::iscntrl(c) != 0; }))
        refuse(prefix + "api_key", "holds a line break or another control character");
}

/// Settings that are no more than others.
void configured::check_order() const
{
    const auto check = [this](const char* less, const char* more) {
        const configuration usual(which_);
        const auto value = [&](const char* key) {
            const auto won = winners_.find(key);
            return won != winners_.end() ? won->second.value
                                         : find_setting(all_settings(), key)->value(usual);
        };
        const auto first = value(less);
        const auto second = value(more);
        if (first.index() != second.index() || first <= second)
            return;
        const auto& rules = find_setting(all_settings(), less)->rules();
        refuse(given(less) ? less : more,
               fmt::format("is in contradiction: {} is {}, and {} only {}", less, rules.show(first),
                           more, rules.show(second)));
    };
    check("adaptive.least", "adaptive.most");
    if (given("adaptive.initial")) { // else it follows the bounds
        check("adaptive.initial", "adaptive.most");
        check("adaptive.least", "adaptive.initial");
    }
    check("retries.backoff", "retries.longest_backoff");
    check("balancing.ejection", "balancing.longest_ejection");
    check("balancing.cooldown", "balancing.longest_cooldown");
    check("connections.min", "connections.max");
    check("limits.request_burst", "limits.requests_per_minute");
    check("limits.token_burst", "limits.tokens_per_minute");
}

/// Settings that mean nothing without others.
void configured::check_needs() const
{
    using pair = std::pair<const char*, const char*>;
    for (const auto& [key, needed] : {pair{"tls.key", "tls.certificate"},
                                      pair{"limits.request_burst", "limits.requests_per_minute"},
                                      pair{"limits.token_burst", "limits.tokens_per_minute"}}) {
        if (given(key) && !given(needed))
            refuse(key, fmt::format("means nothing without {}", needed));
    }
}

bool configured::given(const std::string& key) const
{
    return winners_.find(key) != winners_.end();
}

value_origin configured::origin(const std::string& key) const
{
    if (const auto own = origins_.find(key); own != origins_.end())
        return own->second;
    const auto won = winners_.find(key);
    return won != winners_.end() ? won->second.origin : value_origin();
}

void configured::refuse(const std::string& key, const std::string& why) const
{
    const auto at = origin(key);
    refuse_configuration(
        at.from == source::file || at.where.empty()
            ? fmt::format("{}{}{} {}", at.where, at.where.empty() ? "" : ": ", key, why)
            : fmt::format("{} {}", at.where, why));
}

client_options configured::make_http(std::string_view url) const
{
    if (values_.protocol == "http2" && !url.starts_with("https://"))
        refuse("connections.protocol",
               "is agreed on within TLS, so it needs an https:// URL; on http:// there is "
               "--http2-prior-knowledge");
    auto made = values_.make_http();
    for (const auto& rule : values_.resolve) {
        if (const auto problem = add_resolved(made, rule); !problem.empty())
            refuse("connections.resolve", problem);
    }
    return made;
}

autoglm::options configured::make_server() const
{
    client_options http;
    for (const auto& url : base_urls())
        http = make_http(url);
    return values_.make_server(std::move(http));
}

std::vector<std::string> configured::base_urls() const
{
    if (values_.servers.empty())
        return values_.base_urls;
    std::vector<std::string> all;
    for (const auto& one : values_.servers)
        all.push_back(one.url);
    return all;
}

} // namespace aloft::tools
