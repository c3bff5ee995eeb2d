#include "fuzz_input.hpp"

#include <aloft/url.hpp>

// URLs from configuration, and from servers that redirect.
int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    using namespace aloft;
    const auto text = fuzz::input(data, size).rest();
    error_code ec;
    const auto parsed = url::parse(text, ec);
    if (ec) {
        fuzz::require(ec == errc::invalid_url, "what is no URL is told so");
        return 0;
    }
    const auto controls = [](std::string_view of) {
        for (const char c : of) {
            if (static_cast<unsigned char>(c) <= ' ' || c == 0x7f)
                return true;
        }
        return false;
    };
    fuzz::require(!parsed.origin().host().empty(), "a URL has a host");
    fuzz::require(parsed.target().starts_with('/'), "a target is a path");
    fuzz::require(!controls(parsed.text()), "nothing in a URL ends a line of HTTP");
    const auto again = url::parse(parsed.text(), ec);
    fuzz::require(!ec && again.text() == parsed.text(), "a URL's text is that URL");
    fuzz::require(again.origin() == parsed.origin(), "and of the same origin");
    (void)url::parse(parsed.join("/chat/completions").text(), ec);
    fuzz::require(!ec, "a path may be appended");
    return 0;
}
