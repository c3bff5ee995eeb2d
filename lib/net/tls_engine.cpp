#include "net/tls_engine.hpp"

#include "net/tls_failure.hpp"

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <new>
#include <utility>

namespace aloft::net {
namespace {

/// ALPN's wire form: each name behind its length (RFC 7301, 3.1).
std::vector<unsigned char> offer_of(const std::vector<std::string>& protocols)
{
    std::vector<unsigned char> wire;
    for (const std::string& name : protocols) {
        wire.push_back(static_cast<unsigned char>(name.size()));
        wire.insert(wire.end(), name.begin(), name.end());
    }
    return wire;
}

bool is_address(const std::string& host)
{
    ASN1_OCTET_STRING* bytes = a2i_IPADDRESS(host.c_str());
    ASN1_OCTET_STRING_free(bytes);
    ERR_clear_error();
    return bytes != nullptr;
}

} // namespace

tls_engine::tls_engine(std::shared_ptr<tls_context> context, std::string host) :
    context_{std::move(context)},
    host_{std::move(host)},
    ssl_{context_->new_connection(new_session)}
{
    if (ssl_ == nullptr)
        throw std::bad_alloc{};
    BIO* bio = new_tls_bio(bytes_);
    SSL_set_bio(ssl_, bio, bio);
    SSL_set_ex_data(ssl_, 0, this); // index 0 is the application's
}

tls_engine::~tls_engine()
{
    // A connection that broke off says nothing against its session, which OpenSSL would spoil.
    if (handshake_done_ && !error_)
        SSL_set_shutdown(ssl_, SSL_SENT_SHUTDOWN);
    SSL_free(ssl_);
}

std::unique_ptr<tls_engine> tls_engine::client(std::shared_ptr<tls_context> context,
                                               const std::string& host,
                                               const std::vector<std::string>& alpn)
{
    const std::string& expected = context->server_name().empty() ? host : context->server_name();
    const bool verifies = context->verifies();
    std::unique_ptr<tls_engine> made{new tls_engine{std::move(context), expected}};
    SSL* const ssl = made->ssl_;
    SSL_set_connect_state(ssl);

    std::string name = made->host_;
    if (name.ends_with('.')) // SNI and certificates name hosts without the root's dot (RFC 6066, 3)
        name.pop_back();
    if (is_address(name)) {
        X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl), name.c_str());
    } else {
        SSL_ctrl(ssl, SSL_CTRL_SET_TLSEXT_HOSTNAME, TLSEXT_NAMETYPE_host_name, name.data());
        SSL_set_hostflags(ssl, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
        SSL_set1_host(ssl, name.c_str());
    }
    if (verifies)
        SSL_set_verify(ssl, SSL_VERIFY_PEER, verified);
    if (!alpn.empty()) {
        const std::vector<unsigned char> offer = offer_of(alpn);
        SSL_set_alpn_protos(ssl, offer.data(), static_cast<unsigned int>(offer.size()));
    }
    return made;
}

std::unique_ptr<tls_engine> tls_engine::server(std::shared_ptr<tls_context> context,
                                               const std::string& peer)
{
    std::unique_ptr<tls_engine> made{new tls_engine{std::move(context), peer}};
    SSL_set_accept_state(made->ssl_);
    return made;
}

/// Notes why a chain is refused while its certificates can still be looked at.
int tls_engine::verified(int accepted, X509_STORE_CTX* verification)
{
    if (accepted != 1) {
        auto* ssl = static_cast<SSL*>(
            X509_STORE_CTX_get_ex_data(verification, SSL_get_ex_data_X509_STORE_CTX_idx()));
        auto& self = *static_cast<tls_engine*>(SSL_get_ex_data(ssl, 0));
        self.rejection_ = describe_rejection(verification, self.host_);
    }
    return accepted;
}

int tls_engine::new_session(SSL* ssl, SSL_SESSION* session)
{
    auto* self = static_cast<tls_engine*>(SSL_get_ex_data(ssl, 0));
    if (!self->captured_ || !self->pinned())
        return 0;
    self->captured_(tls_session{session, SSL_SESSION_free});
    return 1; // the reference is ours now
}

