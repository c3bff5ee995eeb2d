#include "send/body_output.hpp"

#include <fmt/format.h>

#include <cerrno>
#include <filesystem>
#include <system_error>
#include <unistd.h>
#include <utility>

namespace aloft::tools {

body_output::body_output(std::string path) : path_(std::move(path)), file_(stdout)
{
    if (path_ == "-")
        return;
    std::error_code ec;
    const bool special =
        std::filesystem::exists(path_, ec) && !std::filesystem::is_regular_file(path_, ec);
    if (!special)
        partial_ = path_ + ".partial";
    file_ = std::fopen(special ? path_.c_str() : partial_.c_str(), "wb");
    if (file_ == nullptr)
        problem_ =
            fmt::format("cannot write {}: {}", path_, std::generic_category().message(errno));
}

body_output::~body_output()
{
    if (file_ == nullptr || file_ == stdout)
        return;
    std::fclose(file_);
    if (!partial_.empty())
        std::remove(partial_.c_str());
}

void body_output::write(std::string_view bytes)
{
    if (!problem_.empty() || bytes.empty())
        return;
    if (!std::exchange(begun_, true) && path_ == "-" && isatty(STDOUT_FILENO) == 1 &&
        bytes.find('\0') != bytes.npos) {
        problem_ = "the body is binary and would disturb the terminal; -o FILE keeps it, and | cat "
                   "shows it anyway";
        return;
    }
    if (std::fwrite(bytes.data(), 1, bytes.size(), file_) != bytes.size() ||
        std::fflush(file_) != 0)
        problem_ = fmt::format("cannot write {}: {}", path_ == "-" ? "standard output" : path_,
                               std::generic_category().message(errno));
}

void body_output::finish()
{
    if (!problem_.empty() || path_ == "-")
        return;
    const bool closed = std::fclose(std::exchange(file_, nullptr)) == 0;
    if (!closed || (!partial_.empty() && std::rename(partial_.c_str(), path_.c_str()) != 0))
        problem_ =
            fmt::format("cannot write {}: {}", path_, std::generic_category().message(errno));
}

} // namespace aloft::tools
