#include "coding/inflate_decoder.hpp"

#include <algorithm>
#include <limits>
#include <new>

namespace aloft::coding {
namespace {

constexpr int gzip_format = MAX_WBITS + 16;
constexpr int zlib_format = MAX_WBITS;
constexpr int raw_format = -MAX_WBITS;

constexpr std::size_t most = std::numeric_limits<uInt>::max();

/// RFC 1950, 2.2: method 8, and a check that makes both bytes a multiple of 31. No encoder begins a
/// bare stream with such bytes.
bool zlib_header(char first, char second) noexcept
{
    const auto method = static_cast<unsigned char>(first);
    const auto flags = static_cast<unsigned char>(second);
    return (method & 15U) == 8 && (method * 256U + flags) % 31 == 0;
}

} // namespace

inflate_decoder::inflate_decoder(format which) : format_(which)
{
    if (format_ == format::gzip)
        begin(gzip_format);
}

inflate_decoder::~inflate_decoder()
{
    if (begun_)
        inflateEnd(&zlib_);
}

void inflate_decoder::begin(int window_bits)
{
    if (inflateInit2(&zlib_, window_bits) != Z_OK)
        throw std::bad_alloc();
    begun_ = true;
}

decoder::step inflate_decoder::decode(std::string_view in, std::span<char> out, error_code& ec)
{
    step done;
    if (!begun_ && !recognise(in, done))
        return done;
    if (first_) {
        const char byte = *std::exchange(first_, std::nullopt);
        step ignored; // one byte of a head yields nothing
        inflate({&byte, 1}, out, ignored, ec);
    }
    if (!ec)
        inflate(in, out, done, ec);
    return done;
}

/// Which deflate it is; false when there is not enough to tell.
bool inflate_decoder::recognise(std::string_view& in, step& done)
{
    if (!first_ && !in.empty()) {
        first_ = in.front();
        in.remove_prefix(1);
        done.read = 1;
    }
    if (in.empty())
        return false;
    begin(zlib_header(*first_, in.front()) ? zlib_format : raw_format);
    return true;
}

void inflate_decoder::inflate(std::string_view in, std::span<char> out, step& done, error_code& ec)
{
    const auto given = static_cast<uInt>(std::min(in.size(), most));
    const auto room = static_cast<uInt>(std::min(out.size(), most));
    // zlib reads through a pointer that is not const, unless it is told.
    zlib_.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(in.data()));
    zlib_.avail_in = given;
    zlib_.next_out = reinterpret_cast<Bytef*>(out.data());
    zlib_.avail_out = room;
    do {
        if (ended_ && (zlib_.avail_in == 0 || !next_member(ec)))
            break;
        const int result = ::inflate(&zlib_, Z_SYNC_FLUSH);
        ended_ = result == Z_STREAM_END;
        if (result == Z_MEM_ERROR)
            throw std::bad_alloc();
        if (result != Z_OK && result != Z_STREAM_END && result != Z_BUF_ERROR)
            ec = errc::malformed_coding;
    } while (!ec && zlib_.avail_in != 0 && zlib_.avail_out != 0);
    done.read += given - zlib_.avail_in;
    done.written += room - zlib_.avail_out;
}

/// More bytes follow the end: another member of gzip (RFC 1952, 2.2), or something that must not be
/// there.
bool inflate_decoder::next_member(error_code& ec)
{
    if (format_ == format::gzip && inflateReset(&zlib_) == Z_OK)
        return true;
    ec = errc::malformed_coding;
    return false;
}

std::string_view inflate_decoder::reason() const noexcept
{
    if (ended_)
        return "bytes behind the end";
    return zlib_.msg != nullptr ? zlib_.msg : std::string_view();
}

} // namespace aloft::coding
