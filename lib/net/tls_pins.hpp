#pragma once

#include "net/net_error.hpp"

#include <array>
#include <string>
#include <vector>

struct x509_st;

namespace aloft::net {

/// Public keys that a server must have one of, by the SHA-256 of their SubjectPublicKeyInfo (RFC
/// 7469, 2.4).
class tls_pins {
public:
    /// Adds the pins of "sha256//BASE64" or a list of such with ';' between. False, with `error`
    /// saying why, for anything else.
    bool add(const std::string& text, net_error& error);

    bool empty() const noexcept { return hashes_.empty(); }
    bool allow(const x509_st* certificate) const;
    /// A certificate's key as a pin would name it.
    static std::string name_of(const x509_st* certificate);

private:
    using hash = std::array<unsigned char, 32>;

    static bool hash_of(const x509_st* certificate, hash& into);

    std::vector<hash> hashes_;
};

} // namespace aloft::net
