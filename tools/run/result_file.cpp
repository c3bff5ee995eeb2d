#include "run/result_file.hpp"

#include <fmt/format.h>

#include <cerrno>
#include <fcntl.h>
#include <filesystem>
#include <sys/file.h>
#include <sys/stat.h>
#include <system_error>
#include <unistd.h>
#include <utility>

namespace aloft::tools {
namespace {

std::string reason(int number)
{
    return std::generic_category().message(number);
}

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

} // namespace

result_file::result_file(std::string path, bool sync) : path_(std::move(path)), sync_(sync)
{
    std::error_code ec;
    // Putting a file in the place of a device or a pipe would destroy it.
    const bool special = path_ == "-" || (std::filesystem::exists(path_, ec) &&
                                          !std::filesystem::is_regular_file(path_, ec));
    if (!special)
        partial_ = path_ + ".partial";
}

result_file::~result_file()
{
    if (file_ <= STDOUT_FILENO)
        return;
    struct stat facts{};
    if (!partial_.empty() && fstat(file_, &facts) == 0 && facts.st_size == 0)
        unlink(partial_.c_str()); // nothing to go on from
    close(file_);
}

bool result_file::open(recorded_results& recorded, bool drop_failed, std::string& problem)
{
    namespace fs = std::filesystem;
    if (path_ == "-") {
        file_ = STDOUT_FILENO;
        return true;
    }
    if (partial_.empty()) {
        file_ = ::open(path_.c_str(), O_WRONLY | O_APPEND | O_CLOEXEC);
        if (file_ < 0)
            problem = fmt::format("cannot write {}: {}", path_, reason(errno));
        return file_ >= 0;
    }
    std::error_code ec;
    if (fs::exists(path_, ec) && !fs::exists(partial_, ec))
        from_ = path_;
    else if (!open_partial(problem))
        return false;
    else
        from_ = partial_;
    return read_results(from_, whole_, problem, [&](const recorded_line& line) {
        if (line.failed && drop_failed)
            dropping_ = true;
        else
            recorded.add(line);
    });
}

// The lock is the kernel's, so it goes with the process however that ends.
bool result_file::open_partial(std::string& problem)
{
    const int made = ::open(partial_.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0666);
    if (made < 0) {
        problem = fmt::format("cannot write {}: {}", partial_, reason(errno));
        return false;
    }
    if (file_ >= 0)
        close(file_);
    file_ = made;
    if (flock(file_, LOCK_EX | LOCK_NB) != 0) {
        close(std::exchange(file_, -1));
        problem = fmt::format("{} is being written by another run", partial_);
        return false;
    }
    return true;
}

bool result_file::start(std::string& problem)
{
    if (partial_.empty())
        return true;
    if (dropping_)
        return drop_failed(problem) && open_partial(problem);
    if (from_ == path_ && rename(path_.c_str(), partial_.c_str()) != 0)
        problem = fmt::format("cannot write {}: {}", partial_, reason(errno));
    else if (from_ == path_ && !open_partial(problem))
        return false;
    else if (ftruncate(file_, static_cast<off_t>(whole_)) != 0)
        problem = fmt::format("cannot write {}: {}", partial_, reason(errno));
    return problem.empty();
}

// Writes what succeeded beside the old file and puts it in its place at once, so that whoever is
// killed meanwhile has the old one.
bool result_file::drop_failed(std::string& problem)
{
    const auto copy = partial_ + ".new";
    const int kept = ::open(copy.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    int failure = kept < 0 ? errno : 0;
    read_results(from_, whole_, problem, [&](const recorded_line& line) {
        if (!line.failed && failure == 0 && !write_all(kept, std::string(line.text) + "\n"))
            failure = errno;
    });
    if (sync_ && failure == 0 && fsync(kept) != 0)
        failure = errno;
    if (kept >= 0)
        close(kept);
    if (problem.empty() && failure == 0 && rename(copy.c_str(), partial_.c_str()) != 0)
        failure = errno;
    if (failure != 0)
        problem = fmt::format("cannot write {}: {}", copy, reason(failure));
    if (!problem.empty())
        unlink(copy.c_str());
    return problem.empty();
}

void result_file::append(std::string_view lines)
{
    if (!problem_.empty())
        return;
    if (!write_all(file_, lines) || (sync_ && fdatasync(file_) != 0 && errno != EINVAL)) {
        problem_ = fmt::format("cannot write {}: {}",
                               path_ == "-"       ? "standard output"
                               : partial_.empty() ? path_
                                                  : partial_,
                               reason(errno));
    }
}

bool result_file::finish()
{
    if (!problem_.empty() || partial_.empty() || file_ < 0)
        return problem_.empty(); // nothing to do where nothing was begun: it is final already
    std::error_code ec;
    if (sync_ && fsync(file_) != 0)
        ec.assign(errno, std::generic_category());
    if (!ec)
        std::filesystem::rename(partial_, path_, ec);
    if (!ec && sync_ && !put_into_folder())
        ec.assign(errno, std::generic_category());
    if (ec)
        problem_ = fmt::format("cannot write {}: {}", path_, ec.message());
    return !ec;
}

// A new name is on the disk once its folder is.
bool result_file::put_into_folder() const
{
    auto folder = std::filesystem::path(path_).parent_path();
    const int opened =
        ::open(folder.empty() ? "." : folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    const bool done = opened >= 0 && fsync(opened) == 0;
    if (opened >= 0)
        close(opened);
    return done;
}

} // namespace aloft::tools
