#pragma once

#include "autoglm/server_list.hpp"
#include "chat/body_outline.hpp"
#include "client/attempt_policy.hpp"

#include <aloft/api_error.hpp>
#include <aloft/error_table.hpp>
#include <aloft/retry_rules.hpp>

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

namespace aloft::autoglm::detail {

/// What an error of a server means and when it is tried again: one for all requests of a client.
struct error_rules {
    error_table known;
    retry_rules retries; ///< of requests that have none of their own
};

/// What may be shown of an error: type and code, and the request's id, but not the server's own
/// words, which may quote the prompt.
std::string in_brief(const chat::api_error& said);

/// Lets a response through when it is what was asked for, and otherwise reads what the server says
/// instead, be it in a status, in place of a stream, or as its first event.
class response_policy final : public attempt_policy {
public:
    /// \param peek  wait for what an answer begins with, since it may be an error that passes;
    /// otherwise an answer is let through at its head
    response_policy(wants what, bool peek, std::shared_ptr<const error_rules> rules) :
        wants_(what), peek_(peek), rules_(std::move(rules))
    {
    }

    /// Has attempts aimed at one of several servers. \param of  the request's body, as it was
    /// written
    void among(std::shared_ptr<const server_list> servers, chat::body_outline of)
    {
        several_ = std::make_unique<several>(several{std::move(servers), std::move(of)});
    }

    void aim(std::size_t server, request& what) override
    {
        several_->servers->aim(server, wants_, several_->outline, what);
    }
    void prepare(unsigned, request&) override { server_.reset(); }
    verdict judge(unsigned status, const fields& head, std::string_view body, bool ended) override;
    verdict judge(const aloft::failure& why) override;
    [[nodiscard]] std::unique_ptr<attempt_policy> another() const override
    {
        auto made = std::make_unique<response_policy>(wants_, peek_, rules_);
        if (several_)
            made->among(several_->servers, several_->outline);
        return made;
    }

    [[nodiscard]] const retry_rules* retries() const noexcept override { return &rules_->retries; }

    [[nodiscard]] error_class meaning(const chat::api_error& said) const
    {
        return rules_->known.classify(said);
    }
    /// What the server said; null where it said nothing.
    [[nodiscard]] const chat::api_error* server() const noexcept { return server_.get(); }

private:
    struct several {
        std::shared_ptr<const server_list> servers;
        chat::body_outline outline;
    };

    verdict judge_events(const fields& head, std::string_view body, bool ended);
    verdict judge_json(const fields& head, std::string_view body, bool ended);
    verdict refuse(chat::api_error said, errc code, const std::string& fallback,
                   const fields& head);

    wants wants_;
    bool peek_;
    std::shared_ptr<const error_rules> rules_;
    std::unique_ptr<chat::api_error> server_;
    std::unique_ptr<several> several_; // null: there is one server
};

} // namespace aloft::autoglm::detail
