#include "server_arguments.hpp"

#include <boost/system/system_error.hpp>

#include <algorithm>
#include <cctype>
#include <chrono>

namespace aloft::tools {

void server_arguments::add_to(CLI::App& command)
{
    command.add_option("--base-url", base_url_, "What the paths are joined to")
        ->envname("PHONE_AGENT_BASE_URL")
        ->capture_default_str();
    command.add_option(
        "--api-key,--apikey", api_key_,
        "Sent as bearer token; PHONE_AGENT_API_KEY or OPENAI_API_KEY where not given");
    command.add_option("--model", model_, "Model of prompts that name none")
        ->envname("PHONE_AGENT_MODEL")
        ->capture_default_str();
    command.add_option("--max-in-flight", max_in_flight_, "Requests in flight at once")
        ->check(CLI::Range(std::size_t{1}, std::size_t{1'000'000}))
        ->capture_default_str();
    command.add_option("--max-connections", max_connections_, "Connections at the most")
        ->check(CLI::Range(std::size_t{1}, std::size_t{60'000}))
        ->capture_default_str();
    command.add_option("--max-time", max_time_, "Seconds a request may take; no bound by default")
        ->check(CLI::NonNegativeNumber);
    command.add_option("--cacert", ca_file_, "Trust the authorities of this PEM file");
    command.add_flag("--insecure,-k", insecure_, "Accept any certificate");
    auto* const http1 = command.add_flag("--http1.1", http1_, "Speak HTTP/1.1 only");
    command
        .add_flag("--http2-prior-knowledge", http2_prior_knowledge_,
                  "Speak HTTP/2 without asking, also on http://")
        ->excludes(http1);
}

autoglm::options server_arguments::make() const
{
    auto key = api_key_;
    for (const char* name : {"PHONE_AGENT_API_KEY", "OPENAI_API_KEY"}) {
        const char* value = std::getenv(name);
        if (key.empty() && value != nullptr)
            key = value;
    }
    if (std::any_of(key.begin(), key.end(), [](unsigned char c) { return std::iscntrl(c) != 0; }))
        throw boost::system::system_error(errc::invalid_request,
                                          "--api-key holds a line break or another control character");
    tls_options tls;
    tls.insecure(insecure_);
    if (!ca_file_.empty())
        tls.ca_file(ca_file_);
    client_options http;
    http.max_in_flight(max_in_flight_).max_connections(max_connections_).tls(std::move(tls));
    if (max_time_ > 0)
        http.deadlines(deadlines().total(std::chrono::duration<double>(max_time_)));
    if (http1_)
        http.version(http_version::http1);
    if (http2_prior_knowledge_)
        http.version(http_version::http2);
    return autoglm::options(base_url_).api_key(std::move(key)).http(std::move(http));
}

} // namespace aloft::tools
