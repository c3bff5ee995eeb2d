#include "run/result_file.hpp"

#include "run/file_calls.hpp"
#include "run/replacement_file.hpp"

#include <fmt/format.h>

#include <cerrno>
#include <cstdio>
#include <fcntl.h>
#include <filesystem>
#include <sys/file.h>
#include <sys/stat.h>
#include <system_error>
#include <unistd.h>
#include <utility>

namespace aloft::tools {
namespace {

constexpr int to_append = O_WRONLY | O_APPEND | O_CREAT;

bool is_at(int file, const std::string& path)
{
    struct stat opened{};
    struct stat named{};
    return fstat(file, &opened) == 0 && stat(path.c_str(), &named) == 0 &&
           opened.st_dev == named.st_dev && opened.st_ino == named.st_ino;
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
    if (from_ == partial_ && !partial_.empty() && fstat(file_, &facts) == 0 && facts.st_size == 0)
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
    const bool final = fs::exists(path_, ec) && !fs::exists(partial_, ec);
    // What is final may be all that is wanted, so it need not be writable yet.
    if (!lock(final ? path_ : partial_, final ? O_RDONLY : to_append, problem))
        return false;
    return read_results(from_, whole_, problem, [&](const recorded_line& line) {
        if (line.failed && drop_failed)
            dropping_ = true;
        else
            recorded.add(line);
    });
}

// The lock is the kernel's, so it goes with the process however that ends. A file that was
// replaced between opening and locking belongs to the run that did so.
bool result_file::lock(const std::string& path, int flags, std::string& problem)
{
    const int opened = ::open(path.c_str(), flags | O_CLOEXEC, 0666);
    if (opened < 0) {
        problem = fmt::format("cannot {} {}: {}", flags == O_RDONLY ? "read" : "write", path,
                              reason(errno));
        return false;
    }
    if (file_ >= 0)
        close(file_);
    file_ = opened;
    from_ = path;
    if (flock(file_, LOCK_EX | LOCK_NB) == 0 && is_at(file_, path))
        return true;
    close(std::exchange(file_, -1));
    problem = fmt::format("{} is being written by another run", path);
    return false;
}

bool result_file::start(std::string& problem)
{
    if (partial_.empty())
        return true;
    started_ = true;
    if (dropping_ ? !drop_failed(problem) : !take_over(problem))
        return false;
    if (sync_ && !sync_folder_of(partial_))
        problem = fmt::format("cannot write {}: {}", partial_, reason(errno));
    return problem.empty();
}

// What earlier runs wrote becomes the partial file, less a line that was torn.
bool result_file::take_over(std::string& problem)
{
    if (from_ == path_) {
        if (rename(path_.c_str(), partial_.c_str()) != 0)
            problem = fmt::format("cannot write {}: {}", partial_, reason(errno));
        else
            lock(partial_, to_append, problem);
    }
    if (problem.empty() && ftruncate(file_, static_cast<off_t>(whole_)) != 0)
        problem = fmt::format("cannot write {}: {}", partial_, reason(errno));
    return problem.empty();
}

bool result_file::drop_failed(std::string& problem)
{
    replacement_file kept(partial_);
    const auto keep = [&](const recorded_line& line) {
        if (!line.failed)
            kept.write(std::string(line.text) + "\n");
    };
    return read_results(from_, whole_, problem, keep) && kept.commit(sync_, problem) &&
           lock(partial_, to_append, problem);
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

bool result_file::finish(const position& where)
{
    if (!problem_.empty() || partial_.empty() || file_ < 0)
        return problem_.empty();
    if (!started_ && from_ == partial_ && !take_over(problem_))
        return false;
    bool sorted = true;
    if (where && !sort_results(from_, path_, where, sync_, sorted, problem_))
        return false;
    if (sorted)
        return from_ == path_ || make_final(); // what nothing was added to is final already
    if (from_ == partial_ && unlink(partial_.c_str()) != 0)
        problem_ = fmt::format("cannot remove {}: {}", partial_, reason(errno));
    return problem_.empty();
}

bool result_file::make_final()
{
    const bool done = (!sync_ || fsync(file_) == 0) &&
                      rename(partial_.c_str(), path_.c_str()) == 0 &&
                      (!sync_ || sync_folder_of(path_));
    if (!done)
        problem_ = fmt::format("cannot write {}: {}", path_, reason(errno));
    return done;
}

} // namespace aloft::tools
