#include "simulation/busy_server.hpp"

#include <boost/asio/error.hpp>

#include <algorithm>
#include <utility>

namespace aloft::test {

busy_server::busy_server(client_world& world) : world_(world)
{
    world.server_limits.streams = 1000;
    world.on_request = [this](served& r) { arrived(r); };
}

void busy_server::arrived(served& r)
{
    ++arrivals_.all;
    if (!known_.emplace(r.header("x-number")).second)
        ++arrivals_.again;
    if (running_.size() < slots)
        begin(r);
    else if (waiting_.size() < queue)
        waiting_.push_back(&r);
    else
        r.answer("busy", 503);
}

void busy_server::begin(served& r)
{
    running_.emplace(now_ + duration_(random_), &r);
}

void busy_server::fill_slots()
{
    while (running_.size() < slots && !waiting_.empty()) {
        auto* const next = waiting_.front();
        waiting_.pop_front();
        if (!next->over())
            begin(*next);
    }
}

void busy_server::pass(milliseconds time)
{
    now_ += time.count();
    while (!running_.empty() && running_.begin()->first <= now_) {
        auto* const done = running_.begin()->second;
        running_.erase(running_.begin());
        if (!done->over())
            done->answer("done");
        fill_slots();
    }
}

void busy_server::go_down()
{
    running_.clear();
    waiting_.clear();
    world_.refuse = boost::asio::error::connection_refused;
    for (auto& link : world_.links)
        link.close();
}

void busy_server::come_back()
{
    world_.refuse = {};
}

busy_server::arrivals busy_server::take_arrivals()
{
    return std::exchange(arrivals_, arrivals());
}

} // namespace aloft::test
