#include "net/tcp_settings.hpp"

#include <algorithm>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

namespace aloft::net {
namespace {

void set(int socket, int level, int name, int value)
{
    // It works without, only less well, and what is wrong with the socket its use will tell.
    (void)::setsockopt(socket, level, name, &value, sizeof value);
}

} // namespace

void apply(const tcp_options& options, asio::generic::stream_protocol::socket& socket)
{
    const int handle = socket.native_handle();
    set(handle, IPPROTO_TCP, TCP_NODELAY, options.no_delay() ? 1 : 0);
    if (options.keep_alive().count() <= 0)
        return;
    constexpr int questions = 4;
    const int silence = static_cast<int>(std::min<long>(options.keep_alive().count(), 32'767));
    set(handle, SOL_SOCKET, SO_KEEPALIVE, 1);
#ifdef TCP_KEEPIDLE
    set(handle, IPPROTO_TCP, TCP_KEEPIDLE, silence);
#else
    set(handle, IPPROTO_TCP, TCP_KEEPALIVE, silence);
#endif
    set(handle, IPPROTO_TCP, TCP_KEEPINTVL, std::max(silence / questions, 1));
    set(handle, IPPROTO_TCP, TCP_KEEPCNT, questions);
}

} // namespace aloft::net
