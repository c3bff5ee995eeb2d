#include "net/tls_context.hpp"

#include "net/system_trust.hpp"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>

#include <string_view>
#include <system_error>

namespace aloft::net {
namespace {

template <auto Free>
struct deleter {
    template <class T>
    void operator()(T* object) const noexcept
    {
        Free(object);
    }
};

using bio_ptr = std::unique_ptr<BIO, deleter<BIO_free>>;
using certificate_ptr = std::unique_ptr<X509, deleter<X509_free>>;
using key_ptr = std::unique_ptr<EVP_PKEY, deleter<EVP_PKEY_free>>;

bool fail(net_error& error, std::string what)
{
    // The first one is the cause; those behind it say who else was told.
    const unsigned long reason = ERR_peek_error();
    error.code = errc::tls_failed;
    error.detail = std::move(what);
    if (ERR_SYSTEM_ERROR(reason))
        error.detail.append(": ").append(std::generic_category().message(ERR_GET_REASON(reason)));
    else if (const char* text = reason != 0 ? ERR_reason_error_string(reason) : nullptr)
        error.detail.append(": ").append(text);
    ERR_clear_error();
    return false;
}

bio_ptr text_source(std::string_view text)
{
    return bio_ptr{BIO_new_mem_buf(text.data(), static_cast<int>(text.size()))};
}

/// Adds every certificate of a PEM text to a trust store.
bool trust_pem(SSL_CTX* context, std::string_view text, net_error& error)
{
    const bio_ptr source = text_source(text);
    std::size_t count = 0;
    while (certificate_ptr authority{PEM_read_bio_X509(source.get(), nullptr, nullptr, nullptr)}) {
        if (X509_STORE_add_cert(SSL_CTX_get_cert_store(context), authority.get()) != 1)
            return fail(error, "cannot trust a certificate of the given PEM text");
        ++count;
    }
    if (count == 0)
        return fail(error, "no authority's certificate in the given PEM text");
    ERR_clear_error(); // the end of the text is an error of its own
    return true;
}

bool use_certificate_pem(SSL_CTX* context, std::string_view chain, std::string_view key,
                         net_error& error)
{
    const bio_ptr source = text_source(chain);
    const certificate_ptr leaf{PEM_read_bio_X509(source.get(), nullptr, nullptr, nullptr)};
    if (!leaf || SSL_CTX_use_certificate(context, leaf.get()) != 1)
        return fail(error, "cannot use the given certificate");
    while (certificate_ptr link{PEM_read_bio_X509(source.get(), nullptr, nullptr, nullptr)})
        if (SSL_CTX_add1_chain_cert(context, link.get()) != 1)
            return fail(error, "cannot use the given certificate's chain");
    ERR_clear_error();

    const bio_ptr key_source = text_source(key);
    const key_ptr secret{PEM_read_bio_PrivateKey(key_source.get(), nullptr, nullptr, nullptr)};
    if (!secret || SSL_CTX_use_PrivateKey(context, secret.get()) != 1)
        return fail(error, "cannot use the given private key");
    return true;
}

/// The options of both roles carry a certificate in the same four strings.
template <class Options>
bool use_certificate(SSL_CTX* context, const Options& options, net_error& error)
{
    if (!options.certificate_pem().empty())
        return use_certificate_pem(context, options.certificate_pem(), options.key_pem(), error);
    if (options.certificate_file().empty())
        return true;
    if (SSL_CTX_use_certificate_chain_file(context, options.certificate_file().c_str()) != 1)
        return fail(error, "cannot use the certificate in " + options.certificate_file());
    if (SSL_CTX_use_PrivateKey_file(context, options.key_file().c_str(), SSL_FILETYPE_PEM) != 1)
        return fail(error, "cannot use the private key in " + options.key_file());
    return true;
}

int native(tls_version version)
{
    return version == tls_version::tls13 ? TLS1_3_VERSION : TLS1_2_VERSION;
}

/// ALPN (RFC 7301): the server's preference decides.
int choose_protocol(SSL*, const unsigned char** chosen, unsigned char* chosen_size,
                    const unsigned char* offered, unsigned int offered_size, void* self)
{
    for (const std::string& wanted : static_cast<const tls_context*>(self)->alpn()) {
        for (unsigned int at = 0; at < offered_size; at += offered[at] + 1u) {
            const std::string_view name{reinterpret_cast<const char*>(offered + at + 1),
                                        offered[at]};
            if (name == wanted) {
                *chosen = offered + at + 1;
                *chosen_size = offered[at];
                return SSL_TLSEXT_ERR_OK;
            }
        }
    }
    return SSL_TLSEXT_ERR_ALERT_FATAL;
}

} // namespace

tls_context::tls_context(bool server, net_error& error) :
    context_{SSL_CTX_new(server ? TLS_server_method() : TLS_client_method())}, server_{server}
{
    if (context_ == nullptr) {
        fail(error, "cannot set up TLS");
        return;
    }
    // Idle connections keep no record buffers (34 KB each); our output buffer may move between
    // writes.
    SSL_CTX_set_mode(context_, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE |
                                   SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
    SSL_CTX_set_options(context_, SSL_OP_NO_COMPRESSION | SSL_OP_NO_RENEGOTIATION);
    SSL_CTX_set_session_cache_mode(context_,
                                   SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL_STORE);
}

tls_context::~tls_context()
{
    SSL_CTX_free(context_);
}

std::shared_ptr<tls_context> tls_context::client(const tls_options& options, net_error& error)
{
    const std::shared_ptr<tls_context> made{new tls_context{false, error}};
    SSL_CTX* const context = made->context_;
    if (context == nullptr || !use_certificate(context, options, error))
        return nullptr;
    SSL_CTX_set_min_proto_version(context, native(options.minimum_version()));
    made->server_name_ = options.server_name();
    for (const std::string& pin : options.pins())
        if (!made->pins_.add(pin, error))
            return nullptr;
    if (options.insecure())
        return made;

    made->verify_ = true;
    if (!options.ca_pem().empty() && !trust_pem(context, options.ca_pem(), error))
        return nullptr;
    if (!options.ca_file().empty() &&
        SSL_CTX_load_verify_file(context, options.ca_file().c_str()) != 1) {
        fail(error, "cannot read the authorities in " + options.ca_file());
        return nullptr;
    }
    made->system_store_ = options.ca_pem().empty() && options.ca_file().empty();
    return made;
}

std::shared_ptr<tls_context> tls_context::server(const tls_server_options& options,
                                                 net_error& error)
{
    if (options.certificate_pem().empty() && options.certificate_file().empty()) {
        error = {errc::tls_failed, "a TLS server needs a certificate"};
        return nullptr;
    }
    const std::shared_ptr<tls_context> made{new tls_context{true, error}};
    SSL_CTX* const context = made->context_;
    if (context == nullptr || !use_certificate(context, options, error))
        return nullptr;
    SSL_CTX_set_min_proto_version(context, native(options.minimum_version()));
    made->alpn_ = options.alpn();
    SSL_CTX_set_alpn_select_cb(context, choose_protocol, made.get());

    static constexpr unsigned char name[] =
        "aloft"; // resumption needs one where clients are verified
    SSL_CTX_set_session_id_context(context, name, sizeof name - 1);
    if (!options.client_ca_pem().empty()) {
        if (!trust_pem(context, options.client_ca_pem(), error))
            return nullptr;
        SSL_CTX_set_verify(context, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, nullptr);
    }
    return made;
}

ssl_st* tls_context::new_connection(session_handler on_session)
{
    std::call_once(prepared_, [&] {
        SSL_CTX_sess_set_new_cb(context_, on_session);
        if (system_store_)
            trust_system(context_);
        ERR_clear_error(); // without a store every certificate is of an unknown issuer
    });
    return SSL_new(context_);
}

} // namespace aloft::net
