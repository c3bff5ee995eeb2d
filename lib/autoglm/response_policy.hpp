#pragma once

#include "client/attempt_policy.hpp"

#include <aloft/api_error.hpp>
#include <aloft/error_table.hpp>

#include <memory>
#include <string>
#include <string_view>
#include <utility>

namespace aloft::autoglm::detail {

/// Lets a response through when it is what was asked for, and otherwise reads what the server says
/// instead, be it in a status, in place of a stream, or as its first event.
class response_policy final : public attempt_policy {
public:
    enum class wants { events, json };

    /// \param peek  wait for what an answer begins with, since it may be an error that passes;
    /// otherwise an answer is let through at its head
    response_policy(wants what, bool peek, std::shared_ptr<const error_table> known) :
        wants_(what), peek_(peek), known_(std::move(known))
    {
    }

    void prepare(unsigned, request&) override { server_ = chat::api_error(); }
    verdict judge(unsigned status, const fields& head, std::string_view body, bool ended) override;
    verdict judge(const aloft::failure& why) override;
    [[nodiscard]] std::unique_ptr<attempt_policy> another() const override
    {
        return std::make_unique<response_policy>(wants_, peek_, known_);
    }

    [[nodiscard]] const chat::api_error& server() const noexcept { return server_; }

private:
    verdict judge_events(const fields& head, std::string_view body, bool ended);
    verdict judge_json(const fields& head, std::string_view body, bool ended);
    verdict refuse(errc code, const std::string& fallback, const fields& head);

    wants wants_;
    bool peek_;
    std::shared_ptr<const error_table> known_;
    chat::api_error server_;
};

} // namespace aloft::autoglm::detail
