#include "coding/compressed_source.hpp"
#include "coding/content_encoding.hpp"
#include "support/catch.hpp"

#include <string>

using namespace aloft;
using namespace aloft::coding;

namespace {

compression any_compression()
{
    return GENERATE(compression::gzip, compression::zstd);
}

content_coding undone(compression which)
{
    return which == compression::gzip ? content_coding::gzip : content_coding::zstd;
}

std::string decoded(compression which, std::string_view body)
{
    std::string out;
    CHECK_FALSE(decode({undone(which)}, body, decoding_limits(), out));
    return out;
}

class fed_source final : public body_source {
public:
    run peek() override { return {std::string_view(all).substr(at), after}; }
    void advance(std::size_t count) override { at += count; }
    [[nodiscard]] std::optional<std::uint64_t> length() const override { return all.size(); }
    [[nodiscard]] const fields* trailers() const override { return &behind; }
    bool rewind() override
    {
        at = 0;
        return true;
    }

    std::string all;
    std::size_t at = 0;
    state after = state::more;
    fields behind;
};

/// Takes what a source has, `most` bytes at a time.
std::string drained(body_source& from, std::size_t most)
{
    std::string out;
    for (;;) {
        const auto next = from.peek();
        const auto part = next.bytes.substr(0, most);
        out.append(part);
        const bool last =
            part.size() == next.bytes.size() && next.after != body_source::state::more;
        if (part.empty() || last)
            return out;
        from.advance(part.size());
    }
}

} // namespace

TEST_CASE("a payload is compressed whole, over its segments")
{
    const auto which = any_compression();
    payload bytes(std::string(100'000, 'a'));
    bytes.append(std::string("tail"));
    const auto small = compress(bytes, which);
    CHECK(small.size() < 1000);
    CHECK(decoded(which, small) == bytes.flatten());
    CHECK(decoded(which, compress(payload(), which)).empty());
}

TEST_CASE("a source is compressed as it is pulled, and its length is not told")
{
    const auto which = any_compression();
    const auto from = std::make_shared<fed_source>();
    for (int i = 0; i < 60'000; ++i)
        from->all += std::to_string(i * 7919);
    from->after = body_source::state::last;
    from->behind.add("x-sum", "1");
    compressed_source source(from, which);
    CHECK_FALSE(source.length());
    const auto body = drained(source, 1000);
    CHECK(decoded(which, body) == from->all);
    CHECK(source.trailers() == &from->behind);
    REQUIRE(source.rewind());
    CHECK(drained(source, 100'000) == body);
}

TEST_CASE("what a source has for now is flushed, so that the server can read it")
{
    const auto which = any_compression();
    const auto from = std::make_shared<fed_source>();
    compressed_source source(from, which);
    CHECK(source.peek().bytes.empty());
    const auto reading = make_decoder(undone(which));
    const auto read = [&] {
        std::string out(1000, '\0');
        const auto next = source.peek();
        error_code ec;
        const auto done = reading->decode(next.bytes, out, ec);
        CHECK_FALSE(ec);
        source.advance(next.bytes.size());
        return out.substr(0, done.written);
    };
    from->all = "first";
    CHECK(read() == "first");
    CHECK(source.peek().bytes.empty()); // and flushed once only
    from->all += " second";
    CHECK(read() == " second");
    from->after = body_source::state::last;
    CHECK(source.peek().after == body_source::state::last);
    CHECK(read().empty());
    CHECK(reading->complete());
}

TEST_CASE("a source that fails, fails compressed")
{
    const auto from = std::make_shared<fed_source>();
    compressed_source source(from, any_compression());
    from->after = body_source::state::failed;
    CHECK(source.peek().after == body_source::state::failed);
}
