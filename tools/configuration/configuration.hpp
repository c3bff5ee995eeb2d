#pragma once

#include "configuration/command.hpp"

#include <aloft/autoglm.hpp>

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace aloft::tools {

/// One of several servers.
class configured_server {
public:
    std::string url;
    std::string api_key; ///< where it is not that of all
    std::string api_key_env; ///< the variable that has it
    std::string chat_path;
    std::optional<std::string> health_path;
    double weight = 1;
    std::map<std::string, std::string> models; ///< and what each is called there, if otherwise
};

/// How a command calls servers: what its settings come to.
class configuration {
public:
    /// Where nobody says anything.
    explicit configuration(command which);

    std::vector<std::string> base_urls{"http://localhost:8000/v1"};
    std::vector<configured_server> servers; ///< in place of base_urls, where there are any
    std::string api_key;
    std::string api_key_env; ///< the variable that has it
    std::string model = "autoglm-phone-9b";

    std::optional<double> temperature;
    std::optional<double> top_p;
    std::optional<double> frequency_penalty;
    std::optional<std::uint64_t> max_tokens;

    autoglm::options model_server; ///< all of it but servers, key and HTTP
    client_options http; ///< all of it but what follows
    aloft::deadlines deadlines = aloft::deadlines::defaults();
    retry_rules retries;
    std::uint64_t requests_per_minute = 0;
    std::uint64_t request_burst = 0;
    std::uint64_t tokens_per_minute = 0;
    std::uint64_t token_burst = 0;
    std::optional<bool> follow_server; ///< unless said, where there is any limit
    bool adapts = false;
    adaptive_concurrency adaptive;
    bool hedges = false;
    hedge_rules hedging;
    balancing_rules balancing;
    bool checks_health = false;
    health_check health;
    tls_options tls;
    std::string certificate;
    std::string certificate_key;
    std::vector<std::string> pinned_keys;
    proxy_options proxy = proxy_options::from_environment();
    std::string proxy_user;
    std::string protocol = "negotiated";
    std::vector<std::string> resolve; ///< "HOST:PORT:ADDRESS[,ADDRESS]"
    std::vector<std::string> name_servers;

    std::chrono::milliseconds max_outage{300'000}; ///< of a run
    std::uint64_t max_body_memory = std::uint64_t{256} << 20; ///< of a run, bytes

    [[nodiscard]] bool limits_rates() const noexcept
    {
        return requests_per_minute != 0 || tokens_per_minute != 0 || adapts;
    }
    /// The HTTP client, for whichever server; all but `resolve`.
    [[nodiscard]] client_options make_http() const;
    /// The model servers.
    [[nodiscard]] autoglm::options make_server(client_options with) const;
};

} // namespace aloft::tools
