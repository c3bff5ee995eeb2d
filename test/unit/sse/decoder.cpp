#include "support/catch.hpp"

#include <aloft/sse.hpp>

#include <algorithm>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

// Every vector is read whole, cut at each position, cut into three, and byte by byte; the events
// must not depend on the cuts.

namespace sse = aloft::sse;
using namespace std::string_literals;

namespace {

struct seen {
    std::vector<std::string>
        events; // the data; a type other than "message" goes before, as "type|"
    std::string id;
    long long retry = -1;
    bool too_large = false;

    bool operator==(const seen&) const = default;
};

std::ostream& operator<<(std::ostream& out, const seen& what)
{
    for (const std::string& each : what.events)
        out << '[' << each << ']';
    return out << " id=" << what.id << " retry=" << what.retry << " large=" << what.too_large;
}

// A piece of input in memory of its own: the sanitizer sees whoever reads behind the slack.
struct piece {
    explicit piece(std::string_view bytes) : size(bytes.size()), memory(new char[bytes.size() + 64])
    {
        std::copy(bytes.begin(), bytes.end(), memory.get());
        // Line ends in the slack must not be taken for input.
        std::fill_n(memory.get() + size, 64, '\n');
    }
    std::string_view from(std::size_t at) const { return {memory.get() + at, size - at}; }

    std::size_t size;
    std::unique_ptr<char[]> memory;
};

void feed(sse::decoder& decoder, std::string_view bytes, seen& into)
{
    const piece input(bytes);
    sse::event event;
    for (std::size_t at = 0;;) {
        const sse::decode_result result = decoder.decode(input.from(at), event);
        at += result.consumed;
        REQUIRE(at <= input.size);
        if (result.what == sse::outcome::event) {
            std::string text = event.type == "message" ? "" : std::string(event.type) + "|";
            into.events.push_back(text.append(event.data));
            into.id = event.last_event_id;
            volatile char last_of_slack = event.data.data()[event.data.size() + 63];
            (void)last_of_slack;
            continue;
        }
        REQUIRE(at == input.size);
        into.too_large = result.what == sse::outcome::too_large;
        return;
    }
}

seen read(const std::vector<std::string_view>& pieces, std::size_t limit)
{
    seen all;
    sse::decoder decoder(limit);
    for (std::string_view each : pieces)
        feed(decoder, each, all);
    if (decoder.retry())
        all.retry = decoder.retry()->count();
    all.id = decoder.last_event_id();
    return all;
}

void expect(std::string_view bytes, const seen& wanted, std::size_t limit = 1 << 20)
{
    INFO("stream: " << bytes);
    CHECK(read({bytes}, limit) == wanted);
    std::vector<std::string_view> single;
    for (std::size_t i = 0; i != bytes.size(); ++i)
        single.push_back(bytes.substr(i, 1));
    CHECK(read(single, limit) == wanted);
    for (std::size_t i = 0; i <= bytes.size(); ++i) {
        for (std::size_t j = i; j <= bytes.size(); ++j) {
            const seen got =
                read({bytes.substr(0, i), bytes.substr(i, j - i), bytes.substr(j)}, limit);
            if (!(got == wanted)) {
                INFO("cut at " << i << " and " << j);
                REQUIRE(got == wanted);
            }
        }
    }
}

seen events(std::vector<std::string> data, std::string id = {}, long long retry = -1)
{
    seen wanted;
    wanted.events = std::move(data);
    wanted.id = std::move(id);
    wanted.retry = retry;
    return wanted;
}

} // namespace

TEST_CASE("lines end with LF, CR LF or a lone CR", "[sse]")
{
    expect("data: a\r\ndata: b\r\n\r\n", events({"a\nb"}));
    expect("data: a\r\n\r\ndata: b\n\n", events({"a", "b"}));
    expect("data: dog\rdata: bark\r\r", events({"dog\nbark"}));
    expect("data: a\r\rdata: b\n\rdata: c\r\n\n", events({"a", "b", "c"}));
    expect("data: a\n\n\n\r\n\rdata: b\n\n", events({"a", "b"}));
}

TEST_CASE("U+2028, U+2029 and NEL end no line", "[sse]")
{
    expect("data: a\xE2\x80\xA8"
           "b\xE2\x80\xA9"
           "c\xC2\x85"
           "d\x0B\x0C\n\n",
           events({"a\xE2\x80\xA8"
                   "b\xE2\x80\xA9"
                   "c\xC2\x85"
                   "d\x0B\x0C"}));
}

TEST_CASE("data lines are joined by LF, and empty ones count", "[sse]")
{
    expect("data:\n\ndata\ndata\n\ndata:test\n\n", events({"", "\n", "test"}));
    expect("data\n\n", events({""}));
    expect("data: a\ndata\ndata: b\n\n", events({"a\n\nb"}));
}

TEST_CASE("one byte order mark is skipped, a second one is part of the field", "[sse]")
{
    expect("\xEF\xBB\xBF"
           "data:1\n\ndata:2\n\n",
           events({"1", "2"}));
    expect("\xEF\xBB\xBF\xEF\xBB\xBF"
           "data:1\n\ndata:2\n\n",
           events({"2"}));
    expect("\xEF\xBB"
           "data:1\n\ndata:2\n\n",
           events({"2"}));
    expect("data:1\n\n\xEF\xBB\xBF"
           "data:2\n\n",
           events({"1"}));
}

