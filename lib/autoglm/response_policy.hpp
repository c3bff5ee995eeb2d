#pragma once

#include "client/attempt_policy.hpp"

#include <aloft/api_error.hpp>

#include <string>
#include <string_view>

namespace aloft::autoglm::detail {

/// Lets a response through when it is what was asked for, and otherwise reads what the server says
/// instead.
class response_policy final : public attempt_policy {
public:
    enum class wants { events, json };

    explicit response_policy(wants what) : wants_(what) {}

    void prepare(unsigned, request&) override {}
    verdict judge(unsigned status, const fields& head, std::string_view body, bool ended) override;
    verdict judge(const aloft::failure& why) override
    {
        return verdict::fail(why.code, why.detail);
    }

    [[nodiscard]] const chat::api_error& server() const noexcept { return server_; }

private:
    verdict refuse(errc code, const std::string& fallback);

    wants wants_;
    chat::api_error server_;
};

} // namespace aloft::autoglm::detail
