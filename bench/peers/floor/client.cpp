// The floor of the comparison: nghttp2, OpenSSL, simdjson and epoll with next to nothing on top. No
// coroutine, no limits, no deadlines, one field of each event read. What the libraries cost.
#include "bench/peers/common/command_line.hpp"
#include "bench/peers/common/content_reader.hpp"
#include "bench/peers/common/event_splitter.hpp"

#include <nghttp2/nghttp2.h>
#include <openssl/ssl.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <memory>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>
#include <vector>

namespace {

constexpr std::size_t read_size = std::size_t{256} * 1024;
constexpr std::size_t write_size = std::size_t{64} * 1024;
constexpr std::int32_t stream_window = 1 << 20;
constexpr std::int32_t connection_window = 64 << 20;

[[noreturn]] void give_up(const char* what)
{
    std::perror(what);
    std::exit(1);
}

/// The closed loop of all connections.
struct load {
    const bench::arguments& given;
    std::string authority;
    std::string length;
    std::string path;
    std::uint64_t limit = 0;
    std::uint64_t started = 0;
    bench::counts done;
    bench::content_reader reader;
    int poll = epoll_create1(0);
    std::vector<std::uint8_t> memory = std::vector<std::uint8_t>(read_size + 64);
};

struct request {
    std::size_t sent = 0;
    bench::event_splitter events;
};

nghttp2_nv field(std::string_view name, std::string_view value)
{
    // nghttp2 takes them as not const, and does not write.
    return {reinterpret_cast<std::uint8_t*>(const_cast<char*>(name.data())),
            reinterpret_cast<std::uint8_t*>(const_cast<char*>(value.data())), name.size(),
            value.size(), NGHTTP2_NV_FLAG_NO_COPY_NAME | NGHTTP2_NV_FLAG_NO_COPY_VALUE};
}

class connection {
public:
    connection(load& work, SSL_CTX* context) : work_(work), descriptor_(connect())
    {
        if (context != nullptr) {
            tls_ = SSL_new(context);
            SSL_set_fd(tls_, descriptor_);
            if (SSL_connect(tls_) != 1)
                give_up("TLS");
        }
        fcntl(descriptor_, F_SETFL, O_NONBLOCK);
        nghttp2_session_client_new(&session_, callbacks(), this);
        const nghttp2_settings_entry settings[] = {
            {NGHTTP2_SETTINGS_ENABLE_PUSH, 0},
            {NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, stream_window},
        };
        nghttp2_submit_settings(session_, NGHTTP2_FLAG_NONE, settings, 2);
        nghttp2_session_set_local_window_size(session_, NGHTTP2_FLAG_NONE, 0, connection_window);
        watch(EPOLL_CTL_ADD, EPOLLIN);
    }
    connection(const connection&) = delete;
    connection& operator=(const connection&) = delete;
    ~connection()
    {
        nghttp2_session_del(session_);
        SSL_free(tls_);
        close(descriptor_);
    }

    void submit()
    {
        if (work_.started == work_.limit)
            return;
        ++work_.started;
        const bool events = work_.given.events;
        const nghttp2_nv head[] = {
            field(":method", "POST"),
            field(":scheme", work_.given.tls ? "https" : "http"),
            field(":authority", work_.authority),
            field(":path", work_.path),
            field("content-type", "application/json"),
            field("accept", events ? "text/event-stream" : "application/json"),
            field("content-length", work_.length),
        };
        auto* begun = take_request();
        nghttp2_data_provider body{};
        body.source.ptr = begun;
        body.read_callback = on_body;
        if (nghttp2_submit_request(session_, nullptr, head, std::size(head), &body, begun) < 0)
            give_up("submit");
    }

    void on_readable()
    {
        auto& memory = work_.memory;
        for (;;) {
            const auto got = tls_ != nullptr
                                 ? SSL_read(tls_, memory.data(), static_cast<int>(read_size))
                                 : ::read(descriptor_, memory.data(), read_size);
            if (got <= 0) {
                if (!would_block(got, SSL_ERROR_WANT_READ))
                    give_up("read");
                return;
            }
            const auto size = static_cast<std::size_t>(got);
            if (nghttp2_session_mem_recv(session_, memory.data(), size) < 0)
                give_up("frame");
            if (tls_ == nullptr && size < read_size)
                return;
        }
    }

