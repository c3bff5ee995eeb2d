#include "connection.hpp"

#include <openssl/err.h>

#include <array>
#include <cerrno>
#include <unistd.h>

namespace bench {

namespace {

constexpr std::size_t most_buffered = std::size_t{128} * 1024;

/// Of a read or write that moved nothing.
constexpr long would_block = -1;
constexpr long broken = -2;

} // namespace

connection::connection(loop& where, int descriptor, SSL* tls, bool http2) :
    where_(where), descriptor_(descriptor), tls_(tls)
{
    if (tls == nullptr)
        spoken_ = http2 ? speak_http2(*this) : speak_http1(*this);
}

connection::~connection()
{
    close();
}

void connection::close()
{
    if (closed_)
        return;
    closed_ = true;
    spoken_.reset();
    SSL_free(tls_);
    ::close(descriptor_);
}

bool connection::shake_hands()
{
    const int done = SSL_accept(tls_);
    if (done <= 0) {
        const bool goes_on = SSL_get_error(tls_, done) == SSL_ERROR_WANT_READ;
        ERR_clear_error();
        if (!goes_on)
            close();
        return false;
    }
    const unsigned char* name = nullptr;
    unsigned length = 0;
    SSL_get0_alpn_selected(tls_, &name, &length);
    spoken_ = length == 2 ? speak_http2(*this) : speak_http1(*this);
    where_.flush_later(*this);
    return true;
}

long connection::read_some(std::uint8_t* into, std::size_t size)
{
    if (tls_ == nullptr) {
        const auto got = ::read(descriptor_, into, size);
        return got > 0 ? got : got < 0 && errno == EAGAIN ? would_block : broken;
    }
    const int got = SSL_read(tls_, into, static_cast<int>(size));
    if (got > 0)
        return got;
    const bool goes_on = SSL_get_error(tls_, got) == SSL_ERROR_WANT_READ;
    ERR_clear_error();
    return goes_on ? would_block : broken;
}

void connection::on_readable()
{
    if (!spoken_ && !shake_hands())
        return;
    static std::array<std::uint8_t, std::size_t{256} * 1024> memory;
    while (!closed_) {
        const long got = read_some(memory.data(), memory.size());
        if (got == would_block)
            return;
        const auto size = static_cast<std::size_t>(got);
        if (got == broken || !spoken_->received({reinterpret_cast<char*>(memory.data()), size})) {
            close();
            return;
        }
        where_.flush_later(*this);
        if (tls_ == nullptr && size < memory.size())
            return;
    }
}

long connection::write_some()
{
    const auto* from = out_.data() + written_;
    const std::size_t size = out_.size() - written_;
    if (tls_ == nullptr) {
        const auto put = ::write(descriptor_, from, size);
        return put >= 0 ? put : errno == EAGAIN ? would_block : broken;
    }
    constexpr std::size_t record = 16384;
    const int put = SSL_write(tls_, from, static_cast<int>(size < record ? size : record));
    if (put > 0)
        return put;
    const int why = SSL_get_error(tls_, put);
    ERR_clear_error();
    return why == SSL_ERROR_WANT_WRITE || why == SSL_ERROR_WANT_READ ? would_block : broken;
}

void connection::want_writable(bool wanted)
{
    if (waits_for_writable_ != wanted)
        where_.wait_for(*this, wanted);
    waits_for_writable_ = wanted;
}

void connection::flush()
{
    while (!closed_ && spoken_) {
        if (written_ == out_.size()) {
            out_.clear();
            written_ = 0;
        }
        if (out_.size() < most_buffered && !spoken_->produce(out_, most_buffered - out_.size())) {
            close();
            return;
        }
        if (out_.empty()) {
            want_writable(false);
            return;
        }
        const long put = write_some();
        if (put == would_block) {
            want_writable(true);
            return;
        }
        if (put == broken)
            close();
        else
            written_ += static_cast<std::size_t>(put);
    }
}

void connection::event_due(stream& which)
{
    spoken_->event_due(which);
    where_.flush_later(*this);
}

void abandon(stream* which)
{
    if (which->timed)
        which->abandoned = true;
    else
        delete which;
}

} // namespace bench
