#pragma once

#include "simulation/chance.hpp"
#include "simulation/ledger.hpp"

#include <aloft/client.hpp>

#include <boost/asio/cancellation_signal.hpp>

#include <cstdint>
#include <string>

namespace aloft::test {

/// One request and what its caller does with it; every choice by chance.
class caller {
public:
    enum class state : std::uint8_t { asking, reading, over };

    caller(client& http, ledger& book, chance& dice, bool http2);
    caller(const caller&) = delete;
    caller& operator=(const caller&) = delete;

    /// Something a caller may do now: read, wait, cancel a wait, cancel the stream, let go of it.
    void act();
    /// Reads on, without cancelling anything; to be called until it is over.
    void finish();

    [[nodiscard]] bool over() const noexcept { return state_ == state::over; }
    [[nodiscard]] ledger::request_id id() const noexcept { return id_; }
    /// Where it stands, for messages.
    [[nodiscard]] std::string describe() const;
    /// What has happened to it so far, as one number: equal runs have equal ones.
    [[nodiscard]] std::uint64_t trace() const noexcept { return trace_; }

private:
    void ask(client& http, bool http2);
    void answered(error_code ec, response got);
    void fetched(error_code ec, whole_response got);
    void read();
    void wait();
    void collect();
    void let_go();
    void end(error_code ec);
    void check_failure(error_code ec);
    void note(std::uint64_t what) noexcept { trace_ = (trace_ ^ what) * 0x100000001b3; }

    ledger& book_;
    chance& dice_;
    ledger::request_id id_;
    state state_ = state::asking;
    bool waiting_ = false; // on the body
    bool let_go_ = false; // by its own will: no end is told
    failure why_;
    response response_;
    std::uint64_t received_ = 0;
    std::uint64_t trace_ = 0xcbf29ce484222325;
    boost::asio::cancellation_signal stop_;
};

} // namespace aloft::test
