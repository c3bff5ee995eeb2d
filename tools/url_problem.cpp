#include "url_problem.hpp"

#include <fmt/format.h>

namespace aloft::tools {

std::string url_problem(std::string_view given)
{
    const auto scheme = given.find("://");
    const auto rest = scheme == given.npos ? given : given.substr(scheme + 3);
    if (rest.substr(0, rest.find('/')).find('@') != rest.npos)
        return "a URL carries no user and password; -H 'authorization: Basic ...' sends them";
    if (given.find(' ') != given.npos)
        return fmt::format("\"{}\" is no URL; a space in it is written %20", given);
    return fmt::format("\"{}\" is no URL; it should look like http://host/path", given);
}

} // namespace aloft::tools