void tls_engine::resume(const tls_session& session)
{
    SSL_set_session(ssl_, session.get());
}

bool tls_engine::resumed() const noexcept
{
    return SSL_session_reused(ssl_) == 1;
}

void tls_engine::keep_input()
{
    if (bytes_.input.empty()) {
        kept_ = {};
        return;
    }
    std::vector<char> rest{bytes_.input.begin(), bytes_.input.end()};
    kept_ = std::move(rest);
    bytes_.input = kept_;
}

bool tls_engine::has_input() const noexcept
{
    return !bytes_.input.empty() || SSL_pending(ssl_) > 0;
}

// What others left in this thread's queue would be taken for ours. To look costs a third of
// clearing it.
void tls_engine::forget_errors() noexcept
{
    if (ERR_peek_error() != 0)
        ERR_clear_error();
}

tls_engine::status tls_engine::outcome(int result)
{
    switch (SSL_get_error(ssl_, result)) {
    case SSL_ERROR_NONE: return status::done;
    case SSL_ERROR_ZERO_RETURN: return status::closed;
    case SSL_ERROR_WANT_READ:
        if (!input_ended_)
            return status::want_input;
        if (handshake_done_)
            return status::truncated;
        error_ = {errc::tls_failed,
                  "TLS with " + host_ + ": the peer closed the connection during the handshake"};
        return status::failed;
    case SSL_ERROR_SYSCALL: // only tls_bio refusing output
        error_ = {errc::protocol_error,
                  "TLS with " + host_ + ": the peer demands more answers than it reads"};
        return status::failed;
    default:
        error_ = take_tls_failure(ssl_, host_, std::move(rejection_), handshake_done_);
        return status::failed;
    }
}

/// Whether the peer's key is one that the caller allows; a resumed session keeps its certificate.
bool tls_engine::pinned() const
{
    return context_->pins().empty() || context_->pins().allow(SSL_get0_peer_certificate(ssl_));
}

tls_engine::status tls_engine::handshake()
{
    forget_errors();
    const status result = outcome(SSL_do_handshake(ssl_));
    if (result == status::done && !pinned()) {
        error_ = {errc::pin_mismatch, "the key of " + host_ + " is " +
                                          tls_pins::name_of(SSL_get0_peer_certificate(ssl_))};
        return status::failed;
    }
    handshake_done_ = result == status::done;
    if (result != status::closed)
        return result;
    error_ = {errc::tls_failed, "TLS with " + host_ + ": the peer declined the handshake"};
    return status::failed;
}

tls_engine::status tls_engine::read(std::span<char> into, std::size_t& bytes)
{
    bytes = 0;
    if (error_)
        return status::failed;
    forget_errors();
    return outcome(SSL_read_ex(ssl_, into.data(), into.size(), &bytes));
}

tls_engine::status tls_engine::write(std::span<const char> plaintext, std::size_t& bytes)
{
    bytes = 0;
    if (error_)
        return status::failed;
    forget_errors();
    // With partial writes on, one call makes one record.
    status result = status::done;
    const std::size_t end = std::min(plaintext.size(), write_limit);
    while (bytes < end && result == status::done) {
        std::size_t taken = 0;
        result = outcome(SSL_write_ex(ssl_, plaintext.data() + bytes, end - bytes, &taken));
        bytes += taken;
    }
    return result;
}

void tls_engine::shutdown()
{
    if (handshake_done_ && !error_) {
        ERR_clear_error();
        SSL_shutdown(ssl_);
        ERR_clear_error();
    }
}

std::string tls_engine::description() const
{
    std::string text{SSL_get_version(ssl_)};
    text.append(", ").append(SSL_get_cipher_name(ssl_));
    if (resumed())
        text.append(", resumed");
    if (const X509* certificate = SSL_get0_peer_certificate(ssl_))
        text.append(", certificate ").append(describe_certificate(certificate));
    return text;
}

std::string_view tls_engine::alpn() const noexcept
{
    const unsigned char* name = nullptr;
    unsigned int size = 0;
    SSL_get0_alpn_selected(ssl_, &name, &size);
    return {reinterpret_cast<const char*>(name), size};
}

} // namespace aloft::net
