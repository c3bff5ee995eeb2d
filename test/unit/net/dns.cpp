// Names: a scripted name server on loopback, /etc/hosts, the cache on a clock of its own, and what
// users bring themselves.

#include "net/address_cache.hpp"
#include "net/ares_source.hpp"
#include "net/cached_resolver.hpp"
#include "net/connect_race.hpp"
#include "net/fixed_resolver.hpp"
#include "net/name_server.hpp"
#include "net/supplied_resolver.hpp"
#include "support/catch.hpp"
#include "support/manual_clock.hpp"
#include "unit/net/listening.hpp"
#include "unit/net/name_server_peer.hpp"
#include "unit/net/results.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/system/system_error.hpp>

#include <chrono>
#include <fstream>
#include <map>
#include <set>
#include <string>

using namespace aloft;
using namespace aloft::net;
using namespace aloft::test;
using namespace std::chrono_literals;

namespace {

using steady = std::chrono::steady_clock;

class lookup_result final : public lookup_completion {
public:
    void looked_up(net_error failed, bool is_final, host_addresses answer) override
    {
        ++count;
        error = std::move(failed);
        final = is_final;
        found = std::move(answer);
    }

    std::string text() const
    {
        std::string all;
        for (const auto& address : found.addresses)
            all.append(all.empty() ? "" : " ").append(address.to_string());
        return all;
    }

    int count = 0;
    net_error error;
    bool final = false;
    host_addresses found;
};

std::string text_of(const resolution& answer)
{
    std::string all;
    for (const auto& endpoint : answer.endpoints)
        all.append(all.empty() ? "" : " ").append(to_text(endpoint));
    return all;
}

host_addresses addresses(std::vector<std::string> texts, std::chrono::seconds lifetime = 60s)
{
    host_addresses made;
    for (const auto& text : texts)
        made.addresses.push_back(asio::ip::make_address(text));
    made.lifetime = lifetime;
    return made;
}

/// Answers when a test says so.
class scripted_source final : public address_source {
public:
    void lookup(const std::string& host, lookup_completion& done) override
    {
        asked.push_back(host);
        waiting[host] = &done;
    }
    void cancel(lookup_completion& done) noexcept override
    {
        std::erase_if(waiting, [&](const auto& held) { return held.second == &done; });
    }

    void answer(const std::string& host, host_addresses found)
    {
        take(host)->looked_up({}, false, std::move(found));
    }
    void fail(const std::string& host, bool final)
    {
        take(host)->looked_up({errc::resolve_failed, host + ": failed"}, final, {});
    }

    std::vector<std::string> asked;
    std::map<std::string, lookup_completion*> waiting;

private:
    lookup_completion* take(const std::string& host)
    {
        auto* done = waiting.at(host);
        waiting.erase(host);
        return done;
    }
};

/// A cached resolver over a scripted source, on virtual time.
class cached_world {
public:
    explicit cached_world(const cache_limits& limits = {})
    {
        auto made = std::make_unique<scripted_source>();
        source = made.get();
        resolver = std::make_unique<cached_resolver>(context.get_executor(), clock, std::move(made),
                                                     limits);
    }

    void poll()
    {
        context.restart();
        context.poll();
    }

    /// What a resolve ends with at once, or "waits".
    std::string ask(const std::string& host)
    {
        resolution answer;
        resolver->resolve(host, 80, answer);
        CHECK(answer.count == 0);
        poll();
        if (answer.count == 0) {
            resolver->cancel(answer);
            return "waits";
        }
        return answer.error ? answer.error.detail : text_of(answer);
    }

    void learn(const std::string& host, host_addresses found)
    {
        resolution answer;
        resolver->resolve(host, 80, answer);
        source->answer(host, std::move(found));
        poll();
        CHECK(answer.count == 1);
    }

    asio::io_context context;
    std::shared_ptr<manual_clock> clock = std::make_shared<manual_clock>();
    scripted_source* source = nullptr;
    std::unique_ptr<cached_resolver> resolver;
};

} // namespace

