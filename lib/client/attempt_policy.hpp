#pragma once

#include "policy/retry_schedule.hpp"

#include <aloft/error.hpp>
#include <aloft/failure.hpp>
#include <aloft/fields.hpp>
#include <aloft/request.hpp>
#include <aloft/retry_rules.hpp>

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace aloft {

/// What is to happen with an attempt.
class verdict {
public:
    enum class kind {
        more, ///< undecided: ask again when more of the body is there
        deliver, ///< hand the response to the caller
        fail, ///< end the request with an error
    };

    static verdict more() { return verdict(kind::more); }
    static verdict deliver() { return verdict(kind::deliver); }
    static verdict fail(error_code code, std::string detail)
    {
        verdict v(kind::fail);
        v.code_ = code;
        v.detail_ = std::move(detail);
        return v;
    }

    /// Forget it and try again, if rules, budget and time allow that; `otherwise` if they do not.
    static verdict retry(const policy::failed_attempt& failed, verdict otherwise)
    {
        otherwise.failed_ = failed;
        return otherwise;
    }

    [[nodiscard]] const std::optional<policy::failed_attempt>& failed() const noexcept
    {
        return failed_;
    }
    [[nodiscard]] kind what() const noexcept { return kind_; }
    [[nodiscard]] error_code code() const noexcept { return code_; }
    [[nodiscard]] const std::string& detail() const noexcept { return detail_; }

private:
    explicit verdict(kind k) : kind_(k) {}

    kind kind_;
    std::optional<policy::failed_attempt> failed_;
    error_code code_;
    std::string detail_;
};

/// Request source and verdict of one logical request, so that retry, failover and redirect exist
/// once, in the client, although only a floor above can tell an error inside a 200. Replays that
/// are provably safe happen below it and are not asked for.
class attempt_policy {
public:
    virtual ~attempt_policy() = default;

    /// Aims the request at the server of that number, where a route was given to the call; every
    /// attempt, before prepare().
    virtual void aim(std::size_t server, request& what)
    {
        static_cast<void>(server);
        static_cast<void>(what);
    }
    /// Fills in the request of attempt `number` (from 1). The one before stands in `what`.
    virtual void prepare(unsigned number, request& what) = 0;
    /// Looks at a response: its head, and the body as far as it came. Nothing of `body` is
    /// consumed.
    virtual verdict judge(unsigned status, const fields& head, std::string_view body,
                          bool ended) = 0;
    /// Looks at an attempt that ended without a response to judge; more() and deliver() mean fail.
    virtual verdict judge(const failure& why) = 0;
    /// The rules of a request that has none of its own; null: the client's.
    [[nodiscard]] virtual const retry_rules* retries() const noexcept { return nullptr; }
    /// One for a copy of the request that is sent beside it; null where none may be.
    [[nodiscard]] virtual std::unique_ptr<attempt_policy> another() const { return nullptr; }
};

} // namespace aloft
