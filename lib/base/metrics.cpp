#include <aloft/metrics.hpp>

namespace aloft {

std::string_view to_string(replay_cause value) noexcept
{
    switch (value) {
    case replay_cause::unsent: return "unsent";
    case replay_cause::refused: return "refused";
    case replay_cause::stale: return "stale";
    case replay_cause::idempotent: return "idempotent";
    case replay_cause::policy: return "policy";
    }
    return "";
}

} // namespace aloft
