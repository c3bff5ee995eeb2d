// libcurl's multi_socket interface over epoll as one of the clients of the comparison. Events are
// searched for `"content":"`, not parsed as JSON.
#include "bench/peers/common/command_line.hpp"
#include "bench/peers/common/event_splitter.hpp"

#include <array>
#include <cstdio>
#include <curl/curl.h>
#include <memory>
#include <sys/epoll.h>
#include <sys/timerfd.h>
#include <unistd.h>
#include <vector>

namespace {

/// The closed loop of all handles.
struct load {
    const bench::arguments& given;
    std::uint64_t limit = 0;
    std::uint64_t started = 0;
    std::string url;
    bench::counts done;
    CURLM* multi = curl_multi_init();
    int poll = epoll_create1(0);
    int timer = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK);
};

struct request {
    load& work;
    CURL* handle = curl_easy_init();
    bench::event_splitter events;
};

void count_content(std::string_view chunk, bench::counts& into)
{
    constexpr std::string_view key = "\"content\":\"";
    const auto at = chunk.find(key);
    if (at == std::string_view::npos) {
        ++into.errors;
        return;
    }
    auto end = at + key.size();
    while (end < chunk.size() && chunk[end] != '"')
        end += chunk[end] == '\\' ? 2 : 1;
    ++into.events;
}

std::size_t on_body(char* data, std::size_t, std::size_t size, void* user)
{
    auto& which = *static_cast<request*>(user);
    if (which.work.given.events)
        which.events.feed({data, size},
                          [&](std::string_view chunk) { count_content(chunk, which.work.done); });
    return size;
}

int on_socket(CURL*, curl_socket_t descriptor, int what, void* user, void*)
{
    const int poll = static_cast<load*>(user)->poll;
    if (what == CURL_POLL_REMOVE) {
        epoll_ctl(poll, EPOLL_CTL_DEL, descriptor, nullptr);
        return 0;
    }
    epoll_event wanted{};
    wanted.data.fd = descriptor;
    wanted.events =
        ((what & CURL_POLL_IN) != 0 ? EPOLLIN : 0U) | ((what & CURL_POLL_OUT) != 0 ? EPOLLOUT : 0U);
    if (epoll_ctl(poll, EPOLL_CTL_MOD, descriptor, &wanted) != 0)
        epoll_ctl(poll, EPOLL_CTL_ADD, descriptor, &wanted);
    return 0;
}

int on_timer(CURLM*, long milliseconds, void* user)
{
    itimerspec when{};
    if (milliseconds >= 0) {
        when.it_value.tv_sec = milliseconds / 1000;
        when.it_value.tv_nsec = milliseconds == 0 ? 1 : milliseconds % 1000 * 1'000'000;
    }
    timerfd_settime(static_cast<load*>(user)->timer, 0, &when, nullptr);
    return 0;
}

void start(request& which)
{
    auto& work = which.work;
    if (work.started == work.limit)
        return;
    ++work.started;
    which.events.clear();
    curl_easy_setopt(which.handle, CURLOPT_URL, work.url.c_str());
    curl_multi_add_handle(work.multi, which.handle);
}

void finish_all(load& work)
{
    int left = 0;
    while (const CURLMsg* told = curl_multi_info_read(work.multi, &left)) {
        if (told->msg != CURLMSG_DONE)
            continue;
        if (told->data.result != CURLE_OK && work.done.errors++ == 0)
            std::fprintf(stderr, "%s\n", curl_easy_strerror(told->data.result));
        char* user = nullptr;
        CURL* handle = told->easy_handle;
        curl_easy_getinfo(handle, CURLINFO_PRIVATE, &user);
        curl_multi_remove_handle(work.multi, handle);
        ++work.done.requests;
        start(*static_cast<request*>(static_cast<void*>(user)));
    }
}

void react(load& work, const epoll_event& what)
{
    int running = 0;
    if (what.data.fd == work.timer) {
        std::uint64_t expired = 0;
        [[maybe_unused]] const auto got = read(work.timer, &expired, sizeof expired);
        curl_multi_socket_action(work.multi, CURL_SOCKET_TIMEOUT, 0, &running);
        return;
    }
    const int ready = ((what.events & EPOLLIN) != 0 ? CURL_CSELECT_IN : 0) |
                      ((what.events & EPOLLOUT) != 0 ? CURL_CSELECT_OUT : 0);
    curl_multi_socket_action(work.multi, what.data.fd, ready, &running);
}