TEST_CASE("addresses, localhost and hosts of a table are resolved without asking anybody")
{
    asio::io_context context;
    const asio::ip::tcp::endpoint there{asio::ip::make_address("192.0.2.9"), 443};
    fixed_resolver names{context.get_executor(), {{{"api", 443}, {there}}}, nullptr};
    const auto answer = [&](const std::string& host, std::uint16_t port = 80) {
        resolution found;
        names.resolve(host, port, found);
        CHECK(found.count == 0);
        context.restart();
        context.poll();
        REQUIRE(found.count == 1);
        return text_of(found);
    };
    CHECK(answer("192.0.2.1") == "192.0.2.1:80");
    CHECK(answer("2001:db8::1") == "[2001:db8::1]:80");
    CHECK(answer("localhost") == "127.0.0.1:80 [::1]:80");
    CHECK(answer("LocalHost.") == "127.0.0.1:80 [::1]:80");
    CHECK(answer("api.localhost") == "127.0.0.1:80 [::1]:80");
    CHECK(answer("api", 443) == "192.0.2.9:443");
}

TEST_CASE("a fixed resolver asks another about the rest, and can be cancelled")
{
    cached_world world;
    auto& asked = *world.source;
    fixed_resolver fixed{world.context.get_executor(), {}, std::move(world.resolver)};
    resolution other;
    resolution at_once;
    fixed.resolve("notlocalhost", 80, other);
    fixed.resolve("127.0.0.1", 80, at_once);
    fixed.cancel(at_once);
    CHECK(asked.asked == std::vector<std::string>{"notlocalhost"});
    fixed.cancel(other);
    CHECK(asked.waiting.empty());
    world.poll();
    CHECK(other.count + at_once.count == 0);
}

TEST_CASE("both families of a host are asked for, and the answer has the shorter lifetime")
{
    asio::io_context context;
    name_server_peer server{context};
    server.answers["both.example"] = {{"192.0.2.1", "192.0.2.2"}, {"2001:db8::1"}, 77};
    ares_source source{context.get_executor(), {server.endpoint()}};
    lookup_result found;
    source.lookup("both.example", found);
    CHECK(found.count == 0);
    run_until(context, [&] { return found.count == 1; });
    CHECK(found.error.detail.empty());
    CHECK(found.found.addresses.size() == 3);
    CHECK(found.found.addresses.front().is_v6());
    CHECK(found.found.lifetime == 77s);
    context.restart();
    server.stop();
    context.run(); // nothing is left behind
}

TEST_CASE("a family that is slow is waited for 50 ms, or 500 where it is IPv4")
{
    asio::io_context context;
    name_server_peer server{context};
    server.answers["slow.example"] = {{"192.0.2.1"}, {"2001:db8::1"}, 60};
    const bool v4_missing = GENERATE(true, false);
    server.ignored_types.insert(v4_missing ? 1 : 28);
    ares_source source{context.get_executor(), {server.endpoint()}};
    lookup_result found;
    const auto begun = steady::now();
    source.lookup("slow.example", found);
    run_until(context, [&] { return found.count == 1; });
    CHECK(found.text() == (v4_missing ? "2001:db8::1" : "192.0.2.1"));
    CHECK(found.found.lifetime == 0s);
    CHECK(steady::now() - begun >=
          (v4_missing ? ares_query::ipv4_delay : ares_query::resolution_delay));
    CHECK(steady::now() - begun < 1500ms); // long before the question is asked again
}

TEST_CASE("a name that does not exist is a final answer, a server that fails is none")
{
    asio::io_context context;
    name_server_peer server{context};
    server.failing.insert("broken.example");
    ares_source source{context.get_executor(), {server.endpoint()}};
    lookup_result found;

    source.lookup("nobody.example", found);
    run_until(context, [&] { return found.count == 1; });
    CHECK(found.error.code == errc::resolve_failed);
    CHECK(found.error.detail == "nobody.example: Domain name not found");
    CHECK(found.final);

    source.lookup("broken.example", found);
    run_until(context, [&] { return found.count == 2; });
    CHECK(found.error.code == errc::resolve_failed);
    CHECK(contains(found.error.detail, "broken.example: "));
    CHECK_FALSE(found.final);

    source.lookup(std::string(300, 'x') + ".example", found);
    run_until(context, [&] { return found.count == 3; });
    CHECK(found.error.code == errc::resolve_failed);
}

