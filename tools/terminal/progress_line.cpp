#include "terminal/progress_line.hpp"

#include <unistd.h>

namespace aloft::tools {

progress_line::progress_line(bool quiet) : quiet_(quiet), terminal_(isatty(STDERR_FILENO) == 1) {}

std::chrono::milliseconds progress_line::interval() const
{
    using namespace std::chrono_literals;
    return terminal_ ? 200ms : 2000ms;
}

void progress_line::show(const std::string& text)
{
    if (quiet_)
        return;
    if (terminal_)
        std::fprintf(stderr, "\r\033[K%s", text.c_str());
    else
        std::fprintf(stderr, "%s\n", text.c_str());
    std::fflush(stderr);
}

void progress_line::clear()
{
    if (!quiet_ && terminal_)
        std::fputs("\r\033[K", stderr);
}

} // namespace aloft::tools
