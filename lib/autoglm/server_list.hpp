#pragma once

#include "chat/body_outline.hpp"
#include "policy/balancer.hpp"
#include "policy/route.hpp"

#include <aloft/autoglm.hpp>
#include <aloft/fields.hpp>
#include <aloft/payload.hpp>
#include <aloft/request.hpp>
#include <aloft/server_state.hpp>
#include <aloft/url.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace aloft::autoglm::detail {

/// What a request asks for.
enum class wants : std::uint8_t { events, json, models };

/// One server: where it is, and what its requests carry.
class server_entry {
public:
    server_entry(std::string base, const options& all, server_options own);

    [[nodiscard]] const url& place(wants what) const noexcept
    {
        return what == wants::models ? models_ : chat_;
    }
    [[nodiscard]] const fields& headers(wants what) const noexcept
    {
        return what == wants::events ? for_events_ : for_json_;
    }
    /// Its health endpoint; none: it has none that is known.
    [[nodiscard]] const std::optional<url>& health() const noexcept { return health_; }
    [[nodiscard]] const std::string& base_url() const noexcept { return base_; }
    [[nodiscard]] const server_options& own() const noexcept { return own_; }

private:
    std::string base_;
    server_options own_;
    url chat_;
    url models_;
    std::optional<url> health_;
    fields for_events_;
    fields for_json_;
};

/// The servers of a client, one at the least.
class server_list {
public:
    explicit server_list(const options& with);

    [[nodiscard]] const server_entry& first() const noexcept { return entries_.front(); }
    [[nodiscard]] const server_entry& at(std::size_t server) const noexcept
    {
        return entries_[server];
    }
    [[nodiscard]] std::size_t size() const noexcept { return entries_.size(); }
    /// What chooses among them; null where there is no choice.
    [[nodiscard]] const std::shared_ptr<policy::balancer>& balancer() const noexcept
    {
        return balancer_;
    }
    /// Whether there is a choice; where there is none, nothing below is called.
    [[nodiscard]] bool several() const noexcept { return balancer_ != nullptr; }
    [[nodiscard]] chat::body_outline outline(const payload& body) const
    {
        return chat::body_outline::read(body, by_prefix_);
    }
    /// The way of one request. \param session  of the caller's; may be empty
    [[nodiscard]] std::unique_ptr<policy::route> route(const chat::body_outline& of,
                                                       std::string_view session) const;
    /// Makes a request one to the server of that number.
    void aim(std::size_t server, wants what, const chat::body_outline& of, request& at) const;
    [[nodiscard]] std::vector<server_state> states(tick now) const;

private:
    [[nodiscard]] policy::server_set serving(std::string_view model) const;

    std::vector<server_entry> entries_;
    std::shared_ptr<policy::balancer> balancer_; // null: there is one server
    bool names_models_ = false;
    bool by_prefix_;
};

} // namespace aloft::autoglm::detail
