#include "coding/content_encoding.hpp"
#include "coding/encoder.hpp"
#include "support/catch.hpp"

#include <array>
#include <brotli/encode.h>
#include <string>
#include <vector>
#include <zlib.h>
#include <zstd.h>

using namespace aloft;
using namespace aloft::coding;
using coding_list = std::vector<content_coding>;

namespace {

std::string deflated(std::string_view text, int window_bits, int flush = Z_FINISH)
{
    z_stream z{};
    REQUIRE(deflateInit2(&z, 6, Z_DEFLATED, window_bits, 8, Z_DEFAULT_STRATEGY) == Z_OK);
    std::string out(deflateBound(&z, text.size()) + 64, '\0');
    z.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
    z.avail_in = static_cast<uInt>(text.size());
    z.next_out = reinterpret_cast<Bytef*>(out.data());
    z.avail_out = static_cast<uInt>(out.size());
    deflate(&z, flush);
    out.resize(z.total_out);
    deflateEnd(&z);
    return out;
}

std::string brotlied(std::string_view text)
{
    std::string out(BrotliEncoderMaxCompressedSize(text.size()) + 64, '\0');
    auto size = out.size();
    REQUIRE(BrotliEncoderCompress(5, 22, BROTLI_MODE_TEXT, text.size(),
                                  reinterpret_cast<const std::uint8_t*>(text.data()), &size,
                                  reinterpret_cast<std::uint8_t*>(out.data())) == BROTLI_TRUE);
    out.resize(size);
    return out;
}

std::string zstded(std::string_view text)
{
    return compress(payload(std::string(text)), compression::zstd);
}

std::string gzipped(std::string_view text)
{
    return compress(payload(std::string(text)), compression::gzip);
}

std::string encoded(content_coding which, std::string_view text)
{
    switch (which) {
    case content_coding::gzip: return gzipped(text);
    case content_coding::deflate: return deflated(text, MAX_WBITS);
    case content_coding::br: return brotlied(text);
    case content_coding::zstd: break;
    }
    return zstded(text);
}

content_coding any_coding()
{
    return GENERATE(content_coding::gzip, content_coding::deflate, content_coding::br,
                    content_coding::zstd);
}

std::string sample(std::size_t size)
{
    std::string text;
    for (unsigned n = 1; text.size() < size; n = n * 1664525U + 1013904223U)
        text += std::to_string(n) + (n % 3 == 0 ? "\n" : " token ");
    text.resize(size);
    return text;
}

/// Decodes with input and output cut into pieces of these sizes.
std::string in_pieces(decoder& from, std::string_view in, std::size_t input, std::size_t output,
                      error_code& ec)
{
    std::string out;
    std::vector<char> room(output);
    while (!ec && !in.empty()) {
        auto part = in.substr(0, input);
        in.remove_prefix(part.size());
        decoder::step done;
        do {
            done = from.decode(part, room, ec);
            part.remove_prefix(done.read);
            out.append(room.data(), done.written);
        } while (!ec && (done.written == room.size() || !part.empty()));
    }
    return out;
}

error_code decoded(const coding_list& codings, std::string_view body, std::string& out,
                   decoding_limits limits = {})
{
    out.clear();
    return decode(codings, body, limits, out);
}

fields encoding_fields(std::initializer_list<std::string_view> values)
{
    fields head;
    for (const auto value : values)
        head.add("content-encoding", value);
    return head;
}

} // namespace

TEST_CASE("each coding is undone, however input and output are cut")
{
    const auto which = any_coding();
    const auto text = sample(GENERATE(std::size_t{0}, std::size_t{1}, std::size_t{9000}));
    const auto body = encoded(which, text);
    for (const std::size_t input : {std::size_t{1}, std::size_t{2}, std::size_t{7}, body.size()}) {
        for (const std::size_t output : {std::size_t{1}, std::size_t{5}, std::size_t{20000}}) {
            const auto from = make_decoder(which);
            error_code ec;
            CHECK(in_pieces(*from, body, input, output, ec) == text);
            CHECK_FALSE(ec);
            CHECK(from->complete());
        }
    }
}

TEST_CASE("large bodies come out whole")
{
    const auto which = any_coding();
    const auto text = sample(3'000'000);
    std::string out;
    CHECK_FALSE(decoded({which}, encoded(which, text), out));
    CHECK(out == text);
}

TEST_CASE("deflate is the zlib format or the bare stream, told apart by its first two bytes")
{
    const auto text = sample(5000);
    for (const int bits : {MAX_WBITS, 9, -MAX_WBITS, -9}) {
        std::string out;
        CHECK_FALSE(decoded({content_coding::deflate}, deflated(text, bits), out));
        CHECK(out == text);
    }
    const auto from = make_decoder(content_coding::deflate);
    error_code ec;
    CHECK(in_pieces(*from, deflated("bare", -MAX_WBITS), 1, 1, ec) == "bare");
    CHECK(from->complete());
}

