#include "autoglm/server_list.hpp"

#include <boost/system/system_error.hpp>

#include <functional>
#include <utility>

namespace aloft::autoglm::detail {
namespace {

[[noreturn]] void refuse(error_code ec, const std::string& base, const std::string& why)
{
    throw boost::system::system_error(ec, "base URL \"" + base + "\": " + why);
}

url parse_base(const std::string& text)
{
    error_code ec;
    auto base = url::parse(text, ec);
    if (ec)
        refuse(ec, text, "it should look like http://localhost:8000/v1");
    return base;
}

std::optional<url> health_endpoint(const url& base, const std::string& path)
{
    if (path.empty())
        return std::nullopt;
    error_code ec;
    auto found = base.resolve(path, ec);
    if (ec || path.front() != '/' || found.origin() != base.origin())
        refuse(errc::invalid_request, base.text(),
               "its health path \"" + path + "\" should look like /health");
    return found;
}

} // namespace

server_entry::server_entry(std::string base, const options& all, server_options own) :
    base_(std::move(base)), own_(std::move(own))
{
    const auto parsed = parse_base(base_);
    chat_ = parsed.join(own_.chat_path().value_or(all.chat_path()));
    models_ = parsed.join("/models");
    if (!(own_.weight() > 0))
        refuse(errc::invalid_request, base_, "its weight has to be more than 0");
    if (all.health())
        health_ = health_endpoint(parsed, own_.health_path().value_or(all.health()->path()));
    for_events_.add("content-type", "application/json");
    for_events_.add("accept", "text/event-stream");
    for_json_.add("content-type", "application/json");
    for_json_.add("accept", "application/json");
    if (const auto& key = own_.api_key() ? *own_.api_key() : all.api_key(); !key.empty()) {
        for_events_.add("authorization", "Bearer " + key);
        for_json_.add("authorization", "Bearer " + key);
    }
}

server_list::server_list(const options& with) :
    by_prefix_(with.balancing().affinity() == affinity::prefix)
{
    if (with.servers().empty())
        entries_.emplace_back(with.base_url(), with, server_options());
    for (const auto& [base, own] : with.servers()) {
        entries_.emplace_back(base, with, own);
        names_models_ = names_models_ || !own.models().empty();
    }
    if (entries_.size() > policy::balancer::most_servers)
        refuse(errc::invalid_request, entries_.back().base_url(),
               "a client has at most " + std::to_string(policy::balancer::most_servers) +
                   " servers");
    if (entries_.size() == 1 && !names_models_)
        return;
    balancer_ = std::make_shared<policy::balancer>(with.balancing());
    for (std::size_t i = 0; i < entries_.size(); ++i) {
        balancer_->add(entries_[i].base_url(), entries_[i].own().weight());
        if (entries_[i].health())
            balancer_->watch(i, *with.health());
    }
}

policy::server_set server_list::serving(std::string_view model) const
{
    policy::server_set found = 0;
    for (std::size_t i = 0; i < entries_.size(); ++i) {
        const auto& models = entries_[i].own().models();
        if (model.empty() || models.empty() || models.contains(model))
            found |= policy::server_set{1} << i;
    }
    return found;
}

std::unique_ptr<policy::route> server_list::route(const chat::body_outline& of,
                                                  std::string_view session) const
{
    std::optional<std::uint64_t> key;
    if (by_prefix_)
        key = session.empty() ? of.prefix : std::hash<std::string_view>()(session);
    std::optional<std::uint64_t> model;
    if (!of.model.empty())
        model = std::hash<std::string_view>()(of.model);
    return std::make_unique<policy::route>(balancer_, serving(of.model), key, model);
}

void server_list::aim(std::size_t server, wants what, const chat::body_outline& of,
                      request& at) const
{
    const auto& to = entries_[server];
    at.url(to.place(what)).headers(to.headers(what));
    if (!names_models_ || of.model.empty())
        return;
    const auto now = chat::body_outline::read(at.body(), false);
    const auto known = to.own().models().find(of.model);
    const bool renamed = known != to.own().models().end() && !known->second.empty();
    const std::string_view name = renamed ? known->second : of.model;
    if (now.model != name)
        at.body(chat::with_model(at.body(), now, name));
}

std::vector<server_state> server_list::states(tick now) const
{
    std::vector<server_state> all;
    for (std::size_t i = 0; balancer_ && i < entries_.size(); ++i) {
        all.push_back(balancer_->state(i, now));
        all.back().base_url = entries_[i].base_url();
    }
    return all;
}

} // namespace aloft::autoglm::detail
