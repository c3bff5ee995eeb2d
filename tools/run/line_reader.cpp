#include "run/line_reader.hpp"

#include <boost/iostreams/categories.hpp>
#include <boost/iostreams/filter/gzip.hpp>
#include <boost/iostreams/filter/zstd.hpp>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <cstring>
#include <exception>
#include <fcntl.h>
#include <poll.h>
#include <string_view>
#include <sys/eventfd.h>
#include <sys/stat.h>
#include <system_error>
#include <unistd.h>
#include <utility>

namespace aloft::tools {
namespace {

namespace io = boost::iostreams;

constexpr std::size_t chunk_size = 64 * 1024;

std::string reason(int number)
{
    return std::generic_category().message(number);
}

} // namespace

/// The bytes of the file, with a way to give up waiting for them.
class line_reader::source {
public:
    explicit source(int file) : file_(file), stop_(eventfd(0, EFD_CLOEXEC)) {}
    ~source()
    {
        if (file_ > STDIN_FILENO)
            close(file_);
        close(stop_);
    }

    /// Bytes read, or -1 at the end. Throws std::system_error.
    std::streamsize read(char* to, std::streamsize most)
    {
        if (!ahead_.empty()) {
            const auto count = std::min<std::size_t>(ahead_.size(), static_cast<std::size_t>(most));
            std::memcpy(to, ahead_.data(), count);
            ahead_.erase(0, count);
            return static_cast<std::streamsize>(count);
        }
        for (;;) {
            std::array<pollfd, 2> both{{{file_, POLLIN, 0}, {stop_, POLLIN, 0}}};
            poll(both.data(), both.size(), -1);
            if (both[1].revents != 0)
                return -1;
            const auto count = ::read(file_, to, static_cast<std::size_t>(most));
            if (count < 0 && (errno == EINTR || errno == EAGAIN))
                continue;
            if (count < 0)
                throw std::system_error(errno, std::generic_category());
            taken_ += static_cast<std::uint64_t>(count);
            return count == 0 ? -1 : count;
        }
    }
    /// The first bytes, which read() yields once more.
    std::string_view peek(std::size_t count)
    {
        std::array<char, 8> some{};
        while (ahead_.size() < count) {
            auto kept = std::exchange(ahead_, {});
            const auto got = read(some.data(), static_cast<std::streamsize>(count - kept.size()));
            ahead_ = std::move(kept);
            if (got <= 0)
                break;
            ahead_.append(some.data(), static_cast<std::size_t>(got));
        }
        return ahead_;
    }
    void cancel() noexcept { eventfd_write(stop_, 1); }
    [[nodiscard]] std::uint64_t taken() const noexcept { return taken_; }

private:
    int file_;
    int stop_;
    std::string ahead_;
    std::atomic<std::uint64_t> taken_ = 0;
};

/// The source as Boost.Iostreams knows one.
class line_reader::device {
public:
    using char_type = char;
    using category = io::source_tag;

    explicit device(std::shared_ptr<source> from) : from_(std::move(from)) {}
    std::streamsize read(char* to, std::streamsize most) { return from_->read(to, most); }

private:
    std::shared_ptr<source> from_;
};

line_reader::line_reader(const std::string& path, std::string& problem) : chunk_(chunk_size, '\0')
{
    int file = STDIN_FILENO;
    if (path != "-") {
        file = open(path.c_str(), O_RDONLY | O_CLOEXEC);
        struct stat facts{};
        if (file < 0 || fstat(file, &facts) != 0) {
            problem = "cannot read " + path + ": " + reason(errno);
            return;
        }
        if (S_ISDIR(facts.st_mode)) {
            close(file);
            problem = "cannot read " + path + ": it is a directory";
            return;
        }
        size_ = S_ISREG(facts.st_mode) ? static_cast<std::uint64_t>(facts.st_size) : 0;
    }
    source_ = std::make_shared<source>(file);
}

line_reader::~line_reader() = default;

void line_reader::cancel() noexcept
{
    source_->cancel();
}

std::optional<double> line_reader::fraction() const noexcept
{
    if (size_ == 0)
        return std::nullopt;
    return std::min(1.0, static_cast<double>(source_->taken()) / static_cast<double>(size_));
}

// RFC 1952, 2.3.1 and RFC 8878, 3.1.1: what the two formats begin with.
void line_reader::decompress()
{
    const auto magic = source_->peek(4);
    if (magic.starts_with("\x1f\x8b"))
        in_.push(io::gzip_decompressor(), chunk_size);
    else if (magic == "\x28\xb5\x2f\xfd")
        in_.push(io::zstd_decompressor(), chunk_size);
    in_.push(device{source_}, chunk_size);
}

std::vector<text_line> line_reader::next(std::string& problem)
{
    std::vector<text_line> lines;
    try {
        if (in_.empty())
            decompress();
        while (lines.empty() && !ended_) {
            // Only what one read brings: a pipe may have nothing more for a long time.
            if (in_.sgetc() == std::char_traits<char>::eof()) {
                ended_ = true;
                if (!line_.text.empty() || line_.too_long)
                    finish_line(lines);
                break;
            }
            const auto there = std::clamp<std::streamsize>(in_.in_avail(), 1, chunk_size);
            const auto count = in_.sgetn(chunk_.data(), there);
            take({chunk_.data(), static_cast<std::size_t>(count)}, lines);
        }
    } catch (const std::exception& wrong) {
        ended_ = true;
        problem =
            "reading stopped after line " + std::to_string(line_.number) + ": " + wrong.what();
    }
    return lines;
}

void line_reader::take(std::string_view piece, std::vector<text_line>& to)
{
    while (!piece.empty()) {
        const auto end = piece.find('\n');
        const auto part = piece.substr(0, end);
        if (line_.text.size() + part.size() > line_limit) {
            line_.too_long = true;
            line_.text = {};
        }
        if (!line_.too_long)
            line_.text.append(part);
        if (end == std::string_view::npos)
            return;
        finish_line(to);
        piece.remove_prefix(end + 1);
    }
}

void line_reader::finish_line(std::vector<text_line>& to)
{
    auto done = std::exchange(line_, {});
    line_.number = ++done.number;
    constexpr std::string_view byte_order_mark = "\xef\xbb\xbf";
    if (done.number == 1 && done.text.starts_with(byte_order_mark))
        done.text.erase(0, byte_order_mark.size());
    if (!done.text.empty() && done.text.back() == '\r')
        done.text.pop_back();
    to.push_back(std::move(done));
}

} // namespace aloft::tools
