#include "http2/field_block_encoder.hpp"

#include "block_reader.hpp"
#include "http2/headers_frames.hpp"
#include "support/catch.hpp"
#include "support/frames.hpp"

#include <algorithm>
#include <random>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

using namespace aloft;
using test::h2::field_list;

namespace {

/// An encoder and who reads what it writes.
struct line {
    http2::field_block_encoder encoder;
    test::block_reader other;
    std::string last; // the block written last

    test::block_reader::block send(const field_list& fields)
    {
        // Where they lie is no proof of what they are: one head often lies where another did.
        kept_ = fields;
        head_.clear();
        for (const auto& [name, value] : kept_)
            head_.add(name, value);
        last = std::string(encoder.encode(head_));
        auto read = other.read(last);
        REQUIRE(read);
        REQUIRE(read->fields == fields);
        return *read;
    }

    void limit_table(std::uint32_t bytes)
    {
        other.limit_table(bytes);
        encoder.limit_table(bytes);
    }

private:
    outgoing_head head_;
    field_list kept_;
};

field_list post(const std::string& length = "4711")
{
    return {{":method", "POST"},
            {":scheme", "https"},
            {":authority", "model.example"},
            {":path", "/v1/chat/completions"},
            {"content-type", "application/json"},
            {"accept", "text/event-stream"},
            {"user-agent", "aloft"},
            {"authorization", "Bearer sk-0123456789"},
            {"content-length", length}};
}

bool has(const std::vector<std::string>& names, std::string_view name)
{
    return std::find(names.begin(), names.end(), name) != names.end();
}

} // namespace

TEST_CASE("a head that is sent again is small, and always the same")
{
    line l;
    l.send(post());
    const auto first = l.last;
    l.send(post());
    const auto second = l.last;
    CHECK(second.size() < first.size());
    for (int i = 0; i < 10; ++i) {
        l.send(post());
        REQUIRE(l.last == second);
    }
}

TEST_CASE("a value that varies leaves all other fields as they were coded")
{
    line l;
    std::size_t table = 0;
    for (int length = 100; length < 2000; length += 7) {
        l.send(post(std::to_string(length)));
        if (table == 0)
            table = l.other.table();
        REQUIRE(l.other.table() == table);
        if (length > 130) {
            REQUIRE(l.last.size() < 60);
        }
    }
}

TEST_CASE("values that nghttp2 would index stop filling the table once they vary")
{
    line l;
    std::size_t table = 0;
    for (int i = 0; i < 100; ++i) {
        auto head = post(std::to_string(i * 37));
        head.emplace_back("traceparent", "00-" + std::to_string(i) + "-01");
        head.emplace_back("idempotency-key", std::string(static_cast<std::size_t>(i), 'k'));
        l.send(head);
        if (i == 10)
            table = l.other.table();
        if (i > 10) {
            REQUIRE(l.other.table() == table);
        }
    }
}

TEST_CASE("a value longer than one byte can tell is written whole")
{
    line l;
    for (const std::size_t size : {1U, 126U, 127U, 128U, 254U, 255U, 256U, 5'000U, 20'000U, 0U}) {
        auto head = post();
        head.emplace_back("x", std::string(size, 'v'));
        l.send(head);
    }
}

TEST_CASE("a difference in one byte is seen, wherever it is")
{
    for (std::size_t size = 1; size <= 40; ++size) {
        for (std::size_t at = 0; at < size; ++at) {
            line l;
            const std::string same(size, 'a');
            auto other = same;
            other[at] = 'b';
            for (int i = 0; i < 3; ++i)
                l.send({{same, same}});
            l.send({{same, other}});
            l.send({{other, same}});
            l.send({{same, same}});
        }
    }
}

TEST_CASE("two kinds of heads that take turns are both remembered")
{
    line l;
    auto get = post("17");
    get[0].second = "GET";
    get[5].second = "application/json";
    for (int i = 0; i < 4; ++i) {
        l.send(post());
        l.send(get);
    }
    const auto one = (l.send(post()), l.last);
    const auto other = (l.send(get), l.last);
    for (int i = 0; i < 10; ++i) {
        l.send(post());
        REQUIRE(l.last == one);
        l.send(get);
        REQUIRE(l.last == other);
    }
    CHECK(one != other);
}

TEST_CASE("fields that come and go, and names in another order, are other heads")
{
    line l;
    auto more = post();
    more.emplace_back("x-more", "1");
    auto turned = post();
    std::swap(turned[5], turned[6]);
    auto doubled = post();
    doubled.push_back(doubled.back());
    for (int i = 0; i < 5; ++i) {
        for (const auto& head : {post(), more, turned, doubled})
            l.send(head);
    }
}

TEST_CASE("what is split between a name and its value otherwise is another head")
{
    line l;
    for (int i = 0; i < 4; ++i) {
        l.send({{"ab", "c"}, {"d", "ef"}});
        l.send({{"a", "bc"}, {"d", "ef"}});
        l.send({{"ab", "cd"}, {"e", "f"}});
    }
}

TEST_CASE("a table of another size is told of, and nothing that was in the old one is used")
{
    line l;
    for (const std::uint32_t bytes : {4096U, 0U, 100U, 4096U, 200U, 65536U, 0U, 4096U}) {
        l.send(post());
        l.send(post());
        l.limit_table(bytes);
        for (int i = 0; i < 4; ++i)
            l.send(post(std::to_string(i)));
        CHECK(l.other.table() <= std::min(bytes, 4096U));
    }
}

