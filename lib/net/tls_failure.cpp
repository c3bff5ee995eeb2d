#include "net/tls_failure.hpp"

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <openssl/x509_vfy.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <arpa/inet.h>
#include <ctime>
#include <memory>

namespace aloft::net {
namespace {

std::string date(const ASN1_TIME* when)
{
    std::tm broken_down{};
    if (when == nullptr || ASN1_TIME_to_tm(when, &broken_down) != 1)
        return "an unreadable date";
    char text[32];
    return {text, std::strftime(text, sizeof text, "%Y-%m-%d", &broken_down)};
}

/// A certificate's text is its maker's: it must not write control characters, or at length, into
/// logs.
std::string printable(std::string_view text)
{
    constexpr std::size_t longest = 253; // of a host name (RFC 1035, 2.3.4)
    std::string shown{text.substr(0, longest)};
    std::ranges::replace_if(shown, [](char c) { return c < ' ' || c > '~'; }, '?');
    return shown;
}

std::string common_name(const X509_NAME* name)
{
    char text[256];
    const int size = X509_NAME_get_text_by_NID(name, NID_commonName, text, sizeof text);
    return size > 0 ? printable({text, static_cast<std::size_t>(size)}) : "no name";
}

std::string address(const ASN1_STRING* bytes)
{
    char text[INET6_ADDRSTRLEN];
    const int family = ASN1_STRING_length(bytes) == 4 ? AF_INET : AF_INET6;
    const bool sound = ASN1_STRING_length(bytes) == 4 || ASN1_STRING_length(bytes) == 16;
    if (!sound || ::inet_ntop(family, ASN1_STRING_get0_data(bytes), text, sizeof text) == nullptr)
        return "an unreadable address";
    return text;
}

/// The names a certificate is for, a few of them, or its common name where it has none.
std::string names(const X509* certificate)
{
    const std::unique_ptr<GENERAL_NAMES, decltype(&GENERAL_NAMES_free)> list{
        static_cast<GENERAL_NAMES*>(
            X509_get_ext_d2i(certificate, NID_subject_alt_name, nullptr, nullptr)),
        GENERAL_NAMES_free};
    constexpr int shown = 4;
    std::string text;
    const int count = list ? sk_GENERAL_NAME_num(list.get()) : 0;
    for (int i = 0; i < count && i < shown; ++i) {
        int kind = 0;
        void* value = GENERAL_NAME_get0_value(sk_GENERAL_NAME_value(list.get(), i), &kind);
        if (kind != GEN_DNS && kind != GEN_IPADD)
            continue;
        const auto* string = static_cast<const ASN1_STRING*>(value);
        text.append(text.empty() ? "" : ", ");
        if (kind == GEN_IPADD)
            text.append(address(string));
        else
            text.append(printable({reinterpret_cast<const char*>(ASN1_STRING_get0_data(string)),
                                   static_cast<std::size_t>(ASN1_STRING_length(string))}));
    }
    if (count > shown)
        text.append(", ...");
    return text.empty() ? common_name(X509_get_subject_name(certificate)) : text;
}

std::string reason(X509_STORE_CTX* verification, std::string_view host)
{
    const int code = X509_STORE_CTX_get_error(verification);
    const X509* certificate = X509_STORE_CTX_get_current_cert(verification);
    if (certificate == nullptr)
        return X509_verify_cert_error_string(code);

    switch (code) {
    case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT: return "self-signed certificate";
    case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
        return "unknown issuer \"" + common_name(X509_get_subject_name(certificate)) + "\"";
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
    case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
        return "unknown issuer \"" + common_name(X509_get_issuer_name(certificate)) + "\"";
    case X509_V_ERR_CERT_HAS_EXPIRED: return "expired on " + date(X509_get0_notAfter(certificate));
    case X509_V_ERR_CERT_NOT_YET_VALID:
        return "not valid before " + date(X509_get0_notBefore(certificate));
    case X509_V_ERR_HOSTNAME_MISMATCH:
    case X509_V_ERR_IP_ADDRESS_MISMATCH:
        return std::string{"it is for "}
            .append(names(certificate))
            .append(" and not for ")
            .append(host);
    default: return X509_verify_cert_error_string(code);
    }
}

std::string describe(unsigned long error, const SSL* ssl, std::string_view host)
{
    std::string text{"TLS with "};
    text.append(host).append(": ");
    switch (ERR_GET_REASON(error)) {
    case SSL_R_TLSV1_ALERT_PROTOCOL_VERSION:
    case SSL_R_UNSUPPORTED_PROTOCOL:
    case SSL_R_WRONG_SSL_VERSION:
    case SSL_R_NO_PROTOCOLS_AVAILABLE:
    case SSL_R_VERSION_TOO_LOW:
        return text.append("the peer's protocol is too old; this side speaks ")
            .append(SSL_get_min_proto_version(const_cast<SSL*>(ssl)) == TLS1_3_VERSION
                        ? "TLS 1.3"
                        : "TLS 1.2 and newer");
    case SSL_R_WRONG_VERSION_NUMBER:
    case SSL_R_HTTP_REQUEST:
    case SSL_R_HTTPS_PROXY_REQUEST: return text.append("the peer does not speak TLS");
    case SSL_R_TLSV1_ALERT_NO_APPLICATION_PROTOCOL:
    case SSL_R_NO_APPLICATION_PROTOCOL: return text.append("no application protocol in common");
    default: break;
    }
    const char* words = ERR_reason_error_string(error);
    return text.append(words != nullptr ? words : "failed");
}

/// OpenSSL reports an alert of the peer as 1000 plus the alert's number (RFC 8446, 6).
bool is_alert(unsigned long error)
{
    return ERR_GET_LIB(error) == ERR_LIB_SSL && ERR_GET_REASON(error) >= SSL_AD_REASON_OFFSET;
}

} // namespace

std::string describe_certificate(const X509* certificate)
{
    return "for " + names(certificate) + " by " + common_name(X509_get_issuer_name(certificate)) +
           " until " + date(X509_get0_notAfter(certificate));
}

std::string describe_rejection(X509_STORE_CTX* verification, std::string_view host)
{
    return std::string{"certificate of "}.append(host).append(": ").append(
        reason(verification, host));
}

net_error take_tls_failure(const SSL* ssl, std::string_view host, std::string rejection,
                           bool handshake_done)
{
    const unsigned long error =
        ERR_peek_last_error(); // the first may be of the cryptography beneath
    if (!rejection.empty()) {
        ERR_clear_error();
        return {errc::certificate_rejected, std::move(rejection)};
    }
    net_error failure{errc::tls_failed, describe(error, ssl, host)};
    switch (ERR_GET_REASON(error)) {
    case SSL_R_CERTIFICATE_VERIFY_FAILED: failure.code = errc::certificate_rejected; break;
    case SSL_R_TLSV1_ALERT_NO_APPLICATION_PROTOCOL:
    case SSL_R_NO_APPLICATION_PROTOCOL: failure.code = errc::no_common_protocol; break;
    default:
        if (handshake_done && !is_alert(error))
            failure.code = errc::protocol_error;
    }
    ERR_clear_error();
    return failure;
}

} // namespace aloft::net
