#include "fuzz_input.hpp"

#include <aloft/url.hpp>

// URLs from configuration, and from servers that redirect.

namespace {

using namespace aloft;

void check(const url& parsed, error_code ec)
{
    if (ec) {
        fuzz::require(ec == errc::invalid_url, "what is no URL is told so");
        return;
    }
    for (const char c : parsed.text())
        fuzz::require(c > ' ' && c != 0x7f, "nothing in a URL ends a line of HTTP");
    fuzz::require(!parsed.origin().host().empty(), "a URL has a host");
    fuzz::require(parsed.target().starts_with('/'), "a target is a path");
    const auto again = url::parse(parsed.text(), ec);
    fuzz::require(!ec && again.text() == parsed.text(), "a URL's text is that URL");
    fuzz::require(again.origin() == parsed.origin(), "and of the same origin");
}

} // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    const auto text = fuzz::input(data, size).rest();
    error_code ec;
    const auto base = url::parse("https://base:81/a/b?c", ec);
    check(base.resolve(text, ec), ec);
    const auto parsed = url::parse(text, ec);
    check(parsed, ec);
    if (ec)
        return 0;
    (void)url::parse(parsed.join("/chat/completions").text(), ec);
    fuzz::require(!ec, "a path may be appended");
    return 0;
}
