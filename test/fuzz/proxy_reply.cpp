#include "fuzz_input.hpp"
#include "net/http_connect.hpp"
#include "net/socks5_handshake.hpp"

#include <algorithm>
#include <memory>
#include <string>

// What a proxy answers. The first byte says which kind it is and whether it is told a user.
namespace aloft::fuzz {
namespace {

std::unique_ptr<net::proxy_handshake> handshake(std::uint8_t kind)
{
    const std::string user = (kind & 2U) != 0 ? "user" : "";
    const std::string host = (kind & 4U) != 0 ? "2001:db8::1" : "server.example";
    if ((kind & 1U) != 0)
        return std::make_unique<net::socks5_handshake>(host, 443, user, "secret");
    return std::make_unique<net::http_connect>(host, 443, user, "secret");
}

/// Reads as a tunnel does, at most `most` bytes at once; tells all that can be seen.
std::string outcome(std::uint8_t kind, std::string_view reply, std::size_t most)
{
    using status = net::proxy_handshake::status;
    const auto one = handshake(kind);
    std::string said = one->output();
    one->output().clear();
    const auto given = reply;
    auto now = status::more;
    while (now == status::more && !reply.empty()) {
        const auto wanted = one->wanted();
        require(wanted != 0, "more is wanted where there is more");
        const auto piece = reply.substr(0, std::min(wanted, most));
        reply.remove_prefix(piece.size());
        now = one->take(piece);
        said.append(one->output());
        one->output().clear();
    }
    require((now == status::failed) == !one->problem().empty(), "what failed has a reason");
    require(one->problem().size() < 1000, "a reason is bounded");
    // What a proxy says may be quoted, what we say to it may not.
    require(given.find("secret") != std::string_view::npos ||
                one->problem().find("secret") == std::string::npos,
            "a reason tells no password");
    return std::to_string(static_cast<int>(now)) + said + one->problem() +
           // What was left unread when it failed depends on the pieces.
           (now == status::failed ? "" : std::to_string(given.size() - reply.size()));
}

} // namespace
} // namespace aloft::fuzz

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    using namespace aloft::fuzz;
    input in(data, size);
    const auto kind = in.byte();
    const auto reply = in.rest();
    (void)outcome(kind, reply, 1000);
    if ((kind & 1U) != 0) // the words about one that is no HTTP quote as much as is there
        require(outcome(kind, reply, 1000) == outcome(kind, reply, 1), "pieces have no say");
    return 0;
}
