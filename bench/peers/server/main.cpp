// The server of the comparison: one thread, HTTP/2 and HTTP/1.1, clear text and TLS 1.3. What it
// answers is told in answers.hpp. It listens on three free ports of the loopback and prints them:
//   {"http2": 40001, "http1": 40002, "tls": 40003}
#include "connection.hpp"
#include "identity.hpp"

#include <algorithm>
#include <array>
#include <csignal>
#include <cstdio>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <queue>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>
#include <utility>

namespace bench {

namespace {

using steady = std::chrono::steady_clock;

enum class offer { http2, http1, tls };

struct listener {
    offer what = offer::http2;
    int descriptor = -1;
    std::uint16_t port = 0;

    bool open()
    {
        descriptor = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        auto* any = static_cast<sockaddr*>(static_cast<void*>(&address));
        socklen_t size = sizeof address;
        if (bind(descriptor, any, size) != 0 || listen(descriptor, 16384) != 0 ||
            getsockname(descriptor, any, &size) != 0)
            return false;
        port = ntohs(address.sin_port);
        return true;
    }
};

class server final : public loop {
public:
    bool open()
    {
        context_ = server_context();
        poll_ = epoll_create1(0);
        for (auto& one : listeners_) {
            if (context_ == nullptr || !one.open())
                return false;
            watch(EPOLL_CTL_ADD, one.descriptor, EPOLLIN, &one);
        }
        return true;
    }

    [[nodiscard]] int port(offer what) const { return listeners_[static_cast<int>(what)].port; }

    [[noreturn]] void run()
    {
        std::array<epoll_event, 512> ready{};
        for (;;) {
            // The next event due bounds the wait, so that no timer's system calls are in the way.
            timespec left{};
            const int count = epoll_pwait2(poll_, ready.data(), static_cast<int>(ready.size()),
                                           until_due(left), nullptr);
            for (int i = 0; i < count; ++i)
                react(ready[static_cast<std::size_t>(i)]);
            send_due();
            flush_all();
        }
    }

    void flush_later(connection& who) override
    {
        if (!std::exchange(who.flush_is_due, true))
            to_flush_.push_back(&who);
    }

    void keep_time(stream& which) override
    {
        // Streams that began together do not beat together.
        phase_ = phase_ * 6364136223846793005U + 1442695040888963407U;
        const auto apart = static_cast<std::uint64_t>(which.what.apart.count());
        const auto first = static_cast<std::int64_t>((phase_ >> 11) % apart);
        which.timed = true;
        due_.push({steady::now() + std::chrono::nanoseconds(first), &which});
    }

    void wait_for(connection& who, bool writable) override
    {
        watch(EPOLL_CTL_MOD, who.descriptor(), writable ? EPOLLIN | EPOLLOUT : EPOLLIN, &who);
    }

private:
    struct due {
        steady::time_point when;
        stream* which = nullptr;
        bool operator<(const due& other) const { return when > other.when; }
    };

    void watch(int operation, int descriptor, std::uint32_t events, void* who) const
    {
        epoll_event what{};
        what.events = events;
        what.data.ptr = who;
        epoll_ctl(poll_, operation, descriptor, &what);
    }

    const timespec* until_due(timespec& left) const
    {
        if (due_.empty())
            return nullptr;
        const auto wait = std::max<std::int64_t>(
            0, std::chrono::nanoseconds(due_.top().when - steady::now()).count());
        left.tv_sec = wait / 1'000'000'000;
        left.tv_nsec = wait % 1'000'000'000;
        return &left;
    }

    void react(const epoll_event& what)
    {
        for (auto& one : listeners_) {
            if (what.data.ptr == &one) {
                accept_all(one);
                return;
            }
        }
        auto& who = *static_cast<connection*>(what.data.ptr);
        if ((what.events & (EPOLLIN | EPOLLHUP | EPOLLERR)) != 0)
            who.on_readable();
        // Closed, it is destroyed with the others of this turn.
        flush_later(who);
    }

    void accept_all(const listener& at)
    {
        for (;;) {
            const int descriptor = accept4(at.descriptor, nullptr, nullptr, SOCK_NONBLOCK);
            if (descriptor < 0)
                return;
            const int on = 1;
            setsockopt(descriptor, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
            SSL* tls = nullptr;
            if (at.what == offer::tls) {
                tls = SSL_new(context_);
                SSL_set_fd(tls, descriptor);
            }
            auto* made = new connection(*this, descriptor, tls, at.what == offer::http2);
            watch(EPOLL_CTL_ADD, descriptor, EPOLLIN, made);
            flush_later(*made);
        }
    }

    void send_due()
    {
        const auto now = steady::now();
        while (!due_.empty() && due_.top().when <= now) {
            const auto next = due_.top();
            due_.pop();
            auto& which = *next.which;
            if (which.abandoned) {
                delete &which;
                continue;
            }
            // The last event takes "[DONE]" with it.
            const bool last = which.sent + which.ready + 1 >= which.what.count;
            which.ready += last ? 2 : 1;
            which.timed = !last;
            if (!last)
                due_.push({next.when + which.what.apart, &which});
            which.owner->event_due(which);
        }
    }

    void flush_all()
    {
        for (auto* who : to_flush_) {
            who->flush_is_due = false;
            who->flush();
            if (who->closed())
                delete who;
        }
        to_flush_.clear();
    }

    SSL_CTX* context_ = nullptr;
    int poll_ = -1;
    std::array<listener, 3> listeners_{
        {{offer::http2, -1, 0}, {offer::http1, -1, 0}, {offer::tls, -1, 0}}};
    std::priority_queue<due> due_;
    std::vector<connection*> to_flush_;
    std::uint64_t phase_ = 1;
};

void raise_descriptor_limit()
{
    rlimit limit{};
    getrlimit(RLIMIT_NOFILE, &limit);
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
}

} // namespace

} // namespace bench

int main()
{
    std::signal(SIGPIPE, SIG_IGN);
    prctl(PR_SET_TIMERSLACK, 1000UL);
    prctl(PR_SET_PDEATHSIG, SIGTERM); // it ends with the measurement
    bench::raise_descriptor_limit();
    bench::server server;
    if (!server.open()) {
        std::perror("peer-server");
        return 1;
    }
    std::printf("{\"http2\": %d, \"http1\": %d, \"tls\": %d}\n", server.port(bench::offer::http2),
                server.port(bench::offer::http1), server.port(bench::offer::tls));
    std::fflush(stdout);
    server.run();
}
