#include "simulation/episode.hpp"

#include "simulation/caller.hpp"
#include "simulation/hostile_servers.hpp"

#include <algorithm>
#include <chrono>
#include <list>
#include <memory>
#include <string>

namespace aloft::test {
namespace {

client_options some_options(chance& dice)
{
    client_options options;
    options.max_in_flight(dice.between(1, 64))
        .max_waiting(dice.between(0, 64))
        .streams_per_connection(dice.between(1, 32))
        .max_connections(dice.between(1, 8))
        .max_dials(dice.between(1, 8))
        .max_replays(static_cast<unsigned>(dice.below(4)))
        .body_limit(std::size_t{1} << 20);
    session_limits limits;
    limits.stream_window = static_cast<std::uint32_t>(std::uint64_t{1} << dice.between(10, 20));
    limits.connection_memory = std::size_t{1} << dice.between(17, 23);
    limits.streams = static_cast<std::uint32_t>(dice.between(1, 64));
    return options.limits(limits);
}

class episode {
public:
    episode(std::uint64_t seed, std::uint64_t steps) :
        dice_(seed),
        wanted_(steps),
        world_(dice_.once_in(2), some_options(dice_)),
        servers_(world_, book_, dice_),
        limit_(world_.core->options.max_in_flight())
    {
        world_.core->random.seed(static_cast<std::uint32_t>(dice_.next()));
    }

    outcome run()
    {
        while (steps_ < wanted_)
            act();
        if (dice_.once_in(3))
            world_.http.reset(); // in the middle of everything
        peace();
        check_nothing_left();
        for (const auto& one : callers_)
            trace_ = trace_ * 31 + one.trace();
        return {steps_, book_.size(), trace_};
    }

private:
    void act()
    {
        ++steps_;
        switch (dice_.below(16)) {
        case 0:
        case 1:
            if (callers_.size() - over() < 100)
                callers_.emplace_back(*world_.http, book_, dice_, world_.http2);
            break;
        case 2:
        case 3:
        case 4:
        case 5:
        case 6: act_as_caller(); break;
        case 7: pass_time(); break;
        case 8:
            if (dice_.once_in(50))
                world_.http->max_in_flight(limit_ = dice_.between(1, 64));
            break;
        default: servers_.act();
        }
        turn_loop();
        check_limits();
    }

    void act_as_caller()
    {
        for (int tries = 0; tries != 4 && !callers_.empty(); ++tries) {
            const auto back = static_cast<std::ptrdiff_t>(
                dice_.between(1, std::min<std::size_t>(callers_.size(), 100)));
            auto& one = *std::prev(callers_.end(), back);
            if (!one.over())
                return one.act();
        }
    }

    // The loop gets as far as chance has it before the world goes on.
    void turn_loop()
    {
        const auto turns = dice_.once_in(4) ? dice_.below(64) : dice_.below(4);
        world_.context.restart();
        for (std::uint64_t i = 0; i != turns && world_.context.poll_one() != 0; ++i)
            ++steps_;
    }

    void pass_time()
    {
        const auto before = world_.clock->wake_ups();
        const auto time = dice_.once_in(200) ? dice_.below(700'000) : dice_.skewed(11);
        world_.clock->advance(milliseconds(time));
        steps_ += world_.clock->wake_ups() - before;
    }

    std::size_t over()
    {
        return static_cast<std::size_t>(std::count_if(callers_.begin(), callers_.end(),
                                                      [](const auto& c) { return c.over(); }));
    }

    void check_limits()
    {
        if (world_.http == nullptr)
            return;
        const auto now = world_.http->counts();
        // A lowered limit ends no request; it only lets none follow.
        promise(now.in_flight <= std::max(limit_, in_flight_),
                "more requests are in flight than max_in_flight allows");
        in_flight_ = now.in_flight;
        promise(now.queued <= world_.core->options.max_waiting(),
                "more requests wait than max_waiting allows");
    }

    // Servers answer, callers read on, time passes: every request must end.
    void peace()
    {
        servers_.relent();
        for (int round = 0; round != 3'000; ++round) {
            world_.settle();
            servers_.finish();
            for (auto& one : callers_)
                one.finish();
            world_.settle();
            if (over() == callers_.size() && (world_.http == nullptr || world_.idle()))
                return;
            world_.clock->advance(milliseconds(round < 100 ? 10 : 1'000));
        }
        for (const auto& one : callers_)
            promise(one.over(),
                    "request " + std::to_string(one.id()) + " never ended: " + one.describe());
        promise(false, "permits, slots or memory are held though no request is left");
    }

    void check_nothing_left()
    {
        for (const auto& [id, request] : book_)
            promise(request.ended == 1, "a request did not end exactly once");
        world_.http.reset();
        world_.core->close();
        world_.settle();
        promise(world_.core->live.empty(), "a request is left behind the client");
        promise(world_.clock->armed() == 0, "a timer is armed behind the client");
        promise(world_.core->buffers.bytes_in_use() == 0, "memory of unread bytes is left");
    }

    chance dice_;
    std::uint64_t wanted_;
    ledger book_;
    std::list<caller> callers_; // outlive the client, which may tell them to its end
    client_world world_;
    hostile_servers servers_;
    std::size_t limit_;
    std::size_t in_flight_ = 0;
    std::uint64_t steps_ = 0;
    std::uint64_t trace_ = 0;
};

} // namespace

outcome run_episode(std::uint64_t seed, std::uint64_t steps)
{
    return episode(seed, steps).run();
}

} // namespace aloft::test