TEST_CASE("a host of /etc/hosts needs no name server")
{
    std::ifstream hosts{"/etc/hosts"};
    std::string address;
    std::string name;
    std::string line;
    while (std::getline(hosts, line)) {
        std::istringstream words{line.substr(0, line.find('#'))};
        if (words >> address >> name && name.find("localhost") == std::string::npos)
            break;
        name.clear();
    }
    if (name.empty()) {
        WARN("no name but localhost in /etc/hosts");
        return;
    }
    asio::io_context context;
    const name_server_peer black_hole{context};
    ares_source source{context.get_executor(), {black_hole.endpoint()}};
    lookup_result found;
    source.lookup(name, found);
    run_until(context, [&] { return found.count == 1; });
    CHECK(contains(found.text(), address));
}

TEST_CASE("with the name servers black-holed, cancelling and destroying take no time")
{
    asio::io_context context;
    name_server_peer black_hole{context};
    black_hole.stop();
    lookup_result cancelled;
    lookup_result abandoned;
    const auto begun = steady::now();
    {
        ares_source source{context.get_executor(), {black_hole.endpoint()}};
        source.lookup("cancelled.example", cancelled);
        context.poll();
        source.cancel(cancelled);
        context.restart();
        context.run(); // nothing is outstanding
        source.lookup("abandoned.example", abandoned);
        context.restart();
        context.poll();
    }
    context.restart();
    context.run();
    CHECK(steady::now() - begun < 100ms);
    CHECK(cancelled.count + abandoned.count == 0);
}

TEST_CASE("a lookup may outlive its loop")
{
    lookup_result abandoned;
    {
        asio::io_context context;
        ares_source source{context.get_executor(), {{asio::ip::make_address("127.0.0.1"), 9}}};
        source.lookup("abandoned.example", abandoned);
    }
    auto context = std::make_unique<asio::io_context>();
    auto query = ares_query::start(context->get_executor(), "abandoned.example",
                                   {{asio::ip::make_address("127.0.0.1"), 9}}, abandoned);
    query->cancel();
    query.reset();
    context.reset();
    CHECK(abandoned.count == 0);
}

TEST_CASE("no more hosts are asked about at once than the limit, and the rest wait their turn")
{
    asio::io_context context;
    name_server_peer server{context};
    server.answers["last.example"] = {{"192.0.2.1"}, {}, 60};
    std::vector<lookup_result> many(ares_source::max_queries);
    lookup_result last;
    ares_source source{context.get_executor(), {server.endpoint()}};
    for (std::size_t i = 0; i < many.size(); ++i) {
        const auto name = "silent" + std::to_string(i) + ".example";
        server.ignored.insert(name);
        source.lookup(name, many[i]);
    }
    source.lookup("last.example", last);
    run_until(context, [&] { return server.seen.size() >= many.size(); });
    CHECK(server.seen.count("last.example") == 0);
    source.cancel(many.front());
    run_until(context, [&] { return last.count == 1; });
    CHECK(last.text() == "192.0.2.1");
}

TEST_CASE("an answer of many addresses is cut to the limit")
{
    asio::io_context context;
    name_server_peer server{context};
    auto& many = server.answers["many.example"];
    for (int i = 0; i < 28; ++i) // what a datagram holds
        many.v4.push_back("192.0.2." + std::to_string(i + 1));
    ares_source source{context.get_executor(), {server.endpoint()}};
    lookup_result found;
    source.lookup("many.example", found);
    run_until(context, [&] { return found.count == 1; });
    CHECK(found.found.addresses.size() <= ares_query::max_addresses);
    CHECK(found.found.addresses.size() == many.v4.size());
}

