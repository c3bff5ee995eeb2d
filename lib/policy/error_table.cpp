#include <aloft/error_table.hpp>

#include <boost/system/errc.hpp>

#include <algorithm>
#include <iterator>

namespace aloft {
namespace {

using enum error_class;

struct known {
    std::string_view word;
    error_class means;
};

// Codes and types of servers, most telling first where a pattern is among them.
constexpr known standard[] = {
    // OpenAI, and gateways that speak as it does
    {"insufficient_quota", permanent},
    {"credit_balance_exhausted", permanent},
    {"billing_hard_limit_reached", permanent},
    {"*_spend_limit_exceeded", permanent},
    {"invalid_api_key", permanent},
    {"context_length_exceeded", permanent},
    {"model_not_found", permanent},
    {"rate_limit_exceeded", overload},
    {"slow_down", overload},
    {"overloaded_error", overload},
    {"server_error", transient},
    {"invalid_request_error", permanent},
    {"authentication_error", permanent},
    {"permission_error", permanent},
    // vLLM and SGLang: names of statuses
    {"BadRequestError", permanent},
    {"NotFoundError", permanent},
    {"UnprocessableEntityError", permanent},
    {"NotImplementedError", permanent},
    {"InternalServerError", transient},
    {"SERVICE_UNAVAILABLE", overload},
    // llama.cpp
    {"not_found_error", permanent},
    {"not_supported_error", permanent},
    {"exceed_context_size_error", permanent},
    {"unavailable_error", overload}, // the model is being loaded
    // z.ai and BigModel, which answer 429 for most of these
    {"1000", permanent}, // keys and tokens
    {"1001", permanent},
    {"1002", permanent},
    {"1003", permanent},
    {"1004", permanent},
    {"1100", permanent},
    {"1110", permanent}, // accounts
    {"1111", permanent},
    {"1112", permanent},
    {"1113", permanent}, // arrears
    {"1120", transient}, // the account is out of reach for the moment
    {"1121", permanent},
    {"1210", permanent}, // calls that are wrong
    {"1211", permanent},
    {"1212", permanent},
    {"1213", permanent},
    {"1214", permanent},
    {"1215", permanent},
    {"1220", permanent},
    {"1221", permanent},
    {"1222", permanent},
    {"1230", transient}, // the flow of the call
    {"1231", permanent},
    {"1234", transient}, // network
    {"1261", permanent}, // the prompt is too long
    {"1300", permanent}, // policy
    {"1301", permanent},
    {"1302", overload}, // too many requests in flight
    {"1303", overload},
    {"1304", quota}, // of the day
    {"1305", overload},
    {"1308", quota}, // of a window
    {"1309", permanent}, // the plan
    {"1310", quota}, // of the week
    {"1311", permanent},
    {"1312", overload},
    {"1313", quota}, // fair use
};

bool matches(std::string_view pattern, std::string_view word) noexcept
{
    return pattern.starts_with('*') ? word.ends_with(pattern.substr(1)) : word == pattern;
}

} // namespace

std::string_view to_string(error_class value) noexcept
{
    switch (value) {
    case permanent: return "permanent";
    case quota: return "quota";
    case transient: return "transient";
    case overload: return "overload";
    }
    return "";
}

error_table::error_table() = default;

error_table& error_table::add(std::string_view word, error_class means)
{
    added_.emplace_back(word, means);
    return *this;
}

std::optional<error_class> error_table::find(std::string_view word) const noexcept
{
    if (word.empty())
        return std::nullopt;
    const auto own = std::find_if(added_.rbegin(), added_.rend(),
                                  [&](const auto& one) { return matches(one.first, word); });
    if (own != added_.rend())
        return own->second;
    const auto* const at = std::find_if(std::begin(standard), std::end(standard),
                                        [&](const known& one) { return matches(one.word, word); });
    return at == std::end(standard) ? std::nullopt : std::optional(at->means);
}

error_class error_table::classify(const chat::api_error& said) const noexcept
{
    if (const auto means = find(said.code))
        return *means;
    if (const auto means = find(said.type))
        return *means;
    return said.status == 0 ? transient : classify_status(said.status);
}

error_class classify_status(int status) noexcept
{
    switch (status) {
    case 429:
    case 503:
    case 529: return overload;
    case 408:
    case 409:
    case 425: return transient;
    case 501:
    case 505: return permanent;
    default: return status >= 500 ? transient : permanent;
    }
}

error_class classify(const failure& why) noexcept
{
    const auto& code = why.code;
    if (code == boost::system::errc::operation_canceled)
        return permanent;
    if (code.category() != aloft_category())
        return transient; // of the system: connections refused, reset, unreachable
    switch (static_cast<errc>(code.value())) {
    case errc::connect_timeout:
    case errc::head_timeout:
    case errc::first_event_timeout:
    case errc::gap_timeout:
    case errc::resolve_failed:
    case errc::connect_failed:
    case errc::connection_closed:
    case errc::stream_reset:
    case errc::stream_refused:
    case errc::tls_truncated:
    case errc::ping_timeout:
    case errc::write_stalled:
    case errc::flow_control_stalled:
    case errc::truncated_body:
    case errc::truncated_stream: return transient;
    default: return permanent;
    }
}

} // namespace aloft