TEST_CASE("of several table sizes in one SETTINGS, the least is told of as well")
{
    line l;
    l.send(post());
    l.send(post());
    l.limit_table(0);
    l.limit_table(4096);
    l.send(post());
    CHECK(l.last.substr(0, 4) == std::string_view("\x20\x3f\xe1\x1f", 4)); // 0, then 4096
    l.send(post());
    CHECK(l.last[0] != '\x20');
}

TEST_CASE("a table without room costs bytes, never the truth")
{
    line l;
    l.limit_table(0);
    l.send(post());
    l.send(post());
    const auto second = l.last;
    CHECK(l.other.table() == 0);
    l.send(post());
    CHECK(l.last == second);
}

TEST_CASE("what fell out of the table is inserted again")
{
    line l;
    for (int round = 0; round < 5; ++round) {
        l.send(post());
        for (int i = 0; i < 60; ++i) {
            const auto tag = std::to_string(round) + "-" + std::to_string(i);
            l.send({{"x-name-" + tag, std::string(60, 'a') + tag}});
        }
    }
    l.send(post());
}

TEST_CASE("heads that fill the table in turn push each other out")
{
    line l;
    field_list a = post();
    field_list b = post();
    for (int i = 0; i < 30; ++i) {
        a.emplace_back("a" + std::to_string(i), std::string(60, 'a'));
        b.emplace_back("b" + std::to_string(i), std::string(60, 'b'));
    }
    for (int i = 0; i < 6; ++i) {
        l.send(a);
        l.send(b);
    }
}

TEST_CASE("heads too large to be remembered are sent like any other")
{
    line l;
    for (int i = 0; i < 4; ++i) {
        l.send(post());
        auto large = post();
        large.emplace_back("cookie", std::string(30'000, 'c'));
        l.send(large);
        large.back().second.back() = 'd';
        l.send(large);
    }
}

TEST_CASE("what is never indexed stays so, whether it varies or not")
{
    line l;
    for (int i = 0; i < 8; ++i) {
        auto head = post();
        head.emplace_back("cookie", "short");
        auto read = l.send(head);
        CHECK(has(read.sensitive, "authorization"));
        CHECK(has(read.sensitive, "cookie"));
        CHECK_FALSE(has(read.sensitive, "user-agent"));
    }
    for (int i = 0; i < 8; ++i) {
        auto head = post();
        head[7].second += std::to_string(i);
        head.emplace_back("cookie", "c" + std::to_string(i));
        auto read = l.send(head);
        CHECK(has(read.sensitive, "authorization"));
        CHECK(has(read.sensitive, "cookie"));
    }
}

TEST_CASE("no field at all, and empty values")
{
    line l;
    for (int i = 0; i < 4; ++i) {
        l.send({});
        l.send({{"x", ""}});
        l.send({{"x", "1"}});
        l.send({{"x", ""}, {"y", ""}});
    }
}

TEST_CASE("whatever heads follow each other, the peer reads each as it was")
{
    std::mt19937 random(GENERATE(1U, 2U, 3U, 4U, 5U, 6U));
    const auto below = [&](std::size_t bound) { return random() % bound; };
    const std::vector<std::string> names{
        ":method",       ":path", "accept", "content-length", "cookie",
        "authorization", "x-a",   "x-b",    "x-cc",           "x-long-name-of-a-field"};
    const std::size_t variety = 1 + below(6);
    const auto value = [&]() -> std::string {
        switch (below(8)) {
        case 0: return "GET";
        case 1: return "/";
        case 2: return std::string(below(200), 'v');
        default: return "value" + std::to_string(below(variety));
        }
    };
    std::vector<field_list> kinds(1 + below(6));
    for (auto& kind : kinds) {
        for (auto count = below(10); count-- != 0;)
            kind.emplace_back(names[below(names.size())], value());
    }
    line l;
    for (int i = 0; i < 3000; ++i) {
        auto head = kinds[below(kinds.size())];
        for (auto changes = below(3); changes-- != 0 && !head.empty();)
            head[below(head.size())].second = value();
        if (below(50) == 0)
            head.emplace_back("x-new-" + std::to_string(i), value());
        if (below(100) == 0)
            l.limit_table(static_cast<std::uint32_t>(below(5) * 100 * below(20)));
        l.send(head);
    }
}

TEST_CASE("a block is cut into frames of the size that any peer takes")
{
    using namespace test::h2;
    const auto size = GENERATE(std::size_t{0}, std::size_t{1}, std::size_t{16384},
                               std::size_t{16385}, std::size_t{40000});
    const std::string block(size, 'b');
    const std::string like = frame(HEADERS, end_stream | end_headers, 5, "");
    output_buffer out(1 << 20);
    http2::append_headers(out, reinterpret_cast<const std::uint8_t*>(like.data()), block);
    std::string bytes(out.view());
    const auto frames = take_frames(bytes);
    REQUIRE(bytes.empty());
    REQUIRE(frames.size() == (size <= 16384 ? 1 : size <= 32768 ? 2 : 3));
    std::string together;
    for (const auto& each : frames) {
        const bool first = &each == &frames.front();
        const bool last = &each == &frames.back();
        CHECK(each.type == (first ? HEADERS : CONTINUATION));
        CHECK(each.stream == 5);
        CHECK(each.flags == ((first ? end_stream : none) | (last ? end_headers : none)));
        CHECK(each.payload.size() <= 16384);
        together += each.payload;
    }
    CHECK(together == block);
}
