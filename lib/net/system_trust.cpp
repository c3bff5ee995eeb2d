#include "net/system_trust.hpp"

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <openssl/x509_vfy.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <mutex>
#include <string>
#include <system_error>

namespace aloft::net {
namespace {

const char* named_or(const char* variable, const char* otherwise) noexcept
{
    const char* named = std::getenv(variable);
    return named != nullptr ? named : otherwise;
}

// As `openssl rehash` names certificates: eight hexadecimal digits, a dot and a number.
bool is_hash(const std::string& name) noexcept
{
    constexpr std::size_t digits = 8;
    return name.size() > digits + 1 && name[digits] == '.' &&
           std::all_of(name.begin(), name.begin() + digits,
                       [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
}

bool has_hashes(const std::string& directories)
{
    std::error_code ec;
    for (std::size_t at = 0; at <= directories.size();) {
        const auto end = std::min(directories.find(':', at), directories.size());
        std::filesystem::directory_iterator entry(directories.substr(at, end - at), ec);
        for (; !ec && entry != std::filesystem::directory_iterator(); entry.increment(ec)) {
            if (is_hash(entry->path().filename().string()))
                return true;
        }
        at = end + 1;
    }
    return false;
}

// The verification that this thread is at.
thread_local X509_STORE_CTX* verification = nullptr;

int verify(X509_STORE_CTX* context, void*)
{
    verification = context;
    const int result = X509_verify_cert(context);
    verification = nullptr;
    return result;
}

// Whether the peer sent an intermediate certificate of that name: OpenSSL looks for a trusted one
// first all the same.
bool sent_by_peer(const X509_NAME* name)
{
    auto* const sent =
        verification != nullptr ? X509_STORE_CTX_get0_untrusted(verification) : nullptr;
    for (int each = 0; each < sk_X509_num(sent); ++each) {
        const X509* const one = sk_X509_value(sent, each);
        const X509_NAME* const subject = X509_get_subject_name(one);
        if (X509_NAME_cmp(subject, name) == 0)
            return X509_NAME_cmp(subject, X509_get_issuer_name(one)) != 0;
    }
    return false;
}

// Whether the file was read is kept with each store's lookup.
int begin(X509_LOOKUP* lookup)
{
    return X509_LOOKUP_set_method_data(lookup, new std::once_flag);
}

void end(X509_LOOKUP* lookup)
{
    delete static_cast<std::once_flag*>(X509_LOOKUP_get_method_data(lookup));
}

// Asked where neither the store nor the directory has a certificate of that name.
int find(X509_LOOKUP* lookup, X509_LOOKUP_TYPE type, const X509_NAME* name, X509_OBJECT* found)
{
    if (type != X509_LU_X509 || sent_by_peer(name))
        return 0;
    X509_STORE* const store = X509_LOOKUP_get_store(lookup);
    std::call_once(*static_cast<std::once_flag*>(X509_LOOKUP_get_method_data(lookup)), [store] {
        X509_STORE_load_file(
            store, named_or(X509_get_default_cert_file_env(), X509_get_default_cert_file()));
        ERR_clear_error(); // without it the certificate is of an unknown issuer
    });
    X509_STORE_lock(store);
    X509_OBJECT* const kept =
        X509_OBJECT_retrieve_by_subject(X509_STORE_get0_objects(store), type, name);
    X509* const authority = kept != nullptr ? X509_OBJECT_get0_X509(kept) : nullptr;
    const bool set = authority != nullptr && X509_OBJECT_set1_X509(found, authority) == 1;
    if (set)
        X509_free(authority); // whoever asked takes a reference of its own
    X509_STORE_unlock(store);
    return set ? 1 : 0;
}

X509_LOOKUP_METHOD* late_file()
{
    static X509_LOOKUP_METHOD* const method = [] {
        X509_LOOKUP_METHOD* const made = X509_LOOKUP_meth_new("the system's authorities");
        if (made != nullptr) {
            X509_LOOKUP_meth_set_new_item(made, begin);
            X509_LOOKUP_meth_set_free(made, end);
            X509_LOOKUP_meth_set_get_by_subject(made, find);
        }
        return made;
    }();
    return method;
}

} // namespace

void trust_system(ssl_ctx_st* context)
{
    SSL_CTX_set_default_verify_dir(context);
    X509_LOOKUP_METHOD* const late =
        has_hashes(named_or(X509_get_default_cert_dir_env(), X509_get_default_cert_dir()))
            ? late_file()
            : nullptr;
    if (late == nullptr) {
        SSL_CTX_set_default_verify_file(context);
        return;
    }
    X509_STORE_add_lookup(SSL_CTX_get_cert_store(context), late);
    SSL_CTX_set_cert_verify_callback(context, verify, nullptr);
}

} // namespace aloft::net
