#pragma once

#include <memory>
#include <string>
#include <vector>

struct evp_pkey_st;
struct x509_st;

namespace aloft::test {

/// A certificate and its private key, as PEM text.
struct certificate {
    std::string pem;
    std::string key_pem;
};

/// What a test certificate says. Days count from now.
struct certificate_terms {
    std::vector<std::string> names{"localhost"};
    std::vector<std::string> addresses{"127.0.0.1", "::1"};
    int valid_from_days = -1;
    int valid_to_days = 30;
};

/// An authority made for one test, in memory.
class certificate_authority {
public:
    explicit certificate_authority(const std::string& common_name = "Test Authority");
    ~certificate_authority();

    const std::string& pem() const noexcept { return pem_; }
    certificate issue(const certificate_terms& terms = {}) const;

private:
    evp_pkey_st* key_;
    x509_st* certificate_;
    std::string pem_;
};

certificate self_signed(const certificate_terms& terms = {});

} // namespace aloft::test
