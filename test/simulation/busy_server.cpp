#include "simulation/busy_server.hpp"

#include <boost/asio/error.hpp>

#include <string_view>
#include <utility>

namespace aloft::test {

namespace {

constexpr std::string_view completion =
    R"({"choices":[{"index":0,"message":{"role":"assistant","content":"done"},"finish_reason":"stop"}]})";

} // namespace

busy_server::busy_server(client_world& world, int slowness) : world_(world), slowness_(slowness) {}

void busy_server::arrived(served& r)
{
    ++arrivals_.all;
    if (const auto number = r.header("x-number"); !number.empty() && !known_.emplace(number).second)
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
    running_.emplace(now_ + slowness_ * duration_(random_), &r);
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
            done->answer(std::string(completion), 200, "application/json");
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