TEST_CASE("gzip of several members and zstd of several frames are one body")
{
    std::string out;
    CHECK_FALSE(
        decoded({content_coding::gzip}, gzipped("one ") + gzipped("") + gzipped("two"), out));
    CHECK(out == "one two");
    CHECK_FALSE(decoded({content_coding::zstd}, zstded("one ") + zstded("two"), out));
    CHECK(out == "one two");
}

TEST_CASE("what is cut short anywhere is truncated_body, and what came before it is there")
{
    const auto which = any_coding();
    const auto text = sample(4000);
    const auto body = encoded(which, text);
    for (std::size_t size = 1; size < body.size(); size += size < 40 ? 1 : 97) {
        std::string out;
        CHECK(decoded({which}, std::string_view(body).substr(0, size), out) ==
              errc::truncated_body);
        CHECK(text.starts_with(out));
    }
    std::string out;
    CHECK_FALSE(decoded({which}, "", out)); // HEAD, 204, 304, and servers that mark what is empty
}

TEST_CASE("bytes that are not in the coding, or stand behind it, are malformed_coding")
{
    const auto which = any_coding();
    const auto from = make_decoder({which}, decoding_limits());
    std::array<char, 1000> room;
    error_code ec;
    from->decode("\xff\xff<html>not found</html>", room, ec);
    CHECK(ec == errc::malformed_coding);
    CHECK_FALSE(from->reason().empty());
    std::string out;
    CHECK(decoded({which}, encoded(which, "text") + "<!-- garbage", out) == errc::malformed_coding);
    auto spoilt = encoded(which, sample(4000));
    for (std::size_t at = 20; at < 60; ++at)
        spoilt[at] = static_cast<char>(~spoilt[at]);
    CHECK(decoded({which}, spoilt, out));
}

TEST_CASE("formats from before zstd 0.8 are malformed_coding, however they are cut")
{
    std::string out;
    for (const char first : {'\x1e', '\x22', '\x25', '\x27'}) {
        auto body = encoded(content_coding::zstd, "text");
        body[0] = first;
        CHECK(decoded({content_coding::zstd}, body, out) == errc::malformed_coding);
        const auto behind = encoded(content_coding::zstd, "text") + body;
        const auto from = make_decoder({content_coding::zstd}, decoding_limits());
        std::array<char, 100> room;
        error_code ec;
        for (std::size_t at = 0; at != behind.size() && !ec; ++at)
            from->decode(std::string_view(behind).substr(at, 1), room, ec);
        CHECK(ec == errc::malformed_coding);
    }
    const std::string skippable("\x5a\x2a\x4d\x18\x02\x00\x00\x00hi", 10);
    CHECK_FALSE(
        decoded({content_coding::zstd}, skippable + encoded(content_coding::zstd, "text"), out));
    CHECK(out == "text");
}

TEST_CASE("a zstd frame is read in one way, be it whole or cut")
{
    // Says that it holds seven bytes, and holds none.
    const std::string body("\x28\xb5\x2f\xfd\x20\x07\x01\x00\x00", 9);
    std::string out;
    const auto whole = decoded({content_coding::zstd}, body, out);
    const auto from = make_decoder({content_coding::zstd}, decoding_limits());
    std::array<char, 100> room;
    error_code ec;
    for (std::size_t at = 0; at != body.size() && !ec; ++at)
        from->decode(std::string_view(body).substr(at, 1), room, ec);
    CHECK(whole == ec);
}

TEST_CASE("what a sender flushed comes out at once, so that no token waits for the next")
{
    const std::vector<std::string> events{"data: {\"token\":\"one\"}\n\n", "data: two\n\n",
                                          "data: [DONE]\n\n"};
    const auto check = [&](content_coding which, auto&& flushed) {
        const auto from = make_decoder(which);
        std::array<char, 4096> room;
        for (const auto& event : events) {
            error_code ec;
            const auto part = flushed(event);
            const auto done = from->decode(part, room, ec);
            CHECK_FALSE(ec);
            CHECK(done.read == part.size());
            CHECK(std::string_view(room.data(), done.written) == event);
        }
    };
    for (const auto which : {compression::gzip, compression::zstd}) {
        const auto into = make_encoder(which);
        check(which == compression::gzip ? content_coding::gzip : content_coding::zstd,
              [&](const std::string& event) {
                  std::string part;
                  into->encode(event, encoder::flush::now, part);
                  return part;
              });
    }
    auto* const brotli = BrotliEncoderCreateInstance(nullptr, nullptr, nullptr);
    check(content_coding::br, [&](const std::string& event) {
        std::string part(1000, '\0');
        std::size_t given = event.size();
        std::size_t room = part.size();
        const auto* in = reinterpret_cast<const std::uint8_t*>(event.data());
        auto* out = reinterpret_cast<std::uint8_t*>(part.data());
        BrotliEncoderCompressStream(brotli, BROTLI_OPERATION_FLUSH, &given, &in, &room, &out,
                                    nullptr);
        REQUIRE(BrotliEncoderHasMoreOutput(brotli) == BROTLI_FALSE);
        part.resize(part.size() - room);
        return part;
    });
    BrotliEncoderDestroyInstance(brotli);
}

