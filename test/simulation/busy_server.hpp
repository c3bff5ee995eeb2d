#pragma once

#include "support/client_world.hpp"

#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <random>
#include <set>
#include <string>

namespace aloft::test {

/// A server of a client_world, which does so many requests at once, lets some more wait, and
/// answers the rest with 503, as model servers do.
class busy_server {
public:
    static constexpr std::size_t slots = 32;
    static constexpr std::size_t queue = 32;
    /// Requests a second: each takes half a second in the mean.
    static constexpr double capacity = slots / 0.5;

    /// \param slowness  by which each request takes longer
    explicit busy_server(client_world& world, int slowness = 1);

    /// A request is there.
    void arrived(served& r);
    /// Time passes: what is done is answered.
    void pass(milliseconds time);
    /// Every connection is lost, and none can be made.
    void go_down();
    void come_back();

    struct arrivals {
        std::uint64_t all = 0;
        std::uint64_t again = 0; ///< of requests that had arrived before
    };
    /// Since the last call.
    arrivals take_arrivals();

private:
    void begin(served& r);
    void fill_slots();

    client_world& world_;
    std::multimap<std::int64_t, served*> running_; // by when they are done
    std::deque<served*> waiting_;
    std::set<std::string, std::less<>> known_; // numbers of requests
    arrivals arrivals_;
    std::mt19937 random_{11}; // NOLINT
    std::uniform_int_distribution<int> duration_{250, 750};
    int slowness_;
    std::int64_t now_ = 0;
};

} // namespace aloft::test
