#include "net/bypass_list.hpp"

#include <aloft/error.hpp>

#include <algorithm>
#include <charconv>

namespace aloft::net {
namespace {

std::string lower(std::string_view text)
{
    std::string made{text};
    std::ranges::transform(made, made.begin(), [](char c) {
        return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    });
    return made;
}

template <class Number>
bool parse(std::string_view text, Number& into)
{
    const auto [end, ec] = std::from_chars(text.data(), text.data() + text.size(), into);
    return ec == std::errc{} && end == text.data() + text.size();
}

std::vector<unsigned char> bytes_of(const asio::ip::address& address)
{
    if (address.is_v4()) {
        const auto bytes = address.to_v4().to_bytes();
        return {bytes.begin(), bytes.end()};
    }
    const auto bytes = address.to_v6().to_bytes();
    return {bytes.begin(), bytes.end()};
}

} // namespace

bypass_list::bypass_list(std::string_view text)
{
    while (!text.empty()) {
        const std::string_view one = text.substr(0, text.find_first_of(", \t"));
        text.remove_prefix(std::min(one.size() + 1, text.size()));
        if (!one.empty())
            add(one);
    }
}

void bypass_list::add(std::string_view text)
{
    if (text == "*") {
        all_ = true;
        return;
    }
    rule made;
    const auto colon = text.rfind(':');
    const bool v6 = text.find(':') != colon && !text.starts_with('[');
    if (colon != text.npos && !v6 && text.find(']', colon) == text.npos) {
        if (!parse(text.substr(colon + 1), made.port))
            return;
        text = text.substr(0, colon);
    }
    if (text.starts_with('[') && text.ends_with(']'))
        text = text.substr(1, text.size() - 2);

    const auto slash = text.find('/');
    error_code ec;
    made.network = asio::ip::make_address(std::string{text.substr(0, slash)}, ec);
    if (!ec) {
        made.bits = made.network.is_v4() ? 32 : 128;
        unsigned given = made.bits;
        if (slash != text.npos && (!parse(text.substr(slash + 1), given) || given > made.bits))
            return;
        made.bits = given;
    } else {
        if (text.starts_with("*."))
            text.remove_prefix(1);
        if (text.starts_with('.'))
            text.remove_prefix(1);
        if (text.ends_with('.'))
            text.remove_suffix(1);
        if (text.empty())
            return;
        made.name = lower(text);
    }
    rules_.push_back(std::move(made));
}

bool bypass_list::matches(std::string_view host, std::uint16_t port) const
{
    if (all_)
        return true;
    error_code ec;
    const auto address = asio::ip::make_address(std::string{host}, ec);
    if (host.ends_with('.'))
        host.remove_suffix(1);
    const std::string name = lower(host);
    return std::ranges::any_of(rules_, [&](const rule& one) {
        if (one.port != 0 && one.port != port)
            return false;
        return ec ? names(one, name) : covers(one, address);
    });
}

bool bypass_list::names(const rule& one, std::string_view host)
{
    if (one.name.empty() || !host.ends_with(one.name))
        return false;
    const std::size_t above = host.size() - one.name.size();
    return above == 0 || host[above - 1] == '.';
}

bool bypass_list::covers(const rule& one, const asio::ip::address& address)
{
    if (!one.name.empty() || one.network.is_v4() != address.is_v4())
        return false;
    const auto network = bytes_of(one.network);
    const auto bytes = bytes_of(address);
    for (unsigned bit = 0; bit < one.bits; ++bit) {
        const unsigned mask = 0x80U >> bit % 8;
        if (((network[bit / 8] ^ bytes[bit / 8]) & mask) != 0)
            return false;
    }
    return true;
}

} // namespace aloft::net
