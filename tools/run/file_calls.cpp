#include "run/file_calls.hpp"

#include <cerrno>
#include <fcntl.h>
#include <filesystem>
#include <system_error>
#include <unistd.h>

namespace aloft::tools {

bool write_all(int file, std::string_view bytes)
{
    while (!bytes.empty()) {
        const auto count = ::write(file, bytes.data(), bytes.size());
        if (count < 0 && errno != EINTR)
            return false;
        bytes.remove_prefix(count < 0 ? 0 : static_cast<std::size_t>(count));
    }
    return true;
}

bool sync_folder_of(const std::string& path)
{
    const auto folder = std::filesystem::path(path).parent_path();
    const int opened =
        open(folder.empty() ? "." : folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    const bool done = opened >= 0 && fsync(opened) == 0;
    const int failure = errno;
    if (opened >= 0)
        close(opened);
    errno = failure;
    return done;
}

std::string reason(int number)
{
    return std::generic_category().message(number);
}

} // namespace aloft::tools
