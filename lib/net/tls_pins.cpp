#include "net/tls_pins.hpp"

#include <openssl/evp.h>
#include <openssl/sha.h>
#include <openssl/x509.h>

#include <algorithm>
#include <memory>
#include <string_view>

namespace aloft::net {
namespace {

constexpr std::string_view prefix = "sha256//";
constexpr std::size_t encoded_size = 44; // of 32 bytes in base64, one of them padding

} // namespace

bool tls_pins::add(const std::string& text, net_error& error)
{
    for (std::string_view rest = text; !rest.empty();) {
        const std::string_view one = rest.substr(0, rest.find(';'));
        rest.remove_prefix(std::min(one.size() + 1, rest.size()));
        std::array<unsigned char, 33> decoded{}; // EVP_DecodeBlock decodes padding too
        const std::string encoded{one.substr(std::min(prefix.size(), one.size()))};
        const bool sound =
            one.starts_with(prefix) && encoded.size() == encoded_size && encoded.ends_with('=') &&
            EVP_DecodeBlock(decoded.data(), reinterpret_cast<const unsigned char*>(encoded.data()),
                            encoded_size) == static_cast<int>(decoded.size());
        if (!sound) {
            error = {errc::tls_failed, "\"" + std::string{one} +
                                           "\" is no pin; it should be sha256// and the base64 of "
                                           "a public key's SHA-256"};
            return false;
        }
        std::copy_n(decoded.begin(), hash{}.size(), hashes_.emplace_back().begin());
    }
    return true;
}

bool tls_pins::hash_of(const X509* certificate, hash& into)
{
    unsigned char* key = nullptr;
    const int size =
        certificate != nullptr ? i2d_X509_PUBKEY(X509_get_X509_PUBKEY(certificate), &key) : -1;
    if (size <= 0)
        return false;
    SHA256(key, static_cast<std::size_t>(size), into.data());
    OPENSSL_free(key);
    return true;
}

bool tls_pins::allow(const X509* certificate) const
{
    hash of{};
    return hash_of(certificate, of) && std::ranges::find(hashes_, of) != hashes_.end();
}

std::string tls_pins::name_of(const X509* certificate)
{
    hash of{};
    if (!hash_of(certificate, of))
        return "unreadable";
    std::array<unsigned char, encoded_size + 1> text{};
    EVP_EncodeBlock(text.data(), of.data(), static_cast<int>(of.size()));
    return std::string{prefix}.append(reinterpret_cast<const char*>(text.data()), encoded_size);
}

} // namespace aloft::net