TEST_CASE("blocks without data are no events", "[sse]")
{
    expect(": hi\n\n", events({}));
    expect("event: x\n\n", events({}));
    expect("event: x\n\ndata: y\n\n", events({"y"}));
    expect("id: 7\n\n", events({}, "7"));
}

TEST_CASE("only one space after the colon is dropped", "[sse]")
{
    expect("data:  two spaces\n\n", events({" two spaces"}));
    expect("data:\ttab\n\n", events({"\ttab"}));
}

TEST_CASE("other field names are ignored", "[sse]")
{
    expect(" data: x\n\n", events({}));
    expect("data : x\n\n", events({}));
    expect("Data: x\n\n", events({}));
    expect("datax: x\ndat: y\n\n", events({}));
    expect("foo\ndata: x\nbar: y\n\n", events({"x"}));
}

TEST_CASE("an event without its empty line is discarded", "[sse]")
{
    expect("data: [DONE]", events({}));
    expect("data: [DONE]\n", events({}));
    expect("data: a\n\nid: 9\ndata: b\n", events({"a"}));
}

TEST_CASE("characters of several bytes may be cut", "[sse]")
{
    expect("data: {\"a\":\"\xF0\x9F\x98\x80\"}\n\n", events({"{\"a\":\"\xF0\x9F\x98\x80\"}"}));
}

TEST_CASE("retry takes digits only", "[sse]")
{
    expect("retry: 10x\nretry: 10\ndata: k\n\n", events({"k"}, "", 10));
    expect("retry:\nretry: -5\nretry: 99999999999999999999\ndata: k\n\n", events({"k"}));
    expect("retry: 3000\n", events({}, "", 3000));
}

TEST_CASE("the type is that of the last event field", "[sse]")
{
    expect("data: x\nevent: error\ndata: y\n\ndata: z\n\n", events({"error|x\ny", "z"}));
    expect("event: a\nevent: b\ndata: x\n\n", events({"b|x"}));
    expect("event: a\nevent\ndata: x\n\n", events({"x"}));
    expect("event: ping\ndata: {}\n\n", events({"ping|{}"}));
}

TEST_CASE("the id persists, may be emptied, and contains no NUL", "[sse]")
{
    expect("id: 1\ndata: a\n\ndata: b\n\n", events({"a", "b"}, "1"));
    expect("id: 1\ndata: a\n\nid\ndata: b\n\n", events({"a", "b"}));
    expect("id: 1\n\nid: 2\0003\ndata: b\n\n"s, events({"b"}, "1"));
    expect("id: 1\ndata: a\n\nid: 2\ndata: b\n", events({"a"}, "1"));
}

TEST_CASE("the limit holds wherever the stream is cut", "[sse]")
{
    seen large;
    large.too_large = true;
    expect("data: " + std::string(32, 'x') + "\n\n", events({std::string(32, 'x')}), 38);
    expect("data: " + std::string(33, 'x') + "\n\n", large, 38);
    expect("data: " + std::string(20, 'x') + "\ndata: " + std::string(20, 'y') + "\n\n", large, 38);
    expect(std::string(100, 'f') + "\n\n", large, 38);
    expect(":" + std::string(100, 'c') + "\ndata: x\n\n", events({"x"}), 38);
}

TEST_CASE("a failed decoder stays failed", "[sse]")
{
    sse::decoder decoder(20);
    seen all;
    feed(decoder, "data: 0123456789012345\n\n", all);
    CHECK(all.too_large);
    feed(decoder, "data: x\n\n", all);
    CHECK(all.too_large);
    CHECK(all.events.empty());
}

TEST_CASE("an event seen whole is not copied", "[sse]")
{
    const piece input("data: {\"a\":1}\n\ndata: b\n\n");
    sse::decoder decoder;
    sse::event event;
    const sse::decode_result first = decoder.decode(input.from(0), event);
    CHECK(first.consumed == 15);
    CHECK(event.data.data() == input.memory.get() + 6);
    decoder.decode(input.from(first.consumed), event);
    CHECK(event.data == "b");
    CHECK(event.data.data() == input.memory.get() + 21);
}

TEST_CASE("the event after a carried one is not copied either", "[sse]")
{
    const piece head("data: a");
    const piece rest("b\n\ndata: c\n\n");
    sse::decoder decoder;
    sse::event event;
    decoder.decode(head.from(0), event);
    decoder.decode(rest.from(0), event);
    CHECK(event.data == "ab");
    decoder.decode(rest.from(3), event);
    CHECK(event.data == "c");
    CHECK(event.data.data() == rest.memory.get() + 9);
}

TEST_CASE("comments are progress, unfinished lines are not", "[sse]")
{
    sse::decoder decoder;
    sse::event event;
    const piece comment(": keep-alive\n\n");
    CHECK(decoder.decode(comment.from(0), event).progress);
    const piece part("data: a");
    CHECK_FALSE(decoder.decode(part.from(0), event).progress);
    const piece end("\n");
    CHECK(decoder.decode(end.from(0), event).progress);
}

TEST_CASE("a decoder is small", "[sse]")
{
    CHECK(sizeof(sse::decoder) <= 64);
}
