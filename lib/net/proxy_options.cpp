#include <aloft/proxy_options.hpp>

#include <cstdlib>

namespace aloft {
namespace {

/// The first of the two variables that is set, even to nothing.
std::string variable(const char* lower, const char* upper)
{
    const char* value = std::getenv(lower);
    if (value == nullptr && upper != nullptr)
        value = std::getenv(upper);
    return value != nullptr ? value : "";
}

} // namespace

proxy_options proxy_options::from_environment()
{
    const bool in_cgi = std::getenv("REQUEST_METHOD") != nullptr;
    const std::string all = variable("all_proxy", "ALL_PROXY");
    const std::string http = variable("http_proxy", in_cgi ? nullptr : "HTTP_PROXY");
    const std::string https = variable("https_proxy", "HTTPS_PROXY");
    proxy_options made;
    made.http(http.empty() ? all : http).https(https.empty() ? all : https);
    return made.bypass(variable("no_proxy", "NO_PROXY"));
}

} // namespace aloft