TEST_CASE("a body that unfolds too far is decoded_too_large, by size or by ratio (decoding_limits)")
{
    const auto which = any_coding();
    const auto bomb = encoded(which, std::string(20'000'000, '\0'));
    std::string out;
    CHECK(decoded({which}, bomb, out) == errc::decoded_too_large);
    CHECK(out.size() < 1'200'000); // ratio: looked at from the first MiB on
    decoding_limits limits;
    limits.ratio = 1'000'000'000;
    CHECK_FALSE(decoded({which}, bomb, out, limits));
    CHECK(out.size() == 20'000'000);
    limits.size = 5'000'000;
    CHECK(decoded({which}, bomb, out, limits) == errc::decoded_too_large);
    CHECK(out.size() <= 5'000'000);
}

TEST_CASE("a bomb behind another coding is found by what each of them unfolds (decoding_limits)")
{
    std::string inner;
    for (int i = 0; i < 200'000; ++i)
        inner += gzipped("").substr(0, 20); // nothing at all, a great many times
    std::string out;
    CHECK(decoded({content_coding::gzip, content_coding::br}, brotlied(inner), out) ==
          errc::decoded_too_large);
    CHECK(out.empty());
}

TEST_CASE("codings on top of each other are undone from the last to the first")
{
    const auto text = sample(100'000);
    std::string out;
    CHECK_FALSE(decoded({content_coding::gzip, content_coding::br}, brotlied(gzipped(text)), out));
    CHECK(out == text);
    const coding_list four{content_coding::gzip, content_coding::zstd, content_coding::br,
                           content_coding::deflate};
    const auto body = deflated(brotlied(zstded(gzipped(text))), MAX_WBITS);
    CHECK_FALSE(decoded(four, body, out));
    CHECK(out == text);
    for (const std::size_t size : {std::size_t{1}, std::size_t{1000}}) {
        const auto from = make_decoder(four, decoding_limits());
        error_code ec;
        CHECK(in_pieces(*from, body, size, size, ec) == text);
        CHECK(from->complete());
    }
    CHECK(decoded(four, body.substr(0, body.size() - 1), out) == errc::truncated_body);
}

TEST_CASE("a zstd window beyond 8 MiB is refused (RFC 9659)")
{
    auto* const context = ZSTD_createCCtx();
    ZSTD_CCtx_setParameter(context, ZSTD_c_windowLog, 24);
    const auto text = sample(100'000);
    std::string body(ZSTD_compressBound(text.size()), '\0');
    ZSTD_inBuffer in{text.data(), text.size(), 0};
    ZSTD_outBuffer out{body.data(), body.size(), 0};
    ZSTD_compressStream2(context, &out, &in, ZSTD_e_flush); // so that the size is not known
    ZSTD_compressStream2(context, &out, &in, ZSTD_e_end);
    ZSTD_freeCCtx(context);
    std::string got;
    CHECK(decoded({content_coding::zstd}, body.substr(0, out.pos), got) == errc::malformed_coding);
}

TEST_CASE("content-encoding is read in its order, over several fields, whatever their case")
{
    error_code ec;
    using list = coding_list;
    CHECK(read_content_encoding(encoding_fields({}), ec).empty());
    CHECK(read_content_encoding(encoding_fields({"identity"}), ec).empty());
    CHECK(read_content_encoding(encoding_fields({"X-GZip"}), ec) == list{content_coding::gzip});
    CHECK(read_content_encoding(encoding_fields({" gzip ,\tBR", "", "zstd,,deflate"}), ec) ==
          list{content_coding::gzip, content_coding::br, content_coding::zstd,
               content_coding::deflate});
    CHECK_FALSE(ec);
}

TEST_CASE("an unknown coding leaves the body as it is, and too many are too_many_codings")
{
    error_code ec;
    CHECK(read_content_encoding(encoding_fields({"compress"}), ec).empty());
    CHECK(read_content_encoding(encoding_fields({"gzip, aes128gcm"}), ec).empty());
    CHECK_FALSE(ec);
    CHECK(read_content_encoding(encoding_fields({"gzip, gzip, gzip, gzip, gzip"}), ec).empty());
    CHECK(ec == errc::too_many_codings);
}
