#include "coding/content_encoding.hpp"

#include "coding/brotli_decoder.hpp"
#include "coding/chained_decoder.hpp"
#include "coding/inflate_decoder.hpp"
#include "coding/limited_decoder.hpp"
#include "coding/zstd_decoder.hpp"

#include <algorithm>
#include <array>
#include <optional>

namespace aloft::coding {
namespace {

bool is(std::string_view token, std::string_view lower) noexcept
{
    return std::ranges::equal(token, lower, [](char a, char b) {
        return (a >= 'A' && a <= 'Z' ? static_cast<char>(a + 32) : a) == b;
    });
}

std::optional<content_coding> named(std::string_view token) noexcept
{
    if (is(token, "gzip") || is(token, "x-gzip")) // RFC 9110, 8.4.1.3
        return content_coding::gzip;
    if (is(token, "deflate"))
        return content_coding::deflate;
    if (is(token, "br"))
        return content_coding::br;
    if (is(token, "zstd"))
        return content_coding::zstd;
    return std::nullopt;
}

std::string_view trimmed(std::string_view text) noexcept
{
    const auto begin = text.find_first_not_of(" \t");
    if (begin == text.npos)
        return {};
    return text.substr(begin, text.find_last_not_of(" \t") + 1 - begin);
}

} // namespace

std::string_view to_string(content_coding which) noexcept
{
    switch (which) {
    case content_coding::gzip: return "gzip";
    case content_coding::deflate: return "deflate";
    case content_coding::br: return "br";
    case content_coding::zstd: return "zstd";
    }
    return {};
}

std::string to_string(const std::vector<content_coding>& codings)
{
    std::string text;
    for (const auto which : codings)
        text.append(text.empty() ? "" : ", ").append(to_string(which));
    return text;
}

std::vector<content_coding> read_content_encoding(const fields& head, error_code& ec)
{
    std::vector<content_coding> found;
    for (const auto [name, value] : head) {
        if (name != "content-encoding")
            continue;
        auto rest = value;
        while (!rest.empty()) {
            const auto comma = std::min(rest.find(','), rest.size());
            const auto token = trimmed(rest.substr(0, comma));
            rest.remove_prefix(std::min(comma + 1, rest.size()));
            if (token.empty() || is(token, "identity"))
                continue;
            const auto known = named(token);
            if (!known)
                return {};
            if (found.size() == most_codings) {
                ec = errc::too_many_codings;
                return {};
            }
            found.push_back(*known);
        }
    }
    return found;
}

std::unique_ptr<decoder> make_decoder(content_coding which)
{
    using format = inflate_decoder::format;
    switch (which) {
    case content_coding::gzip: return std::make_unique<inflate_decoder>(format::gzip);
    case content_coding::deflate: return std::make_unique<inflate_decoder>(format::deflate);
    case content_coding::br: return std::make_unique<brotli_decoder>();
    case content_coding::zstd: break;
    }
    return std::make_unique<zstd_decoder>();
}

std::unique_ptr<decoder> make_decoder(const std::vector<content_coding>& codings,
                                      decoding_limits limits)
{
    // The last one applied is the first to be undone. Each is limited for itself, too: what one of
    // them unfolds need not show behind the next.
    std::unique_ptr<decoder> made;
    for (auto at = codings.rbegin(); at != codings.rend(); ++at) {
        std::unique_ptr<decoder> one = std::make_unique<limited_decoder>(make_decoder(*at), limits);
        made = made ? std::make_unique<chained_decoder>(std::move(made), std::move(one))
                    : std::move(one);
    }
    return codings.size() == 1 ? std::move(made)
                               : std::make_unique<limited_decoder>(std::move(made), limits);
}

error_code decode(const std::vector<content_coding>& codings, std::string_view body,
                  decoding_limits limits, std::string& out)
{
    if (body.empty())
        return {};
    const auto from = make_decoder(codings, limits);
    std::array<char, 16384> piece;
    error_code ec;
    decoder::step done;
    do {
        done = from->decode(body, piece, ec);
        body.remove_prefix(done.read);
        out.append(piece.data(), done.written);
    } while (!ec && (!body.empty() || done.written == piece.size()));
    if (!ec && !from->complete())
        ec = errc::truncated_body;
    return ec;
}

} // namespace aloft::coding
