#include "server_arguments.hpp"

#include <boost/system/system_error.hpp>

#include <algorithm>
#include <cctype>
#include <cstdlib>

namespace aloft::tools {

void server_arguments::add_to(CLI::App& command)
{
    if (const char* other = std::getenv("OPENAI_BASE_URL"); other != nullptr && *other != '\0')
        base_url_ = other;
    command
        .add_option("--base-url", base_url_,
                    "What the paths are joined to (environment: OPENAI_BASE_URL too)")
        ->type_name("URL")
        ->envname("PHONE_AGENT_BASE_URL")
        ->capture_default_str();
    command
        .add_option("--api-key,--apikey", api_key_,
                    "Sent as bearer token (environment: PHONE_AGENT_API_KEY, OPENAI_API_KEY)")
        ->type_name("KEY");
    command.add_option("--model", model_, "Where a prompt names none")
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
    return autoglm::options(base_url_).api_key(std::move(key)).http(transport_.make(base_url_));
}

} // namespace aloft::tools
