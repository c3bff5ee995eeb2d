#include "server_arguments.hpp"

#include <boost/system/system_error.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <cstdlib>

namespace aloft::tools {

void server_arguments::add_to(CLI::App& command)
{
    if (const char* other = std::getenv("OPENAI_BASE_URL"); other != nullptr && *other != '\0')
        base_urls_.front() = other;
    command
        .add_option("--base-url", base_urls_,
                    "What paths are joined to, once for each server; OPENAI_BASE_URL, too")
        ->type_name("URL")
        ->allow_extra_args(false)
        ->envname("PHONE_AGENT_BASE_URL")
        ->default_str(base_urls_.front());
    command
        .add_option("--api-key,--apikey", api_key_,
                    "Bearer token (environment: PHONE_AGENT_API_KEY, OPENAI_API_KEY)")
        ->type_name("KEY");
    command.add_option("--model", model_, "The usual one")
        ->type_name("NAME")
        ->envname("PHONE_AGENT_MODEL")
        ->capture_default_str();
    transport_.add_to(command);
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
        throw boost::system::system_error(
            errc::invalid_request, "--api-key holds a line break or another control character");
    autoglm::options made(base_urls_.front());
    made.api_key(std::move(key));
    for (const auto& one : base_urls_) {
        made.http(transport_.make(one));
        if (base_urls_.size() > 1)
            made.server(one);
    }
    return made;
}

std::string server_arguments::base_url() const
{
    return fmt::format("{}", fmt::join(base_urls_, ", "));
}

} // namespace aloft::tools
