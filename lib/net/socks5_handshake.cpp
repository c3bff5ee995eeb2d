#include "net/socks5_handshake.hpp"

#include <aloft/error.hpp>

#include <utility>

namespace aloft::net {
namespace {

constexpr unsigned char version = 5;
constexpr unsigned char no_sign_in = 0;
constexpr unsigned char user_and_password = 2;
constexpr unsigned char connect = 1;
constexpr unsigned char ipv4 = 1;
constexpr unsigned char name = 3;
constexpr unsigned char ipv6 = 4;
constexpr std::size_t longest_name = 255;

void append(std::string& to, std::initializer_list<unsigned char> bytes)
{
    for (const unsigned char byte : bytes)
        to.push_back(static_cast<char>(byte));
}

void append_sized(std::string& to, const std::string& text)
{
    to.push_back(static_cast<char>(text.size()));
    to.append(text);
}

/// RFC 1928, 6.
std::string describe(unsigned char code)
{
    switch (code) {
    case 1: return "general failure";
    case 2: return "its rules do not allow the connection";
    case 3: return "network unreachable";
    case 4: return "host unreachable";
    case 5: return "connection refused";
    case 6: return "the way is too long (TTL expired)";
    case 7: return "it cannot CONNECT";
    case 8: return "it does not know this kind of address";
    default: return "failure " + std::to_string(code);
    }
}

} // namespace

socks5_handshake::socks5_handshake(const std::string& host, std::uint16_t port, std::string user,
                                   std::string password) :
    host_{host}, port_{port}, user_{std::move(user)}, password_{std::move(password)}
{
    if (user_.empty())
        append(output_, {version, 1, no_sign_in});
    else
        append(output_, {version, 2, no_sign_in, user_and_password});
}

proxy_handshake::status socks5_handshake::take(std::string_view bytes)
{
    reply_.append(bytes);
    if (reply_.size() < wanted_)
        return status::more;
    const std::string told = std::exchange(reply_, {});
    const auto byte = [&](std::size_t at) { return static_cast<unsigned char>(told[at]); };
    switch (step_) {
    case step::method:
        return byte(0) == version ? method_chosen(byte(1)) : fail("it does not speak SOCKS 5");
    case step::sign_in:
        if (byte(1) != 0)
            return fail("it refuses the user and the password");
        ask_to_connect();
        return status::more;
    case step::reply:
        return byte(0) == version ? connected(byte(1), byte(3)) : fail("it does not speak SOCKS 5");
    case step::name_size: return expect(step::bound, byte(0) + sizeof port_);
    case step::bound: break;
    }
    return status::done;
}

proxy_handshake::status socks5_handshake::expect(step next, std::size_t bytes)
{
    step_ = next;
    wanted_ = bytes;
    return status::more;
}

proxy_handshake::status socks5_handshake::method_chosen(unsigned char method)
{
    if (host_.size() > longest_name)
        return fail("it can be told no name of more than 255 bytes");
    if (method == no_sign_in) {
        ask_to_connect();
        return status::more;
    }
    if (method != user_and_password || user_.empty())
        return fail(user_.empty() ? "it wants a user and a password"
                                  : "it accepts neither a user and a password nor none");
    append(output_, {1}); // the version of the sign-in itself (RFC 1929, 2)
    append_sized(output_, user_);
    append_sized(output_, password_);
    return expect(step::sign_in, 2);
}

void socks5_handshake::ask_to_connect()
{
    append(output_, {version, connect, 0});
    error_code ec;
    const auto address = asio::ip::make_address(host_, ec);
    if (ec) {
        append(output_, {name});
        append_sized(output_, host_);
    } else if (address.is_v4()) {
        append(output_, {ipv4});
        for (const unsigned char byte : address.to_v4().to_bytes())
            append(output_, {byte});
    } else {
        append(output_, {ipv6});
        for (const unsigned char byte : address.to_v6().to_bytes())
            append(output_, {byte});
    }
    append(output_, {static_cast<unsigned char>(port_ >> 8U), static_cast<unsigned char>(port_)});
    expect(step::reply, 4);
}

proxy_handshake::status socks5_handshake::connected(unsigned char code,
                                                    unsigned char kind_of_address)
{
    if (code != 0)
        return fail(describe(code));
    switch (kind_of_address) {
    case ipv4: return expect(step::bound, 4 + sizeof port_);
    case ipv6: return expect(step::bound, 16 + sizeof port_);
    case name: return expect(step::name_size, 1);
    default: return fail("it does not speak SOCKS 5");
    }
}

} // namespace aloft::net
