#include "net/socket_transport.hpp"

#include "net/operation_memory.hpp"

#include <boost/asio/buffer.hpp>

#include <utility>

namespace aloft::net {

/// Outlives the transport while Asio holds a wait.
struct socket_transport::state {
    struct waiting {
        io_completion* done = nullptr;
        operation_memory memory;
    };

    explicit state(socket_type connected) : socket{std::move(connected)} {}

    static void wait(const std::shared_ptr<state>& self, waiting state::* direction,
                     socket_type::wait_type what, io_completion& done);

    socket_type socket;
    waiting read;
    waiting write;
};

void socket_transport::state::wait(const std::shared_ptr<state>& self, waiting state::* direction,
                                   socket_type::wait_type what, io_completion& done)
{
    struct handler {
        using allocator_type = operation_allocator<void>;

        allocator_type get_allocator() const noexcept
        {
            return allocator_type{(self.get()->*direction).memory};
        }

        void operator()(error_code ec)
        {
            if (io_completion* target = std::exchange((self.get()->*direction).done, nullptr))
                target->complete(ec, 0);
        }

        std::shared_ptr<state> self;
        waiting state::* direction;
    };

    (self.get()->*direction).done = &done;
    self->socket.async_wait(what, handler{self, direction});
}

socket_transport::socket_transport(socket_type socket, std::string peer) :
    transport{socket.get_executor()},
    peer_{std::move(peer)},
    state_{std::make_shared<state>(std::move(socket))}
{
    error_code ec;
    state_->socket.non_blocking(true, ec);
}

socket_transport::~socket_transport()
{
    state_->read.done = nullptr;
    state_->write.done = nullptr;
    close();
}

void socket_transport::wait_readable(io_completion& done)
{
    state::wait(state_, &state::read, socket_type::wait_read, done);
}

void socket_transport::wait_writable(io_completion& done)
{
    state::wait(state_, &state::write, socket_type::wait_write, done);
}

std::size_t socket_transport::try_read(std::span<char> into, error_code& ec)
{
    return state_->socket.read_some(asio::buffer(into.data(), into.size()), ec);
}

std::size_t socket_transport::try_write(std::span<const char> bytes, error_code& ec)
{
    return state_->socket.write_some(asio::buffer(bytes.data(), bytes.size()), ec);
}

void socket_transport::shutdown_write()
{
    error_code ec; // a peer that is gone already will be noticed by the reader
    state_->socket.shutdown(socket_type::shutdown_send, ec);
}

void socket_transport::close()
{
    error_code ec;
    state_->socket.close(ec);
}

} // namespace aloft::net