using requests = std::vector<std::unique_ptr<request>>;

void drive(load& work, requests& all, std::uint64_t limit, const std::string& path)
{
    work.limit = limit;
    work.started = 0;
    work.done = {};
    work.url = work.given.base + path;
    for (auto& one : all)
        start(*one);
    int running = 0;
    curl_multi_socket_action(work.multi, CURL_SOCKET_TIMEOUT, 0, &running);
    std::array<epoll_event, 256> ready{};
    while (work.done.requests < limit) {
        const int count = epoll_wait(work.poll, ready.data(), static_cast<int>(ready.size()), -1);
        for (int i = 0; i < count; ++i)
            react(work, ready[static_cast<std::size_t>(i)]);
        finish_all(work);
    }
}

void set_up(load& work)
{
    const auto& given = work.given;
    const auto connections = static_cast<long>(given.http1 ? given.in_flight() : given.connections);
    curl_multi_setopt(work.multi, CURLMOPT_SOCKETFUNCTION, on_socket);
    curl_multi_setopt(work.multi, CURLMOPT_SOCKETDATA, &work);
    curl_multi_setopt(work.multi, CURLMOPT_TIMERFUNCTION, on_timer);
    curl_multi_setopt(work.multi, CURLMOPT_TIMERDATA, &work);
    curl_multi_setopt(work.multi, CURLMOPT_PIPELINING, CURLPIPE_MULTIPLEX);
    curl_multi_setopt(work.multi, CURLMOPT_MAX_HOST_CONNECTIONS, connections);
    curl_multi_setopt(work.multi, CURLMOPT_MAXCONNECTS, connections + 1);
    curl_multi_setopt(work.multi, CURLMOPT_MAX_CONCURRENT_STREAMS,
                      static_cast<long>(given.streams));
    epoll_event wanted{};
    wanted.events = EPOLLIN;
    wanted.data.fd = work.timer;
    epoll_ctl(work.poll, EPOLL_CTL_ADD, work.timer, &wanted);
}

void set_up(request& which, curl_slist* head)
{
    const auto& given = which.work.given;
    const long version = given.http1 ? CURL_HTTP_VERSION_1_1
                         : given.tls ? CURL_HTTP_VERSION_2TLS
                                     : CURL_HTTP_VERSION_2_PRIOR_KNOWLEDGE;
    curl_easy_setopt(which.handle, CURLOPT_HTTP_VERSION, version);
    curl_easy_setopt(which.handle, CURLOPT_PIPEWAIT, 1L);
    curl_easy_setopt(which.handle, CURLOPT_SSL_VERIFYPEER, 0L);
    curl_easy_setopt(which.handle, CURLOPT_SSL_VERIFYHOST, 0L);
    curl_easy_setopt(which.handle, CURLOPT_POSTFIELDS, given.body.c_str());
    curl_easy_setopt(which.handle, CURLOPT_POSTFIELDSIZE, static_cast<long>(given.body.size()));
    curl_easy_setopt(which.handle, CURLOPT_HTTPHEADER, head);
    curl_easy_setopt(which.handle, CURLOPT_WRITEFUNCTION, on_body);
    curl_easy_setopt(which.handle, CURLOPT_WRITEDATA, &which);
    curl_easy_setopt(which.handle, CURLOPT_PRIVATE, &which);
    curl_easy_setopt(which.handle, CURLOPT_NOSIGNAL, 1L);
}

} // namespace

int main(int count, char** values)
{
    const auto given = bench::arguments::read(count, values);
    curl_global_init(CURL_GLOBAL_ALL);
    load work{given, 0, 0, {}, {}};
    set_up(work);
    curl_slist* head = curl_slist_append(nullptr, "content-type: application/json");
    head = curl_slist_append(head, "Expect:");
    requests all;
    for (std::size_t i = 0; i != given.in_flight(); ++i)
        set_up(*all.emplace_back(std::make_unique<request>(request{work, curl_easy_init(), {}})),
               head);
    if (given.warm != 0)
        drive(work, all, given.warm, given.warm_path);
    const bench::window measured;
    drive(work, all, given.total, given.path);
    measured.report(work.done);
}