TEST_CASE("an answer is remembered for its lifetime within bounds, then stale for a while")
{
    cache_limits limits;
    limits.shortest = 5s;
    limits.longest = 300s;
    limits.stale = 1000s;
    address_cache cache{limits};
    const auto age_at = [&](const std::string& host, tick now) -> std::string {
        const auto* known = cache.find(host, now);
        if (known == nullptr)
            return "unknown";
        switch (cache.age_of(*known, now)) {
        case address_cache::age::fresh: return "fresh";
        case address_cache::age::ageing: return "ageing";
        case address_cache::age::stale: return "stale";
        }
        return "?";
    };
    cache.put("short", addresses({"192.0.2.1"}, 0s), 0);
    cache.put("long", addresses({"192.0.2.1"}, 86'400s), 0);
    cache.put("plain", addresses({"192.0.2.1"}, 100s), 0);
    CHECK(age_at("short", 3'999) == "fresh");
    CHECK(age_at("short", 4'000) == "ageing");
    CHECK(age_at("short", 5'000) == "stale");
    CHECK(age_at("long", 239'999) == "fresh");
    CHECK(age_at("long", 300'000) == "stale");
    CHECK(age_at("plain", 79'999) == "fresh");
    CHECK(age_at("plain", 80'000) == "ageing");
    CHECK(age_at("plain", 1'099'999) == "stale");
    CHECK(age_at("plain", 1'100'000) == "unknown");
    cache.forget("long");
    CHECK(age_at("long", 0) == "unknown");
}

TEST_CASE("the cache holds no more hosts than its limit: the one used longest ago makes room")
{
    cache_limits limits;
    limits.hosts = 2;
    address_cache cache{limits};
    cache.put("a", addresses({"192.0.2.1"}), 0);
    cache.put("b", addresses({"192.0.2.2"}), 0);
    CHECK(cache.find("a", 1) != nullptr);
    cache.put("c", addresses({"192.0.2.3"}), 1);
    CHECK(cache.size() == 2);
    CHECK(cache.find("a", 1) != nullptr);
    CHECK(cache.find("b", 1) == nullptr);
    CHECK(cache.find("c", 1) != nullptr);

    limits.hosts = 0;
    address_cache none{limits};
    none.put("a", addresses({"192.0.2.1"}), 0);
    CHECK(none.find("a", 0) == nullptr);
}

TEST_CASE("a host is asked about once, however many wait, and then remembered")
{
    cached_world world;
    resolution first;
    resolution second;
    resolution gone;
    world.resolver->resolve("a.example", 80, first);
    world.resolver->resolve("A.Example", 443, second);
    world.resolver->resolve("a.example", 81, gone);
    world.resolver->cancel(gone);
    CHECK(world.source->asked.size() == 1);
    world.source->answer("a.example", addresses({"192.0.2.1", "2001:db8::1"}));
    world.poll();
    CHECK(text_of(first) == "192.0.2.1:80 [2001:db8::1]:80");
    CHECK(text_of(second) == "192.0.2.1:443 [2001:db8::1]:443");
    CHECK(gone.count == 0);
    CHECK(world.ask("a.example") == "192.0.2.1:80 [2001:db8::1]:80");
    CHECK(world.source->asked.size() == 1);
}

TEST_CASE("a question that nobody waits for any more is withdrawn")
{
    cached_world world;
    CHECK(world.ask("a.example") == "waits"); // and was cancelled
    CHECK(world.source->waiting.empty());
    resolution destroyed;
    world.resolver->resolve("b.example", 80, destroyed);
    world.resolver.reset();
    world.poll();
    CHECK(destroyed.count == 0);
}

TEST_CASE("an answer in the last fifth of its life is renewed while it serves")
{
    cached_world world;
    world.learn("a.example", addresses({"192.0.2.1"}, 100s));
    world.clock->advance(80s);
    CHECK(world.ask("a.example") == "192.0.2.1:80");
    CHECK(world.source->waiting.size() == 1);
    CHECK(world.ask("a.example") == "192.0.2.1:80");
    CHECK(world.source->asked.size() == 2);
    world.source->answer("a.example", addresses({"192.0.2.2"}));
    CHECK(world.ask("a.example") == "192.0.2.2:80");
    CHECK(world.source->asked.size() == 2);
}

TEST_CASE("a stale answer serves when the name servers fail or keep silent, not when they deny")
{
    cached_world world;
    world.learn("a.example", addresses({"192.0.2.1"}, 10s));
    world.clock->advance(20s);
    resolution answer;
    world.resolver->resolve("a.example", 80, answer);
    world.poll();
    CHECK(answer.count == 0);

    SECTION("they fail")
    {
        world.source->fail("a.example", false);
        world.poll();
        CHECK(text_of(answer) == "192.0.2.1:80");
    }
    SECTION("they keep silent")
    {
        world.clock->advance(cached_resolver::patience - 1ms);
        world.poll();
        CHECK(answer.count == 0);
        world.clock->advance(1ms);
        world.poll();
        CHECK(text_of(answer) == "192.0.2.1:80");
        // The question goes on, and its answer serves the next.
        world.source->answer("a.example", addresses({"192.0.2.2"}));
        CHECK(world.ask("a.example") == "192.0.2.2:80");
    }
    SECTION("they deny")
    {
        world.source->fail("a.example", true);
        world.poll();
        CHECK(answer.error.detail == "a.example: failed");
        CHECK(world.ask("a.example") == "waits");
    }
    SECTION("for an hour")
    {
        world.source->fail("a.example", false);
        world.clock->advance(1h);
        world.resolver->resolve("a.example", 80, answer);
        world.source->fail("a.example", false);
        world.poll();
        CHECK(answer.error.code == errc::resolve_failed);
    }
}

TEST_CASE("name servers are addresses with or without a port")
{
    const auto parsed = [](const std::string& text) {
        const auto server = parse_name_server(text);
        return server ? to_text({server->address(), server->port()}) : std::string("none");
    };
    CHECK(parsed("192.0.2.53") == "192.0.2.53:53");
    CHECK(parsed("192.0.2.53:5353") == "192.0.2.53:5353");
    CHECK(parsed("2001:db8::53") == "[2001:db8::53]:53");
    CHECK(parsed("[2001:db8::53]:5353") == "[2001:db8::53]:5353");
    for (const auto* text : {"", "dns.example", "192.0.2.53:", "192.0.2.53:x", "192.0.2.53:70000",
                             "192.0.2.53/x", "u@192.0.2.53:1"})
        CHECK(parsed(text) == "none");
}

namespace {

/// A user's resolver: answers, throws, or waits for as long as it is let.
class users_resolver final : public custom_resolver {
public:
    asio::awaitable<std::vector<asio::ip::address>> resolve(std::string host) override
    {
        ++asked;
        if (host == "thrown.example")
            throw std::runtime_error("the registry is down");
        if (host == "nobody.example")
            co_return std::vector<asio::ip::address>{};
        if (host == "slow.example") {
            asio::steady_timer forever{co_await asio::this_coro::executor, 1h};
            try {
                co_await forever.async_wait(asio::use_awaitable);
            } catch (const boost::system::system_error&) {
                ++cancelled;
                throw;
            }
        }
        co_return std::vector{asio::ip::make_address("192.0.2.7")};
    }

    int asked = 0;
    int cancelled = 0;
};

} // namespace

TEST_CASE("a resolver of the user's is asked, its failure told, and a wait for it cancelled")
{
    asio::io_context context;
    const auto users = std::make_shared<users_resolver>();
    auto names = std::make_unique<supplied_resolver>(context.get_executor(), users);
    const auto answer = [&](const std::string& host) {
        resolution found;
        names->resolve(host, 80, found);
        CHECK(found.count == 0);
        run_until(context, [&] { return found.count == 1; });
        return found.error ? found.error.detail : text_of(found);
    };
    CHECK(answer("good.example") == "192.0.2.7:80");
    CHECK(answer("thrown.example") == "thrown.example: the registry is down");
    CHECK(answer("nobody.example") == "nobody.example: no address");

    resolution none;
    names->resolve("slow.example", 80, none);
    context.restart();
    context.poll();
    names->cancel(none);
    context.run(); // it has ended
    CHECK(users->cancelled == 1);

    names->resolve("slow.example", 80, none);
    context.restart();
    context.poll();
    names.reset();
    context.run();
    CHECK(users->cancelled == 2);
    CHECK(none.count == 0);
}
