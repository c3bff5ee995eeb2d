#include "autoglm/prompt_scan.hpp"

#include "support/catch.hpp"

#include <aloft/chat_request.hpp>

#include <string>
#include <vector>

using namespace aloft;
using autoglm::detail::scan_prompt;

TEST_CASE("of a prompt the text is counted in bytes and a picture as one")
{
    const std::string text =
        R"({"max_tokens" : 300,"messages":[{"content":"say \"max_tokens\":9"},)"
        R"({"url":"data:image/png;base64,)";
    const std::string picture(100'000, 'A');
    const std::string end = R"("},{"url":"data:image/png;base64,AAAA"}]})";
    const auto found = scan_prompt(payload(text + picture + end));
    CHECK(found.pictures == 2);
    CHECK(found.max_tokens == 300);
    CHECK(found.bytes >= 100);
    CHECK(found.bytes <= text.size() + end.size());

    std::vector<payload::segment> apart;
    for (const auto& piece : {text, picture, end})
        apart.push_back(std::make_shared<const std::string>(piece));
    const auto same = scan_prompt(payload(std::move(apart)));
    CHECK(same.pictures == found.pictures);
    CHECK(same.bytes == found.bytes);
    CHECK(same.max_tokens == 300);
}

TEST_CASE("what is no JSON has its bytes")
{
    CHECK(scan_prompt(payload()).bytes == 0);
    CHECK(scan_prompt(payload(std::string("{\"max_tokens\""))).max_tokens == 0);
    CHECK(scan_prompt(payload(std::string("x;base64,"))).pictures == 1);
}
