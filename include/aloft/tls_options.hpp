#pragma once

#include <string>
#include <utility>
#include <vector>

namespace aloft {

/// The oldest protocol version a TLS handshake may end with.
enum class tls_version {
    tls12, ///< TLS 1.2 (RFC 5246)
    tls13, ///< TLS 1.3 (RFC 8446)
};

/// How a client speaks TLS. As constructed it verifies the server's chain against the system's
/// trust store and the server's name against the certificate, accepts TLS 1.2 and newer, and shows
/// no certificate of its own.
///
/// A value: copies are independent. Files are read when a client is made, and an unreadable one is
/// reported then.
class tls_options {
public:
    /// Trusts the authorities in this PEM file instead of the system's.
    tls_options& ca_file(std::string path)
    {
        ca_file_ = std::move(path);
        return *this;
    }

    /// Trusts the authorities in this PEM text instead of the system's.
    tls_options& ca_pem(std::string text)
    {
        ca_pem_ = std::move(text);
        return *this;
    }

    /// Shows this certificate (a PEM file, leaf first, the chain after it) to servers that ask,
    /// with its PEM key.
    tls_options& certificate_file(std::string chain_path, std::string key_path)
    {
        certificate_file_ = std::move(chain_path);
        key_file_ = std::move(key_path);
        return *this;
    }

    /// As certificate_file, from PEM text.
    tls_options& certificate_pem(std::string chain, std::string key)
    {
        certificate_pem_ = std::move(chain);
        key_pem_ = std::move(key);
        return *this;
    }

    /// Asks for, and expects the certificate of, this name instead of the URL's host.
    tls_options& server_name(std::string name)
    {
        server_name_ = std::move(name);
        return *this;
    }

    /// Refuses anything older. Default: TLS 1.2.
    tls_options& minimum_version(tls_version version)
    {
        minimum_version_ = version;
        return *this;
    }

    /// Accepts only servers with this public key, beside all else that is verified: "sha256//" and
    /// the base64 of the SHA-256 of its SubjectPublicKeyInfo (RFC 7469), as curl's
    /// --pinnedpubkey. May be given several times, or as a list with ';' between: one of them must
    /// match, or the connection ends with errc::pin_mismatch.
    tls_options& pin(std::string key)
    {
        pins_.push_back(std::move(key));
        return *this;
    }

    /// Accepts any certificate from anyone, which protects from no attacker on the path. For tests.
    tls_options& insecure(bool yes)
    {
        insecure_ = yes;
        return *this;
    }

    const std::string& ca_file() const noexcept { return ca_file_; }
    const std::string& ca_pem() const noexcept { return ca_pem_; }
    const std::string& certificate_file() const noexcept { return certificate_file_; }
    const std::string& key_file() const noexcept { return key_file_; }
    const std::string& certificate_pem() const noexcept { return certificate_pem_; }
    const std::string& key_pem() const noexcept { return key_pem_; }
    const std::string& server_name() const noexcept { return server_name_; }
    tls_version minimum_version() const noexcept { return minimum_version_; }
    const std::vector<std::string>& pins() const noexcept { return pins_; }
    bool insecure() const noexcept { return insecure_; }

private:
    std::string ca_file_;
    std::string ca_pem_;
    std::string certificate_file_;
    std::string key_file_;
    std::string certificate_pem_;
    std::string key_pem_;
    std::string server_name_;
    std::vector<std::string> pins_;
    tls_version minimum_version_ = tls_version::tls12;
    bool insecure_ = false;
};

/// How a server speaks TLS: it needs a certificate and its key, and offers HTTP/2 before HTTP/1.1.
class tls_server_options {
public:
    /// The certificate (a PEM file, leaf first, the chain after it) and its PEM key.
    tls_server_options& certificate_file(std::string chain_path, std::string key_path)
    {
        certificate_file_ = std::move(chain_path);
        key_file_ = std::move(key_path);
        return *this;
    }

    /// As certificate_file, from PEM text.
    tls_server_options& certificate_pem(std::string chain, std::string key)
    {
        certificate_pem_ = std::move(chain);
        key_pem_ = std::move(key);
        return *this;
    }

    /// Demands a client certificate issued by one of the authorities in this PEM text.
    tls_server_options& client_ca_pem(std::string text)
    {
        client_ca_pem_ = std::move(text);
        return *this;
    }

    /// Refuses anything older. Default: TLS 1.2.
    tls_server_options& minimum_version(tls_version version)
    {
        minimum_version_ = version;
        return *this;
    }

    /// The protocols to choose from by ALPN, most wanted first. Default: h2, http/1.1. A client
    /// that offers none of them is refused; one without ALPN is served.
    tls_server_options& alpn(std::vector<std::string> protocols)
    {
        alpn_ = std::move(protocols);
        return *this;
    }

    const std::string& certificate_file() const noexcept { return certificate_file_; }
    const std::string& key_file() const noexcept { return key_file_; }
    const std::string& certificate_pem() const noexcept { return certificate_pem_; }
    const std::string& key_pem() const noexcept { return key_pem_; }
    const std::string& client_ca_pem() const noexcept { return client_ca_pem_; }
    tls_version minimum_version() const noexcept { return minimum_version_; }
    const std::vector<std::string>& alpn() const noexcept { return alpn_; }

private:
    std::string certificate_file_;
    std::string key_file_;
    std::string certificate_pem_;
    std::string key_pem_;
    std::string client_ca_pem_;
    tls_version minimum_version_ = tls_version::tls12;
    std::vector<std::string> alpn_{"h2", "http/1.1"};
};

} // namespace aloft
