#include "simulation/busy_server.hpp"
#include "support/client_world.hpp"

#include <aloft/autoglm.hpp>

#include <cstdint>
#include <cstdio>
#include <map>
#include <random>
#include <string>

// Three replicas, of which one does a quarter of what the first does, and one dies under each
// request, are offered ten times what they can do; on simulated time.
using namespace aloft;
using namespace aloft::test;

namespace {

constexpr int seconds = 60;
constexpr int settled = 15;
constexpr int slowness = 4;
constexpr double capacity = busy_server::capacity * (1 + 1.0 / slowness);
constexpr milliseconds step(5);

struct counts {
    std::uint64_t good = 0;
    std::uint64_t shed = 0;
    std::uint64_t failed = 0;
    std::map<std::string, std::uint64_t, std::less<>> attempts; // by server
};

counts run()
{
    counts seen; // told until the world has ended
    std::int64_t now = 0;
    client_options policies;
    policies.adaptive(adaptive_concurrency()).max_waiting(256).max_in_flight(10'000);
    policies.retries(retry_rules());
    client_world world(true, policies);
    busy_server fast(world);
    busy_server slow(world, slowness);
    world.on_request = [&](served& r) {
        const auto who = r.header(":authority");
        if (now >= settled * 1000)
            ++seen.attempts[std::string(who)];
        if (who == "dead")
            r.link.close();
        else
            (who == "fast" ? fast : slow).arrived(r);
    };
    autoglm::client glm(std::move(*world.http), autoglm::options()
                                                    .server("http://fast/v1")
                                                    .server("http://slow/v1")
                                                    .server("http://dead/v1"));
    world.http = std::make_unique<client>(world.core);

    std::mt19937_64 random(7); // NOLINT
    std::exponential_distribution<double> gap(10 * capacity / 1000);
    autoglm::chat_request question;
    question.user("Open the settings");
    double next = 0;
    for (; now < seconds * 1000; now += step.count()) {
        for (; next <= static_cast<double>(now); next += gap(random)) {
            glm.async_complete(question, [&](error_code ec, const chat::completion&) {
                if (now < settled * 1000 || now >= seconds * 1000)
                    return;
                ++(ec == errc::queue_full ? seen.shed : ec ? seen.failed : seen.good);
            });
        }
        world.settle();
        world.clock->advance(step);
        fast.pass(step);
        slow.pass(step);
        world.settle();
    }
    return seen;
}

int broken = 0;

void promise(bool kept, const char* what, double measured)
{
    std::printf("%s %s: %.4f\n", kept ? "kept  " : "BROKEN", what, measured);
    broken += kept ? 0 : 1;
}

} // namespace

int main()
{
    const auto seen = run();
    const auto good = static_cast<double>(seen.good);
    std::uint64_t attempts = 0;
    for (const auto& [who, count] : seen.attempts) {
        std::printf("%s: %llu attempts\n", who.c_str(), static_cast<unsigned long long>(count));
        attempts += count;
    }
    const auto all = static_cast<double>(attempts);
    const auto dead = seen.attempts.find("dead");
    promise(good / (capacity * (seconds - settled)) >= 0.95, "goodput, of the capacity",
            good / (capacity * (seconds - settled)));
    promise(static_cast<double>(seen.failed) / good < 0.01, "failed requests, of those answered",
            static_cast<double>(seen.failed) / good);
    promise((all - good) / all < 0.1, "attempts in vain, of all", (all - good) / all);
    const double at_dead = dead == seen.attempts.end() ? 0 : static_cast<double>(dead->second);
    promise(at_dead / all < 0.05, "attempts at the dead one, of all", at_dead / all);
    return broken == 0 ? 0 : 1;
}
