#pragma once

#include <boost/iostreams/filtering_streambuf.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace aloft::tools {

/// A line of a text file, without its end.
class text_line {
public:
    std::uint64_t number = 0; ///< from 1
    std::string text;
    bool too_long = false; ///< the text was left out: it is longer than the limit
};

/// Reads a file, standard input or a pipe line by line; gzip and zstd are recognised by their first
/// bytes. Holds one chunk and one line. It blocks: use it on a thread that may. cancel() is for
/// any thread.
class line_reader {
public:
    /// Longest line, bytes.
    static constexpr std::size_t line_limit = std::size_t{64} << 20;

    /// `path` "-" is standard input. `problem` says why it cannot be read.
    line_reader(const std::string& path, std::string& problem);
    ~line_reader();
    line_reader(const line_reader&) = delete;
    line_reader& operator=(const line_reader&) = delete;

    /// The lines that are there, at least one, reading on where none is; none at the end, after an
    /// error (`problem` says which), and once cancelled.
    std::vector<text_line> next(std::string& problem);
    /// Ends a read that waits, and every later one.
    void cancel() noexcept;
    /// How far a file was read, 0 to 1; nothing where its size is not known.
    [[nodiscard]] std::optional<double> fraction() const noexcept;
    /// True for a file that may be read once more from its beginning.
    [[nodiscard]] bool repeatable() const noexcept { return size_ != 0; }

private:
    class source;
    class device;

    void decompress();
    void take(std::string_view piece, std::vector<text_line>& to);
    void finish_line(std::vector<text_line>& to);

    std::shared_ptr<source> source_;
    boost::iostreams::filtering_streambuf<boost::iostreams::input> in_;
    std::string chunk_;
    text_line line_;
    std::uint64_t size_ = 0;
    bool ended_ = false;
};

} // namespace aloft::tools
