#include "support/catch.hpp"

#include <aloft/url.hpp>

#include <string>
#include <string_view>
#include <utility>

using namespace aloft;

namespace {

url parsed(std::string_view text)
{
    error_code ec;
    auto result = url::parse(text, ec);
    INFO(text);
    REQUIRE_FALSE(ec);
    return result;
}

std::string resolved(std::string_view base, std::string_view reference)
{
    error_code ec;
    const auto result = parsed(base).resolve(reference, ec);
    return ec ? ec.message() : result.text();
}

} // namespace

TEST_CASE("a URL is taken apart into origin and target")
{
    const auto plain = parsed("HTTP://Example.COM");
    CHECK(plain.origin() == origin(false, "example.com", 80));
    CHECK(plain.target() == "/");
    CHECK(parsed("https://h:443/a?b").origin() == parsed("https://h").origin());
    CHECK(parsed("https://[::1]:8443/").origin().authority() == "[::1]:8443");
    CHECK(parsed("http://h?q").target() == "/?q");
}

TEST_CASE("what is no absolute http or https URL is refused")
{
    const auto* text = GENERATE("", "h", "//h/", "ftp://h/", "http://", "http:/path", "http://h:0/",
                                "http://h:65536/", "http://h:99999/", "http://user@h/",
                                "http://h/#part", "http://h/a b");
    error_code ec;
    url::parse(text, ec);
    INFO(text);
    CHECK(ec == errc::invalid_url);
}

TEST_CASE("a reference is resolved as RFC 3986, 5.4 has it")
{
    struct example {
        std::string_view reference, meaning;
    };
    const auto [reference, meaning] = GENERATE(values<example>({
        {"g", "http://a/b/c/g"},
        {"./g", "http://a/b/c/g"},
        {"g/", "http://a/b/c/g/"},
        {"/g", "http://a/g"},
        {"//g", "http://g/"},
        {"?y", "http://a/b/c/d;p?y"},
        {"g?y", "http://a/b/c/g?y"},
        {";x", "http://a/b/c/;x"},
        {"g;x?y", "http://a/b/c/g;x?y"},
        {"", "http://a/b/c/d;p?q"},
        {".", "http://a/b/c/"},
        {"..", "http://a/b/"},
        {"../g", "http://a/b/g"},
        {"../..", "http://a/"},
        {"../../g", "http://a/g"},
        {"../../../g", "http://a/g"},
        {"../../../../g", "http://a/g"},
        {"../../..?y", "http://a/?y"},
        {"/./g", "http://a/g"},
        {"/../g", "http://a/g"},
        {"/..", "http://a/"},
        {"g.", "http://a/b/c/g."},
        {"/..g", "http://a/..g"},
        {"./g/.", "http://a/b/c/g/"},
        {"g/../h", "http://a/b/c/h"},
        {"g;x=1/../y", "http://a/b/c/y"},
        {"g?y/../x", "http://a/b/c/g?y/../x"},
        {"https://other:8443/x?y", "https://other:8443/x?y"},
    }));
    INFO(reference);
    CHECK(resolved("http://a/b/c/d;p?q", reference) == meaning);
}

TEST_CASE("a reference keeps the port of its base")
{
    CHECK(resolved("https://[::1]:8443", "x") == "https://[::1]:8443/x");
    CHECK(resolved("http://h:8080/a/", "//other/") == "http://other/");
}

TEST_CASE("a fragment of a reference is dropped, for it is not sent")
{
    CHECK(resolved("http://a/b", "#s") == "http://a/b");
    CHECK(resolved("http://a/b", "c?d#s?#") == "http://a/c?d");
}

TEST_CASE("what a server may not write into a reference is escaped")
{
    CHECK(resolved("http://a/", "/two words") == "http://a/two%20words");
    CHECK(resolved("http://a/", "/gr\xC3\xBC\xC3\x9F") == "http://a/gr%C3%BC%C3%9F");
    CHECK(resolved("http://a/", "/%20{x}|\"") == "http://a/%20%7Bx%7D%7C%22");
}

TEST_CASE("a reference that leads to no http or https URL is refused")
{
    const auto* reference = GENERATE("ftp://h/", "http://user:password@h/", "mailto:x@y",
                                     "//h:99999/", "/%zz", "http:", "//");
    error_code ec;
    static_cast<void>(parsed("http://a/b").resolve(reference, ec));
    INFO(reference);
    CHECK(ec == errc::invalid_url);
}

TEST_CASE("a URL is taken apart, and its text is that URL again")
{
    const std::pair<const char*, const char*> cases[] = {
        {"http://Example.COM", "http://example.com/"},
        {"https://host:443/v1?x=y", "https://host/v1?x=y"},
        {"http://[::1]:8080/a%2fb", "http://[::1]:8080/a%2fb"},
        {"https://h?q", "https://h/?q"},
    };
    for (const auto& [text, again] : cases) {
        CAPTURE(text);
        error_code ec;
        const auto parsed = url::parse(text, ec);
        CHECK_FALSE(ec);
        CHECK(parsed.text() == again);
        CHECK(url::parse(parsed.text(), ec).origin() == parsed.origin());
        CHECK_FALSE(ec);
    }
}

TEST_CASE("a host with escapes is refused: decoded, it could be another, or end a line")
{
    for (const auto* text : {"https://hb%2f", "http://a%0d%0ax:%20b/", "http://good%40evil/",
                             "http://a%3a80/", "http://a%00/"}) {
        CAPTURE(text);
        error_code ec;
        url::parse(text, ec);
        CHECK(ec == errc::invalid_url);
    }
}

TEST_CASE("a URL that was moved from is one that can be used, assigned and destroyed")
{
    auto from = parsed("https://host:8443/a?b");
    const auto text = from.text();
    url made(std::move(from));
    CHECK(made.text() == text);
    CHECK_FALSE(from.target().empty()); // NOLINT(bugprone-use-after-move): that is the promise
    CHECK(from.origin().authority().empty() == from.origin().host().empty());
    url other;
    other = std::move(made);
    CHECK(other.text() == text);
    CHECK(made.text() == url().text()); // NOLINT(bugprone-use-after-move): the same
    CHECK(made.join("/x").target() == "/x");
    made = parsed("http://again/");
    CHECK(made.text() == "http://again/");
    from = made;
    CHECK(from.text() == "http://again/");
}
