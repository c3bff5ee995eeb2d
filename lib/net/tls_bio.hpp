#pragma once

#include <cstddef>
#include <span>
#include <string>

struct bio_st;

namespace aloft::net {

/// Both directions of ciphertext between OpenSSL and a tls_engine. Input is borrowed from whoever
/// read it, so that OpenSSL's copy into its record buffer is the only one.
class tls_bytes {
public:
    /// Output beyond this fails the connection: only a peer that provokes answers and reads none
    /// gets there, for the engine encrypts no more than tls_engine::write_limit ahead.
    static constexpr std::size_t output_limit = 256 * 1024;

    std::span<const char> input;
    std::string output;
};

/// A BIO over `bytes`, which must outlive it.
bio_st* new_tls_bio(tls_bytes& bytes);

} // namespace aloft::net
