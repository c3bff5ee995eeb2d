#include "scenarios.hpp"
#include "workers.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/json/array.hpp>
#include <fmt/format.h>

#include <cstdlib>
#include <fstream>
#include <map>

namespace aloft::interop {
namespace {

namespace asio = boost::asio;
using namespace std::chrono_literals;

std::uint64_t resident_kilobytes()
{
    std::ifstream status("/proc/self/status");
    for (std::string line; std::getline(status, line);) {
        if (line.starts_with("VmRSS:"))
            return std::strtoull(line.c_str() + 6, nullptr, 10);
    }
    return 0;
}

/// Requests that each carry a name, which the server sends back. Every one ends in exactly one of
/// the counts below.
class named_requests {
public:
    named_requests(client& http, const settings& told) : http_(http), told_(told) {}

    asio::awaitable<void> worker();
    asio::awaitable<void> sample();
    void tell(report& found) const;

private:
    asio::awaitable<void> settle(std::uint64_t number);
    [[nodiscard]] bool over() const;
    [[nodiscard]] request named(std::uint64_t number) const;
    [[nodiscard]] bool may_send_again(const failure& why, const request& what) const;

    client& http_;
    const settings& told_;
    std::uint64_t started_ = 0;
    std::chrono::steady_clock::time_point began_ = std::chrono::steady_clock::now();
    std::uint64_t answered_ = 0; // with its own name
    std::uint64_t mistaken_ = 0; // with anything else
    std::uint64_t lost_ = 0; // with an error
    std::uint64_t sent_again_ = 0; // by us, not by aloft
    std::map<std::string, std::uint64_t> errors_;
    std::string mistake_;
    boost::json::array resident_;
};

request named_requests::named(std::uint64_t number) const
{
    const auto name = fmt::format("{}{}", told_.prefix, number);
    const bool post = told_.posts_only || number % 2 == 0;
    request what(post ? "POST" : "GET", told_.url("/echo?id=" + name));
    if (post)
        what.header("content-type", "text/plain").body(name);
    return what;
}

// What a careful caller does when a server goes away under it.
bool named_requests::may_send_again(const failure& why, const request& what) const
{
    return told_.patient && (why.processing == processing::never_sent ||
                             why.processing == processing::refused || what.idempotent());
}

asio::awaitable<void> named_requests::settle(std::uint64_t number)
{
    const auto what = named(number);
    for (;;) {
        failure why;
        auto [ec, answer] =
            co_await http_.async_fetch(what, why, asio::as_tuple(asio::use_awaitable));
        if (!ec && answer.status() == 200 &&
            answer.body() == fmt::format("{}{}", told_.prefix, number)) {
            ++answered_;
            co_return;
        }
        if (!ec) {
            ++mistaken_;
            if (mistake_.empty())
                mistake_ = fmt::format("request {} got status {}, body '{:.100}'", number,
                                       answer.status(), answer.body());
            co_return;
        }
        ++errors_[why.message()];
        if (!may_send_again(why, what)) {
            ++lost_;
            co_return;
        }
        ++sent_again_;
        co_await pause(20ms);
    }
}

bool named_requests::over() const
{
    if (told_.seconds != 0s && std::chrono::steady_clock::now() - began_ > told_.seconds)
        return true;
    return told_.count != 0 && started_ == told_.count;
}

asio::awaitable<void> named_requests::worker()
{
    while (!over())
        co_await settle(started_++);
}

// Never ends by itself.
asio::awaitable<void> named_requests::sample()
{
    for (;;) {
        resident_.emplace_back(resident_kilobytes());
        co_await pause(1s);
    }
}

void named_requests::tell(report& found) const
{
    auto& values = found.values();
    values["started"] = started_;
    values["answered"] = answered_;
    values["mistaken"] = mistaken_;
    values["lost"] = lost_;
    values["sent_again"] = sent_again_;
    const auto measured = http_.metrics();
    values["replayed"] =
        measured.replayed(replay_cause::stale) + measured.replayed(replay_cause::idempotent);
    values["seconds"] =
        std::chrono::duration<double>(std::chrono::steady_clock::now() - began_).count();
    values["resident"] = resident_;
    auto& errors = values["errors"].emplace_object();
    for (const auto& [what, times] : errors_)
        errors[what] = times;
    if (mistaken_ != 0)
        found.problem(mistake_);
    if (answered_ + mistaken_ + lost_ != started_)
        found.problem("a request did not end exactly once");
    if (answered_ == 0)
        found.problem("nothing was answered");
    if (!told_.patient && !errors_.empty())
        found.problem(errors_.begin()->first);
}

} // namespace

asio::awaitable<void> load(client& http, const settings& told, report& found)
{
    using namespace asio::experimental::awaitable_operators;
    named_requests all(http, told);
    const auto work = [&](std::size_t) { return all.worker(); };
    auto workers = side_by_side(told.in_flight, work);
    auto sampling = all.sample();
    co_await (std::move(workers) || std::move(sampling));
    all.tell(found);
}

} // namespace aloft::interop
