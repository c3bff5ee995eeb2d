#include "support/certificates.hpp"

#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <stdexcept>

namespace aloft::test {
namespace {

void require(bool worked)
{
    if (!worked)
        throw std::runtime_error{"cannot make a test certificate"};
}

std::string text_of(BIO* bio)
{
    char* data = nullptr;
    const long size = BIO_ctrl(bio, BIO_CTRL_INFO, 0, &data);
    std::string text{data, static_cast<std::size_t>(size)};
    BIO_free(bio);
    return text;
}

std::string to_pem(X509* certificate)
{
    BIO* bio = BIO_new(BIO_s_mem());
    require(PEM_write_bio_X509(bio, certificate) == 1);
    return text_of(bio);
}

std::string to_pem(EVP_PKEY* key)
{
    BIO* bio = BIO_new(BIO_s_mem());
    require(PEM_write_bio_PrivateKey(bio, key, nullptr, nullptr, 0, nullptr, nullptr) == 1);
    return text_of(bio);
}

EVP_PKEY* new_key()
{
    EVP_PKEY* key = EVP_PKEY_Q_keygen(nullptr, nullptr, "EC", "P-256");
    require(key != nullptr);
    return key;
}

void add_extension(X509* certificate, int nid, const std::string& value)
{
    X509V3_CTX context;
    X509V3_set_ctx(&context, certificate, certificate, nullptr, nullptr, 0);
    X509_EXTENSION* extension = X509V3_EXT_conf_nid(nullptr, &context, nid, value.c_str());
    require(extension != nullptr && X509_add_ext(certificate, extension, -1) == 1);
    X509_EXTENSION_free(extension);
}

X509* new_certificate(EVP_PKEY* key, const std::string& common_name, int from_days, int to_days)
{
    static long serial = 0;
    X509* made = X509_new();
    require(made != nullptr && X509_set_version(made, 2) == 1);
    ASN1_INTEGER_set(X509_get_serialNumber(made), ++serial);
    X509_gmtime_adj(X509_getm_notBefore(made), from_days * 86'400L);
    X509_gmtime_adj(X509_getm_notAfter(made), to_days * 86'400L);
    X509_set_pubkey(made, key);
    X509_NAME* subject = X509_get_subject_name(made);
    X509_NAME_add_entry_by_NID(subject, NID_commonName, MBSTRING_UTF8,
                               reinterpret_cast<const unsigned char*>(common_name.data()),
                               static_cast<int>(common_name.size()), -1, 0);
    return made;
}

certificate make(const certificate_terms& terms, EVP_PKEY* issuer_key, X509* issuer)
{
    EVP_PKEY* key = new_key();
    const std::string name = terms.names.empty() ? "nobody" : terms.names.front();
    X509* made = new_certificate(key, name, terms.valid_from_days, terms.valid_to_days);
    X509_set_issuer_name(made, X509_get_subject_name(issuer != nullptr ? issuer : made));

    std::string alternatives;
    for (const std::string& dns : terms.names)
        alternatives.append(alternatives.empty() ? "" : ",").append("DNS:").append(dns);
    for (const std::string& ip : terms.addresses)
        alternatives.append(alternatives.empty() ? "" : ",").append("IP:").append(ip);
    if (!alternatives.empty())
        add_extension(made, NID_subject_alt_name, alternatives);

    require(X509_sign(made, issuer_key != nullptr ? issuer_key : key, EVP_sha256()) > 0);
    certificate result{to_pem(made), to_pem(key)};
    X509_free(made);
    EVP_PKEY_free(key);
    return result;
}

} // namespace

certificate_authority::certificate_authority(const std::string& common_name) :
    key_{new_key()}, certificate_{new_certificate(key_, common_name, -3650, 3650)}
{
    X509_set_issuer_name(certificate_, X509_get_subject_name(certificate_));
    add_extension(certificate_, NID_basic_constraints, "critical,CA:TRUE");
    require(X509_sign(certificate_, key_, EVP_sha256()) > 0);
    pem_ = to_pem(certificate_);
}

certificate_authority::~certificate_authority()
{
    X509_free(certificate_);
    EVP_PKEY_free(key_);
}

certificate certificate_authority::issue(const certificate_terms& terms) const
{
    return make(terms, key_, certificate_);
}

certificate self_signed(const certificate_terms& terms)
{
    return make(terms, nullptr, nullptr);
}

} // namespace aloft::test
