#include "run/replacement_file.hpp"

#include "run/file_calls.hpp"

#include <fmt/format.h>

#include <cerrno>
#include <cstdio>
#include <fcntl.h>
#include <unistd.h>
#include <utility>

namespace aloft::tools {
namespace {

constexpr std::size_t flush_size = std::size_t{1} << 20;

} // namespace

replacement_file::replacement_file(std::string path) :
    path_(std::move(path)), beside_(path_ + ".new")
{
    file_ = open(beside_.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    failure_ = file_ < 0 ? errno : 0;
}

replacement_file::~replacement_file()
{
    if (file_ < 0)
        return;
    close(file_);
    unlink(beside_.c_str());
}

void replacement_file::write(std::string_view bytes)
{
    waiting_.append(bytes);
    if (waiting_.size() >= flush_size)
        flush();
}

bool replacement_file::flush()
{
    if (failure_ == 0 && !write_all(file_, waiting_))
        failure_ = errno;
    waiting_.clear();
    return failure_ == 0;
}

bool replacement_file::commit(bool sync, std::string& problem)
{
    const bool done =
        flush() && (!sync || fsync(file_) == 0) && rename(beside_.c_str(), path_.c_str()) == 0;
    if (!done) {
        problem =
            fmt::format("cannot write {}: {}", beside_, reason(failure_ == 0 ? errno : failure_));
        return false;
    }
    close(std::exchange(file_, -1));
    if (sync && !sync_folder_of(path_))
        problem = fmt::format("cannot write {}: {}", path_, reason(errno));
    return problem.empty();
}

} // namespace aloft::tools