    void flush()
    {
        for (;;) {
            if (written_ == out_.size()) {
                out_.clear();
                written_ = 0;
            }
            fill();
            if (out_.size() == written_) {
                want_writable(false);
                return;
            }
            const std::size_t left = out_.size() - written_;
            const auto put = tls_ != nullptr
                                 ? SSL_write(tls_, &out_[written_],
                                             static_cast<int>(std::min<std::size_t>(left, 16384)))
                                 : ::write(descriptor_, &out_[written_], left);
            if (put > 0) {
                written_ += static_cast<std::size_t>(put);
                continue;
            }
            if (!would_block(put, SSL_ERROR_WANT_WRITE))
                give_up("write");
            want_writable(true);
            return;
        }
    }

private:
    int connect() const
    {
        const int made = socket(AF_INET, SOCK_STREAM, 0);
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_port = htons(work_.given.port);
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        if (::connect(made, static_cast<sockaddr*>(static_cast<void*>(&address)), sizeof address))
            give_up("connect");
        const int on = 1;
        setsockopt(made, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
        return made;
    }

    [[nodiscard]] bool would_block(long got, int wanted) const
    {
        if (tls_ != nullptr)
            return SSL_get_error(tls_, static_cast<int>(got)) == wanted;
        return got < 0 && errno == EAGAIN;
    }

    void fill()
    {
        while (out_.size() < write_size) {
            const std::uint8_t* data = nullptr;
            const auto size = nghttp2_session_mem_send(session_, &data);
            if (size < 0)
                give_up("frame");
            if (size == 0)
                return;
            out_.insert(out_.end(), data, data + size);
        }
    }

    void watch(int operation, std::uint32_t events)
    {
        epoll_event what{};
        what.events = events;
        what.data.ptr = this;
        epoll_ctl(work_.poll, operation, descriptor_, &what);
    }

    void want_writable(bool wanted)
    {
        if (waits_for_writable_ == wanted)
            return;
        waits_for_writable_ = wanted;
        watch(EPOLL_CTL_MOD, wanted ? EPOLLIN | EPOLLOUT : EPOLLIN);
    }

    request* take_request()
    {
        if (idle_.empty())
            return requests_.emplace_back(std::make_unique<request>()).get();
        auto* taken = idle_.back();
        idle_.pop_back();
        taken->sent = 0;
        taken->events.clear();
        return taken;
    }

    static connection& self(void* user) { return *static_cast<connection*>(user); }

    static request* find(nghttp2_session* session, std::int32_t id)
    {
        return static_cast<request*>(nghttp2_session_get_stream_user_data(session, id));
    }

    static ssize_t on_body(nghttp2_session*, std::int32_t, std::uint8_t* into, std::size_t room,
                           std::uint32_t* flags, nghttp2_data_source* source, void* user)
    {
        const auto& body = self(user).work_.given.body;
        auto& which = *static_cast<request*>(source->ptr);
        const std::size_t size = std::min(room, body.size() - which.sent);
        std::memcpy(into, body.data() + which.sent, size);
        which.sent += size;
        if (which.sent == body.size())
            *flags |= NGHTTP2_DATA_FLAG_EOF;
        return static_cast<ssize_t>(size);
    }

    static int on_data(nghttp2_session* session, std::uint8_t, std::int32_t id,
                       const std::uint8_t* data, std::size_t size, void* user)
    {
        auto& work = self(user).work_;
        auto* which = work.given.events ? find(session, id) : nullptr;
        if (which != nullptr) {
            which->events.feed(
                {reinterpret_cast<const char*>(data), size},
                [&](std::string_view chunk) { work.reader.count(chunk, work.done); });
        }
        return 0;
    }

    static int on_close(nghttp2_session* session, std::int32_t id, std::uint32_t code, void* user)
    {
        auto& who = self(user);
        who.work_.done.errors += code != 0 ? 1U : 0U;
        ++who.work_.done.requests;
        if (auto* which = find(session, id))
            who.idle_.push_back(which);
        who.submit();
        return 0;
    }

    static nghttp2_session_callbacks* callbacks()
    {
        static nghttp2_session_callbacks* const made = [] {
            nghttp2_session_callbacks* all = nullptr;
            nghttp2_session_callbacks_new(&all);
            nghttp2_session_callbacks_set_on_data_chunk_recv_callback(all, on_data);
            nghttp2_session_callbacks_set_on_stream_close_callback(all, on_close);
            return all;
        }();
        return made;
    }

    load& work_;
    int descriptor_;
    SSL* tls_ = nullptr;
    nghttp2_session* session_ = nullptr;
    std::vector<std::uint8_t> out_;
    std::size_t written_ = 0;
    bool waits_for_writable_ = false;
    std::vector<std::unique_ptr<request>> requests_;
    std::vector<request*> idle_;
};

using connections = std::vector<std::unique_ptr<connection>>;

void drive(load& work, connections& all, std::uint64_t limit, const std::string& path)
{
    work.limit = limit;
    work.started = 0;
    work.done = {};
    work.path = path;
    for (std::size_t i = 0; i != work.given.streams; ++i) {
        for (auto& one : all)
            one->submit();
    }
    for (auto& one : all)
        one->flush();
    std::array<epoll_event, 256> ready{};
    while (work.done.requests < limit) {
        const int count = epoll_wait(work.poll, ready.data(), static_cast<int>(ready.size()), -1);
        for (int i = 0; i < count; ++i) {
            const auto& what = ready[static_cast<std::size_t>(i)];
            auto& who = *static_cast<connection*>(what.data.ptr);
            if ((what.events & EPOLLIN) != 0)
                who.on_readable();
            who.flush();
        }
    }
}

SSL_CTX* client_context()
{
    SSL_CTX* made = SSL_CTX_new(TLS_client_method());
    SSL_CTX_set_mode(made, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
    static constexpr unsigned char http2[] = {2, 'h', '2'};
    SSL_CTX_set_alpn_protos(made, http2, sizeof http2);
    return made;
}

} // namespace

int main(int count, char** values)
{
    const auto given = bench::arguments::read(count, values);
    load work{given,
              given.host + ":" + std::to_string(given.port),
              std::to_string(given.body.size()),
              given.path,
              0,
              0,
              {},
              {}};
    SSL_CTX* context = given.tls ? client_context() : nullptr;
    connections all;
    for (std::size_t i = 0; i != given.connections; ++i)
        all.push_back(std::make_unique<connection>(work, context));
    if (given.warm != 0)
        drive(work, all, given.warm, given.warm_path);
    const bench::window measured;
    drive(work, all, given.total, given.path);
    measured.report(work.done);
}
