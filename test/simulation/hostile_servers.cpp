#include "simulation/hostile_servers.hpp"

#include "support/frames.hpp"

#include <boost/asio/error.hpp>

#include <algorithm>
#include <cstdlib>
#include <iterator>
#include <string>

namespace aloft::test {

hostile_servers::hostile_servers(client_world& world, ledger& book, chance& dice) :
    world_(world), book_(book), dice_(dice)
{
    world_.at_head = dice_.once_in(2);
    world_.pipe_capacity = std::size_t{256} << dice_.below(11);
    world_.server_limits.streams = static_cast<std::uint32_t>(dice_.between(1, 100));
    world_.server_limits.stream_window = static_cast<std::uint32_t>(dice_.between(1, 1 << 18));
    world_.on_request = [this](served& r) { arrived(r); };
    world_.on_connect = [this](net::pipe_transport& near, net::pipe_transport& far) {
        faults_of(near, far);
    };
}

hostile_servers::~hostile_servers()
{
    world_.on_request = {};
    world_.on_connect = {};
}

// What can be wrong with a connection from the start: it breaks off at some step, comes in small
// pieces, or takes only so much.
void hostile_servers::faults_of(net::pipe_transport& near, net::pipe_transport& far)
{
    ends_.push_back(&far);
    if (relented_)
        return;
    if (dice_.once_in(6))
        near.fail_at(dice_.skewed(10), boost::asio::error::connection_reset);
    if (dice_.once_in(10))
        far.fail_at(dice_.skewed(10), boost::asio::error::connection_reset);
    if (dice_.once_in(4))
        near.set_read_limit(dice_.between(1, 512));
    if (dice_.once_in(4))
        far.set_read_limit(dice_.between(1, 512));
    if (dice_.once_in(12))
        near.set_write_credit(dice_.skewed(14));
}

void hostile_servers::arrived(served& r)
{
    auto& known = work_[&r];
    known.id = std::strtoull(std::string(r.header("x-id")).c_str(), nullptr, 10);
    book_.at(known.id).garbled |= garbled_.contains(&r.link);
    open_.push_back(&r);
}

void hostile_servers::act()
{
    switch (dice_.below(64)) {
    case 0:
        world_.refuse = dice_.once_in(3) ? error_code(errc::connect_failed) : error_code();
        return;
    case 1: world_.black_hole = dice_.once_in(4); return;
    case 2: world_.closing = dice_.once_in(4); return;
    case 3:
    case 4:
    case 5:
    case 6: return act_on_link();
    default: return act_on_request();
    }
}

void hostile_servers::act_on_request()
{
    if (open_.empty())
        return;
    auto& r = *dice_.one_of(open_);
    auto& known = work_.at(&r);
    if (r.carried.carrier == nullptr)
        return forget(r);
    const auto choice = dice_.below(20);
    if (!known.begun) {
        if (choice == 0 && world_.http2) {
            r.reset(h2::refused_stream);
            return forget(r);
        }
        if (choice > 3)
            begin(r, known, choice > 10);
        return;
    }
    if (choice == 0) {
        r.reset(dice_.once_in(2) ? h2::internal_error : h2::cancel);
        return forget(r);
    }
    choice > 13 ? end(r, known) : write(r, known);
}

void hostile_servers::begin(served& r, work& known, bool whole)
{
    known.begun = true;
    // HTTP/1.1: max_replays and one on a connection used before.
    book_.process(known.id, world_.http2 ? 0 : 1);
    constexpr unsigned statuses[] = {200, 200, 200, 200, 404, 429, 500};
    const auto status = statuses[dice_.below(std::size(statuses))];
    if (whole) {
        const auto length = dice_.skewed(18);
        book_.at(known.id).lengths.push_back(length);
        r.answer(ledger::bytes(known.id, 0, length), status);
        forget(r);
    } else {
        r.begin(status);
    }
}

void hostile_servers::write(served& r, work& known)
{
    const auto count = static_cast<std::size_t>(dice_.skewed(17));
    r.write(ledger::bytes(known.id, known.written, count));
    known.written += count;
}

void hostile_servers::end(served& r, work& known)
{
    book_.at(known.id).lengths.push_back(known.written);
    r.end();
    forget(r);
}

void hostile_servers::forget(served& r)
{
    work_.at(&r).ended = true;
    open_.erase(std::find(open_.begin(), open_.end(), &r));
}

served_link* hostile_servers::some_link()
{
    if (world_.links.empty())
        return nullptr;
    // The late ones: those before are mostly gone.
    const auto back = static_cast<std::ptrdiff_t>(
        std::min<std::size_t>(world_.links.size(), dice_.between(1, 8)));
    auto& link = *std::prev(world_.links.end(), back);
    return link.over ? nullptr : &link;
}

void hostile_servers::act_on_link()
{
    auto* link = some_link();
    if (link == nullptr)
        return;
    switch (dice_.below(10)) {
    case 0: return link->close();
    case 1: link->refusing = world_.http2 && dice_.once_in(2); return;
    case 2: return talk_nonsense(*link);
    case 3:
    case 4: return world_.http2 ? go_away(*link) : void();
    case 5: return link->carrier->ping();
    default:
        if (world_.http2)
            link->set_max_streams(static_cast<std::uint32_t>(dice_.skewed(7)));
    }
}

// Says that some of what it has not begun will never be processed, and holds to it.
void hostile_servers::go_away(served_link& link)
{
    std::int32_t last = 0;
    for (const auto& r : link.requests) {
        const auto known = work_.find(&r);
        if (known == work_.end() || known->second.begun || dice_.once_in(3))
            last = std::max(last, r.carried.stream);
    }
    const bool announced = dice_.once_in(3); // RFC 9113, 6.8: first with the largest identifier
    if (announced)
        link.go_away(INT32_MAX);
    else
        link.go_away(last);
    for (auto& r : link.requests) {
        const auto known = work_.find(&r);
        if (!announced && r.carried.stream > last && known != work_.end() && !known->second.ended)
            forget(r);
    }
}

void hostile_servers::talk_nonsense(served_link& link)
{
    const auto number = std::distance(
        world_.links.begin(), std::find_if(world_.links.begin(), world_.links.end(),
                                           [&link](const auto& one) { return &one == &link; }));
    garbled_.insert(&link);
    for (const auto& r : link.requests) {
        if (const auto known = work_.find(&r); known != work_.end())
            book_.at(known->second.id).garbled = true;
    }
    std::string noise(dice_.skewed(8), '\0');
    for (auto& c : noise)
        c = static_cast<char>(dice_.next());
    error_code ignored;
    ends_[static_cast<std::size_t>(number)]->try_write(noise, ignored);
}

void hostile_servers::relent()
{
    relented_ = true;
    world_.refuse = {};
    world_.black_hole = world_.closing = false;
    for (auto& link : world_.links) {
        if (link.over)
            continue;
        link.refusing = false;
        if (world_.http2)
            link.set_max_streams(100);
    }
}

void hostile_servers::finish()
{
    for (auto* r : std::vector<served*>(open_)) {
        auto& known = work_.at(r);
        if (r->carried.carrier == nullptr)
            forget(*r);
        else if (!known.begun)
            begin(*r, known, true);
        else
            end(*r, known);
    }
}

} // namespace aloft::test
