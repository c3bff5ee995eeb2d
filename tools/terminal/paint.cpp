#include "terminal/paint.hpp"

#include <cstdlib>
#include <unistd.h>

namespace aloft::tools {
namespace {

bool set(const char* name)
{
    const char* const value = std::getenv(name);
    return value != nullptr && *value != '\0';
}

} // namespace

paint::paint(int descriptor) :
    on_(isatty(descriptor) == 1 && !set("NO_COLOR") && set("TERM") &&
        std::string_view(std::getenv("TERM")) != "dumb")
{
}

} // namespace aloft::tools
