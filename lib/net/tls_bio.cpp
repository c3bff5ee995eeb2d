#include "net/tls_bio.hpp"

#include <openssl/bio.h>

#include <algorithm>
#include <cstring>

namespace aloft::net {
namespace {

tls_bytes& bytes_of(BIO* bio)
{
    return *static_cast<tls_bytes*>(BIO_get_data(bio));
}

/// An empty input is always "not yet": the end of the stream is the engine's to report.
int read(BIO* bio, char* into, std::size_t size, std::size_t* done)
{
    std::span<const char>& input = bytes_of(bio).input;
    BIO_clear_retry_flags(bio);
    *done = std::min(size, input.size());
    if (*done == 0) {
        BIO_set_retry_read(bio);
        return 0;
    }
    std::memcpy(into, input.data(), *done);
    input = input.subspan(*done);
    return 1;
}

int write(BIO* bio, const char* from, std::size_t size, std::size_t* done)
{
    std::string& output = bytes_of(bio).output;
    BIO_clear_retry_flags(bio);
    *done = 0;
    if (output.size() + size > tls_bytes::output_limit)
        return 0;
    output.append(from, size);
    *done = size;
    return 1;
}

long control(BIO*, int command, long, void*)
{
    return command == BIO_CTRL_FLUSH ? 1 : 0;
}

const BIO_METHOD* method()
{
    static const BIO_METHOD* const made = [] {
        BIO_METHOD* fresh = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "aloft");
        BIO_meth_set_read_ex(fresh, read);
        BIO_meth_set_write_ex(fresh, write);
        BIO_meth_set_ctrl(fresh, control);
        return fresh;
    }();
    return made;
}

} // namespace

bio_st* new_tls_bio(tls_bytes& bytes)
{
    BIO* bio = BIO_new(method());
    BIO_set_data(bio, &bytes);
    BIO_set_init(bio, 1);
    return bio;
}

} // namespace aloft::net
