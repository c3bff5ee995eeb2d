#pragma once

#include "simulation/chance.hpp"
#include "simulation/ledger.hpp"
#include "support/client_world.hpp"

#include <cstdint>
#include <map>
#include <set>
#include <vector>

namespace aloft::test {

/// The servers of a client_world, each doing by chance what a server can: answering, in pieces or
/// whole, resetting, refusing, going away, stalling, breaking off, talking nonsense. What they
/// process stands in the ledger; what they refuse they have not processed, and never will.
class hostile_servers {
public:
    hostile_servers(client_world& world, ledger& book, chance& dice);
    ~hostile_servers();
    hostile_servers(const hostile_servers&) = delete;
    hostile_servers& operator=(const hostile_servers&) = delete;

    /// One thing a server does.
    void act();
    /// From here on every request is answered and every answer ended; dials succeed.
    void relent();
    /// Answers and ends what is open; to be called until nothing is.
    void finish();

private:
    // What a server knows of a request.
    class work {
    public:
        ledger::request_id id = 0;
        bool begun = false;
        bool ended = false;
        std::uint64_t written = 0;
    };

    void faults_of(net::pipe_transport& near, net::pipe_transport& far);
    void arrived(served& r);
    void act_on_request();
    void act_on_link();
    void begin(served& r, work& w, bool whole);
    void write(served& r, work& w);
    void end(served& r, work& w);
    void forget(served& r);
    void go_away(served_link& link);
    void talk_nonsense(served_link& link);
    [[nodiscard]] served_link* some_link();

    client_world& world_;
    ledger& book_;
    chance& dice_;
    std::vector<served*> open_; // neither ended, refused nor reset
    std::map<const served*, work> work_;
    std::vector<net::pipe_transport*> ends_; // the servers', in the order of world_.links
    std::set<const served_link*> garbled_;
    bool relented_ = false;
};

} // namespace aloft::test
