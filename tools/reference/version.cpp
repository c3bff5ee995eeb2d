#include "reference/version.hpp"

#include <CLI/Version.hpp>
#include <ares.h>
#include <boost/version.hpp>
#include <fmt/core.h>
#include <nghttp2/nghttp2.h>
#include <openssl/crypto.h>
#include <simdjson.h>

#include <toml++/impl/version.h>

namespace aloft::tools {

std::string version_text()
{
    return fmt::format("aloft {}\n"
                       "nghttp2 {}, {}, Boost {}.{}.{}, simdjson {}, c-ares {}, "
                       "fmt {}.{}.{}, CLI11 {}, toml++ {}.{}.{}",
                       ALOFT_VERSION, nghttp2_version(0)->version_str,
                       OpenSSL_version(OPENSSL_VERSION), BOOST_VERSION / 100000,
                       BOOST_VERSION / 100 % 1000, BOOST_VERSION % 100,
                       SIMDJSON_STRINGIFY(SIMDJSON_VERSION), ares_version(nullptr),
                       FMT_VERSION / 10000, FMT_VERSION / 100 % 100, FMT_VERSION % 100,
                       CLI11_VERSION, TOML_LIB_MAJOR, TOML_LIB_MINOR, TOML_LIB_PATCH);
}

} // namespace aloft::tools
