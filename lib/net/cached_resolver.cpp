#include "net/cached_resolver.hpp"

#include <algorithm>
#include <utility>

namespace aloft::net {
namespace {

/// Case does not tell names apart (RFC 4343).
std::string lower(std::string host)
{
    std::ranges::transform(host, host.begin(), [](char c) {
        return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    });
    return host;
}

tcp_endpoints with_port(const std::vector<asio::ip::address>& addresses, std::uint16_t port)
{
    tcp_endpoints made;
    for (const auto& address : addresses)
        made.emplace_back(address, port);
    return made;
}

} // namespace

/// A host being asked about, and who waits for the answer: nobody, where an answer that still
/// holds is being renewed.
class cached_resolver::question final : public lookup_completion {
public:
    question(cached_resolver& owner, std::string host) :
        owner_{owner},
        host_{std::move(host)},
        patience_{[](timer_entry& entry) { static_cast<deadline&>(entry).owner->serve_stale(); }}
    {
        patience_.owner = this;
    }

    ~question()
    {
        if (asking_)
            owner_.source_->cancel(*this);
    }

    void start()
    {
        asking_ = true;
        owner_.source_->lookup(host_, *this);
    }

    void add(std::uint16_t port, resolve_completion& done) { waiting_.push_back({&done, port}); }

    /// Whoever waits is served what is known when `patience` is over.
    void bound()
    {
        if (!patience_.armed())
            owner_.timers_->arm(patience_,
                                owner_.timers_->update() + static_cast<tick>(patience.count()));
    }

    bool remove(const resolve_completion& done) noexcept
    {
        return std::erase_if(waiting_, [&](const waiter& w) { return w.done == &done; }) != 0;
    }
    bool awaited() const noexcept { return !waiting_.empty(); }

private:
    class deadline : public timer_entry {
    public:
        using timer_entry::timer_entry;
        question* owner = nullptr;
    };
    struct waiter {
        resolve_completion* done;
        std::uint16_t port;
    };

    void looked_up(net_error error, bool final, host_addresses found) override
    {
        asking_ = false;
        owner_.remember(host_, error, final, found);
        if (error && !final)
            serve_stale();
        for (const waiter& w : std::exchange(waiting_, {}))
            owner_.answers_.post(*w.done, error, with_port(found.addresses, w.port));
        owner_.end(host_); // destroys this
    }

    void serve_stale()
    {
        const auto* known = owner_.cache_.find(host_, owner_.timers_->update());
        if (known == nullptr)
            return;
        for (const waiter& w : std::exchange(waiting_, {}))
            owner_.answers_.post(*w.done, {}, with_port(known->addresses, w.port));
    }

    cached_resolver& owner_;
    std::string host_;
    deadline patience_;
    std::vector<waiter> waiting_;
    bool asking_ = false;
};

cached_resolver::cached_resolver(asio::any_io_executor executor,
                                 std::shared_ptr<timer_service> timers,
                                 std::unique_ptr<address_source> source,
                                 const cache_limits& limits) :
    timers_{std::move(timers)},
    source_{std::move(source)},
    cache_{limits},
    answers_{std::move(executor)}
{
}

cached_resolver::~cached_resolver() = default;

void cached_resolver::resolve(const std::string& name, std::uint16_t port, resolve_completion& done)
{
    const std::string host = lower(name);
    const tick now = timers_->update();
    const auto* known = cache_.find(host, now);
    const auto age = known != nullptr ? cache_.age_of(*known, now) : address_cache::age::stale;
    if (age != address_cache::age::fresh)
        ask(host);
    if (age == address_cache::age::stale) {
        question& asked = *questions_.at(host);
        asked.add(port, done);
        if (known != nullptr)
            asked.bound();
    } else {
        answers_.post(done, {}, with_port(known->addresses, port));
    }
}

void cached_resolver::ask(const std::string& host)
{
    auto& asked = questions_[host];
    if (asked != nullptr)
        return;
    asked = std::make_unique<question>(*this, host);
    asked->start();
}

void cached_resolver::cancel(resolve_completion& done) noexcept
{
    if (answers_.cancel(done))
        return;
    const auto at = std::ranges::find_if(
        questions_, [&](const auto& asked) { return asked.second->remove(done); });
    if (at != questions_.end() && !at->second->awaited())
        questions_.erase(at);
}

void cached_resolver::remember(const std::string& host, const net_error& error, bool final,
                               const host_addresses& found)
{
    if (!error)
        cache_.put(host, found, timers_->update());
    else if (final)
        cache_.forget(host);
}

void cached_resolver::end(const std::string& host)
{
    questions_.erase(std::string{host}); // `host` is of what is erased
}

} // namespace aloft::net
