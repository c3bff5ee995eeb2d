#include "net/tls_context.hpp"
#include "net/tls_engine.hpp"
#include "support/catch.hpp"
#include "support/certificates.hpp"

#include <openssl/bio.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <optional>
#include <string>
#include <utility>

using namespace aloft;
using namespace aloft::net;
using namespace aloft::test;

namespace {

class environment_value {
public:
    environment_value(const char* name, const std::string& value) : name_(name)
    {
        if (const char* before = std::getenv(name))
            before_ = before;
        setenv(name, value.c_str(), 1);
    }
    ~environment_value() { before_ ? setenv(name_, before_->c_str(), 1) : unsetenv(name_); }
    environment_value(const environment_value&) = delete;
    environment_value& operator=(const environment_value&) = delete;

private:
    const char* name_;
    std::optional<std::string> before_;
};

/// A system's trust store: a directory of hashed names, and a file of all.
class system_store {
public:
    system_store()
    {
        std::filesystem::create_directories(folder / "certs");
        std::ofstream(file()).close();
    }
    ~system_store() { std::filesystem::remove_all(folder); }
    system_store(const system_store&) = delete;
    system_store& operator=(const system_store&) = delete;

    void add_to_directory(const certificate_authority& authority) const
    {
        BIO* const text = BIO_new_mem_buf(authority.pem().data(), -1);
        X509* const read = PEM_read_bio_X509(text, nullptr, nullptr, nullptr);
        char name[16];
        std::snprintf(name, sizeof name, "%08lx.0", X509_NAME_hash(X509_get_subject_name(read)));
        X509_free(read);
        BIO_free(text);
        std::ofstream(folder / "certs" / name) << authority.pem();
    }
    void add_to_file(const certificate_authority& authority) const
    {
        std::ofstream(file(), std::ios::app) << authority.pem();
    }
    [[nodiscard]] std::filesystem::path file() const { return folder / "all.pem"; }

    std::filesystem::path folder =
        std::filesystem::temp_directory_path() / ("aloft-trust-" + std::to_string(std::rand()));
    environment_value file_named{"SSL_CERT_FILE", file().string()};
    environment_value directory_named{"SSL_CERT_DIR", (folder / "certs").string()};
};

std::shared_ptr<tls_context> trusting_the_system()
{
    net_error error;
    auto made = tls_context::client(tls_options(), error);
    REQUIRE(made);
    return made;
}

bool trusts(const std::shared_ptr<tls_context>& who, const certificate& shown)
{
    using status = tls_engine::status;
    net_error error;
    const auto server_side =
        tls_context::server(tls_server_options().certificate_pem(shown.pem, shown.key_pem), error);
    REQUIRE(server_side);
    const auto client = tls_engine::client(who, "localhost", {"h2"});
    const auto server = tls_engine::server(server_side, "a client");
    const auto pass = [](tls_engine& from, tls_engine& to) {
        const std::string bytes = std::exchange(from.output(), {});
        to.feed(bytes);
        const auto now = to.handshake();
        to.keep_input();
        return now;
    };
    auto now = client->handshake();
    for (int turns = 0; turns != 20 && now == status::want_input; ++turns) {
        pass(*client, *server);
        now = pass(*server, *client);
    }
    return now == status::done;
}

} // namespace

TEST_CASE("an authority in the system's directory is found without reading the file of all")
{
    const system_store store;
    const certificate_authority filed("Filed Authority");
    const certificate_authority other("Other Authority");
    store.add_to_directory(filed);
    store.add_to_file(other);
    const auto client = trusting_the_system();
    CHECK(trusts(client, filed.issue()));
    std::filesystem::remove(store.file());
    CHECK(trusts(client, filed.issue()));
    CHECK_FALSE(trusts(client, other.issue()));
}

TEST_CASE("an authority that is only in the system's file is trusted, whatever the directory holds")
{
    const system_store store;
    const certificate_authority filed("Filed Authority");
    const certificate_authority other("Other Authority");
    const certificate_authority stranger("Stranger");
    const bool hashed = GENERATE(false, true);
    if (hashed)
        store.add_to_directory(filed);
    store.add_to_file(other);
    const auto client = trusting_the_system();
    CHECK(trusts(client, other.issue()));
    CHECK(trusts(client, other.issue()));
    CHECK_FALSE(trusts(client, stranger.issue()));
    CHECK(trusts(client, filed.issue()) == hashed);
}

TEST_CASE("a server may send its authority's certificate along")
{
    const system_store store;
    const certificate_authority filed("Filed Authority");
    const certificate_authority other("Other Authority");
    store.add_to_directory(filed);
    store.add_to_file(other);
    auto shown = other.issue();
    shown.pem += other.pem();
    CHECK(trusts(trusting_the_system(), shown));
}
