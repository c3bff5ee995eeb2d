#include "net/http_connect.hpp"

#include <openssl/evp.h>

#include <algorithm>

namespace aloft::net {
namespace {

std::string base64(const std::string& text)
{
    std::string encoded((text.size() + 2) / 3 * 4 + 1, '\0');
    const int size = EVP_EncodeBlock(reinterpret_cast<unsigned char*>(encoded.data()),
                                     reinterpret_cast<const unsigned char*>(text.data()),
                                     static_cast<int>(text.size()));
    encoded.resize(static_cast<std::size_t>(size));
    return encoded;
}

/// The first line, as far as it may be shown.
std::string shown(std::string_view text)
{
    constexpr std::size_t longest = 100;
    std::string line{text.substr(0, std::min(text.find_first_of("\r\n"), longest))};
    std::ranges::replace_if(line, [](char c) { return c < ' ' || c > '~'; }, '?');
    return line;
}

bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/// The status of "HTTP/1.x NNN reason", or 0 for what is no such line.
int status_of(std::string_view line)
{
    if (line.size() < 12 || !line.starts_with("HTTP/1.") || !is_digit(line[7]) || line[8] != ' ' ||
        !std::all_of(line.begin() + 9, line.begin() + 12, is_digit))
        return 0;
    if (line.size() > 12 && line[12] != ' ' && line[12] != '\r' && line[12] != '\n')
        return 0;
    return (line[9] - '0') * 100 + (line[10] - '0') * 10 + (line[11] - '0');
}

} // namespace

http_connect::http_connect(const std::string& host, std::uint16_t port, const std::string& user,
                           const std::string& password) :
    authority_{(host.find(':') != std::string::npos ? "[" + host + "]" : host) + ":" +
               std::to_string(port)},
    signed_in_{!user.empty()}
{
    output_ = "CONNECT " + authority_ + " HTTP/1.1\r\nHost: " + authority_ + "\r\n";
    if (signed_in_)
        output_ += "Proxy-Authorization: Basic " + base64(user + ":" + password) + "\r\n";
    output_ += "\r\n";
}

/// The head ends with an empty line, before which some send a bare LF: behind a line's end one more
/// byte may be the last, elsewhere two.
std::size_t http_connect::wanted() const noexcept
{
    return head_.ends_with('\n') || head_.ends_with("\n\r") ? 1 : 2;
}

proxy_handshake::status http_connect::take(std::string_view bytes)
{
    constexpr std::string_view begin = "HTTP/";
    received_ += bytes.size();
    head_.append(bytes);
    if (received_ > reply_limit)
        return fail("its reply is larger than " + std::to_string(reply_limit) + " bytes");
    if (!std::string_view{head_}.starts_with(begin.substr(0, head_.size())))
        return fail("it does not speak HTTP: \"" + shown(head_) + "\"");
    if (!head_.ends_with("\n\r\n") && !head_.ends_with("\n\n"))
        return status::more;
    return answered();
}

proxy_handshake::status http_connect::answered()
{
    const int status = status_of(head_);
    if (status / 100 == 1 && status != 101) {
        head_.clear();
        return status::more;
    }
    if (status / 100 == 2)
        return status::done;
    if (status == 407)
        return fail(signed_in_ ? "it refuses the user and the password (407)"
                               : "it wants a user and a password (407)");
    if (status == 0)
        return fail("it does not speak HTTP/1.1: \"" + shown(head_) + "\"");
    return fail("it answered \"" + shown(head_) + "\" to CONNECT " + authority_);
}

} // namespace aloft::net
