#include "net/unix_connect.hpp"

#include <boost/asio/error.hpp>

#include <cerrno>
#include <sys/socket.h>
#include <sys/un.h>

namespace aloft::net {

void connect_unix(asio::local::stream_protocol::socket& socket, const std::string& path,
                  error_code& ec)
{
    ec = asio::error::name_too_long;
    if (path.size() >= sizeof(sockaddr_un::sun_path))
        return;
    const asio::local::stream_protocol::endpoint where{path};
    socket.open(where.protocol(), ec);
    if (ec)
        return;
    socket.non_blocking(true, ec);
    // Asio's connect would take the EAGAIN of a full backlog for a connection in progress.
    if (::connect(socket.native_handle(), where.data(), static_cast<socklen_t>(where.size())) != 0)
        ec.assign(errno, boost::system::system_category());
}

} // namespace aloft::net
