#include "net/system_resolver.hpp"

#include <boost/asio/ip/address.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/prefer.hpp>

#include <algorithm>
#include <cstring>
#include <deque>
#include <mutex>
#include <netdb.h>
#include <optional>
#include <system_error>
#include <thread>
#include <utility>

namespace aloft::net {

/// One question. `done` belongs to the executor; a helper thread touches the rest, `work` under the
/// queue's mutex.
struct system_resolver::lookup {
    std::string host;
    std::uint16_t port;
    resolve_completion* done;
    std::optional<asio::any_io_executor>
        work; // keeps the event loop running until the answer is posted
    net_error error{};
    tcp_endpoints endpoints{};
};

/// Outlives the resolver while a thread is inside getaddrinfo.
struct system_resolver::queue {
    std::mutex mutex;
    std::deque<std::shared_ptr<lookup>> waiting;
    std::size_t threads = 0;
};

namespace {

tcp_endpoints without_asking(std::string_view host, std::uint16_t port)
{
    if (host.ends_with('.'))
        host.remove_suffix(1);
    const bool localhost =
        std::ranges::equal(host, std::string_view{"localhost"}, [](char a, char b) {
            return (a >= 'A' && a <= 'Z' ? static_cast<char>(a - 'A' + 'a') : a) == b;
        });
    if (localhost)
        return {{asio::ip::address_v4::loopback(), port}, {asio::ip::address_v6::loopback(), port}};
    error_code ec;
    const asio::ip::address address = asio::ip::make_address(std::string{host}, ec);
    return ec ? tcp_endpoints{} : tcp_endpoints{{address, port}};
}

/// Blocks.
void ask(const std::string& host, std::uint16_t port, net_error& error, tcp_endpoints& endpoints)
{
    addrinfo hints{};
    hints.ai_socktype = SOCK_STREAM;
    hints.ai_flags = AI_ADDRCONFIG;
    addrinfo* list = nullptr;
    const int result = ::getaddrinfo(host.c_str(), nullptr, &hints, &list);
    for (const addrinfo* at = list; at != nullptr; at = at->ai_next) {
        asio::ip::tcp::endpoint found;
        if (at->ai_addrlen > found.capacity())
            continue;
        std::memcpy(found.data(), at->ai_addr, at->ai_addrlen);
        found.resize(at->ai_addrlen);
        found.port(port);
        endpoints.push_back(found);
    }
    if (list != nullptr)
        ::freeaddrinfo(list);
    if (endpoints.empty())
        error = {errc::resolve_failed,
                 host + ": " + (result != 0 ? ::gai_strerror(result) : "no address")};
}

} // namespace

system_resolver::system_resolver(asio::any_io_executor executor) :
    executor_{std::move(executor)}, queue_{std::make_shared<queue>()}
{
}

system_resolver::~system_resolver()
{
    const std::lock_guard lock{queue_->mutex};
    queue_->waiting.clear();
    for (const std::shared_ptr<lookup>& abandoned : outstanding_) {
        abandoned->done = nullptr;
        abandoned->work.reset();
    }
}

void system_resolver::resolve(const std::string& host, std::uint16_t port, resolve_completion& done)
{
    std::erase_if(outstanding_, [](const auto& old) { return old->done == nullptr; });
    auto asked = std::make_shared<lookup>(lookup{host, port, &done, std::nullopt});
    outstanding_.push_back(asked);
    asked->endpoints = without_asking(host, port);
    if (!asked->endpoints.empty()) {
        asio::post(executor_, [asked] { deliver(asked); });
        return;
    }

    asked->work = asio::prefer(executor_, asio::execution::outstanding_work.tracked);
    const std::lock_guard lock{queue_->mutex};
    queue_->waiting.push_back(asked);
    if (queue_->threads == max_threads)
        return;
    try {
        std::thread{[shared = queue_] { work(shared); }}.detach();
        ++queue_->threads;
    } catch (const std::system_error& none) {
        if (queue_->threads > 0)
            return; // those that run will come to it
        queue_->waiting.pop_back();
        asked->error = {errc::resolve_failed, host + ": no thread to ask from: " + none.what()};
        asked->work.reset();
        asio::post(executor_, [asked] { deliver(asked); });
    }
}

void system_resolver::cancel(resolve_completion& done) noexcept
{
    const std::lock_guard lock{queue_->mutex};
    for (const std::shared_ptr<lookup>& asked : outstanding_) {
        if (asked->done != &done)
            continue;
        asked->done = nullptr;
        asked->work.reset();
        std::erase(queue_->waiting, asked);
    }
}

void system_resolver::work(const std::shared_ptr<queue>& shared)
{
    std::unique_lock lock{shared->mutex};
    while (!shared->waiting.empty()) {
        const std::shared_ptr<lookup> asked = shared->waiting.front();
        shared->waiting.pop_front();
        lock.unlock();
        ask(asked->host, asked->port, asked->error, asked->endpoints);
        lock.lock();
        // Without `work` nobody waits, and the event loop may be gone.
        if (const auto executor = std::exchange(asked->work, std::nullopt))
            asio::post(*executor, [asked] { deliver(asked); });
    }
    --shared->threads;
}

void system_resolver::deliver(const std::shared_ptr<lookup>& answered)
{
    if (resolve_completion* done = std::exchange(answered->done, nullptr))
        done->resolved(std::move(answered->error), std::move(answered->endpoints));
}

} // namespace aloft::net
