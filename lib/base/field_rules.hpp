#pragma once
// What a header field of a request may be.

#include <algorithm>
#include <array>
#include <string_view>

namespace aloft {

// RFC 9110, 5.6.2: the characters of a token.
inline constexpr std::array<bool, 256> token_characters = [] {
    std::array<bool, 256> found{};
    for (const char c : std::string_view("!#$%&'*+-.^_`|~0123456789"))
        found[static_cast<unsigned char>(c)] = true;
    for (char c = 'a'; c <= 'z'; ++c)
        found[static_cast<unsigned char>(c)] = found[static_cast<unsigned char>(c - 32)] = true;
    return found;
}();

inline bool is_token(std::string_view text) noexcept
{
    return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
        return token_characters[static_cast<unsigned char>(c)];
    });
}

// RFC 9110, 5.5; what would split a message is refused, obs-text is let through.
inline bool is_field_value(std::string_view text) noexcept
{
    bool wrong = false;
    for (const char c : text) { // to the end, so that the compiler takes many at once
        const auto byte = static_cast<unsigned char>(c);
        wrong |= (byte < 0x20 && byte != '\t') || byte == 0x7f;
    }
    return !wrong;
}

// Fields that belong to the connection: HTTP/2 forbids them (RFC 9113, 8.2.2) and in HTTP/1.1 they
// are ours to write.
inline bool is_connection_field(std::string_view name) noexcept
{
    constexpr std::array<std::string_view, 7> names = {
        "connection",     "keep-alive", "proxy-connection", "transfer-encoding", "upgrade",
        "http2-settings", "host"};
    return std::find(names.begin(), names.end(), name) != names.end();
}

} // namespace aloft
