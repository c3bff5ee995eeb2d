#pragma once

#include "support/catch.hpp"
#include "support/client_world.hpp"

#include <aloft/event_source.hpp>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/error.hpp>

#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace aloft::test {

using told = outcome_of<std::optional<source_event>>;

/// A world with an event source in it.
struct source_world {
    explicit source_world(bool http2 = true,
                          const event_source_options& options = event_source_options(),
                          const client_options& http = client_options()) :
        here(http2, http), source(event_source(*here.http, "http://server/events", options))
    {
    }

    /// What comes next; nothing while nothing comes.
    std::optional<source_event> next()
    {
        told one;
        boost::asio::cancellation_signal stop;
        source->async_next(boost::asio::bind_cancellation_slot(stop.slot(), one.handler()));
        here.settle();
        const bool came = one.calls == 1;
        stop.emit(boost::asio::cancellation_type::all);
        here.settle();
        REQUIRE(one.calls == 1);
        CHECK(one.ec == (came ? error_code() : boost::asio::error::operation_aborted));
        return std::move(one.got);
    }
    /// The next message's data.
    std::string data()
    {
        const auto got = next();
        REQUIRE(got);
        REQUIRE(got->what == source_event::kind::message);
        return got->data;
    }
    void open()
    {
        const auto got = next();
        REQUIRE(got);
        REQUIRE(got->what == source_event::kind::open);
    }
    source_event error()
    {
        auto got = next();
        REQUIRE(got);
        REQUIRE(got->what == source_event::kind::error);
        return std::move(*got);
    }
    /// It is over, and says so for ever.
    void closed()
    {
        CHECK(source->ready_state() == event_source::state::closed);
        for (int i = 0; i < 2; ++i) {
            told one;
            source->async_next(one.handler());
            here.settle();
            CHECK(one.calls == 1);
            CHECK_FALSE(one.ec);
            CHECK_FALSE(one.got);
        }
    }
    [[nodiscard]] served& server() { return here.last(); }
    [[nodiscard]] std::size_t requests() const { return here.seen.size(); }

    client_world here;
    std::optional<event_source> source;
};

} // namespace aloft::test
