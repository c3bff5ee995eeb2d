#pragma once

#include "client/attempt_policy.hpp"

#include <string_view>

namespace aloft::detail {

/// Tries again what is worth it by its status alone, where the caller wants responses of any kind.
class status_policy final : public attempt_policy {
public:
    void prepare(unsigned number, request& what) override;
    verdict judge(unsigned status, const fields& head, std::string_view body, bool ended) override;
    verdict judge(const failure& why) override;

private:
    bool idempotent_ = false;
};

} // namespace aloft::detail
