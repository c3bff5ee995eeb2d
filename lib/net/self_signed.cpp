#include "net/self_signed.hpp"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509v3.h>

#include <memory>

namespace aloft::net {
namespace {

template <auto release>
struct releaser {
    template <typename T>
    void operator()(T* object) const
    {
        release(object);
    }
};
using key_ptr = std::unique_ptr<EVP_PKEY, releaser<EVP_PKEY_free>>;
using certificate_ptr = std::unique_ptr<X509, releaser<X509_free>>;
using bio_ptr = std::unique_ptr<BIO, releaser<BIO_free_all>>;
using extension_ptr = std::unique_ptr<X509_EXTENSION, releaser<X509_EXTENSION_free>>;

constexpr long day = 86'400;

std::string text_of(const bio_ptr& bio)
{
    char* data = nullptr;
    const long size = BIO_ctrl(bio.get(), BIO_CTRL_INFO, 0, &data);
    return {data, static_cast<std::size_t>(size)};
}

bool add_extension(X509* to, int which, const std::string& value)
{
    X509V3_CTX context;
    X509V3_set_ctx(&context, to, to, nullptr, nullptr, 0);
    const extension_ptr made(X509V3_EXT_conf_nid(nullptr, &context, which, value.c_str()));
    return made && X509_add_ext(to, made.get(), -1) == 1;
}

bool name_it(X509* made, const std::string& common_name)
{
    X509_NAME* name = X509_get_subject_name(made);
    return X509_NAME_add_entry_by_NID(name, NID_commonName, MBSTRING_UTF8,
                                      reinterpret_cast<const unsigned char*>(common_name.data()),
                                      static_cast<int>(common_name.size()), -1, 0) == 1 &&
           X509_set_issuer_name(made, name) == 1;
}

// A client keeps certificates apart by issuer and serial number.
bool number_it(X509* made)
{
    std::uint64_t serial = 0;
    return RAND_bytes(reinterpret_cast<unsigned char*>(&serial), sizeof serial) == 1 &&
           ASN1_INTEGER_set_uint64(X509_get_serialNumber(made), serial >> 1) == 1;
}

bool fill(X509* made, EVP_PKEY* key, const std::string& common_name,
          const std::string& alternatives)
{
    return X509_set_version(made, 2) == 1 && number_it(made) &&
           X509_gmtime_adj(X509_getm_notBefore(made), -day) != nullptr &&
           X509_gmtime_adj(X509_getm_notAfter(made), 30 * day) != nullptr &&
           X509_set_pubkey(made, key) == 1 && name_it(made, common_name) &&
           add_extension(made, NID_subject_alt_name, alternatives) &&
           X509_sign(made, key, EVP_sha256()) > 0;
}

} // namespace

certificate_pair make_self_signed(const std::vector<std::string>& names,
                                  const std::vector<std::string>& addresses, net_error& error)
{
    std::string alternatives;
    for (const auto& dns : names)
        alternatives.append(alternatives.empty() ? "" : ",").append("DNS:").append(dns);
    for (const auto& ip : addresses)
        alternatives.append(alternatives.empty() ? "" : ",").append("IP:").append(ip);

    const key_ptr key(EVP_PKEY_Q_keygen(nullptr, nullptr, "EC", "P-256"));
    const certificate_ptr made(X509_new());
    const bio_ptr certificate(BIO_new(BIO_s_mem()));
    const bio_ptr secret(BIO_new(BIO_s_mem()));
    const bool good =
        key && made && certificate && secret &&
        fill(made.get(), key.get(), names.empty() ? "nobody" : names.front(), alternatives) &&
        PEM_write_bio_X509(certificate.get(), made.get()) == 1 &&
        PEM_write_bio_PrivateKey(secret.get(), key.get(), nullptr, nullptr, 0, nullptr, nullptr) ==
            1;
    if (!good) {
        ERR_clear_error();
        error = {errc::tls_failed, "cannot make a certificate"};
        return {};
    }
    return {text_of(certificate), text_of(secret)};
}

} // namespace aloft::net
