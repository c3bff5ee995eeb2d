#include "support/catch.hpp"

#include <aloft/sharded.hpp>

#include <cstddef>
#include <stdexcept>
#include <string>

using namespace aloft;

namespace {

client_options limited()
{
    return client_options()
        .max_in_flight(1000)
        .max_waiting(5)
        .max_connections(7)
        .max_dials(2)
        .min_connections(1)
        .rates(rate_limits().requests_per_minute(100, 50).tokens_per_minute(10'007, 2))
        .adaptive(adaptive_concurrency().initial(2).bounds(1, 11));
}

template <class Read>
std::size_t sum(std::size_t shards, Read read)
{
    std::size_t all = 0;
    for (std::size_t i = 0; i != shards; ++i)
        all += read(share_of(limited(), i, shards));
    return all;
}

std::string refusal(const client_options& whole, std::size_t shards)
{
    try {
        share_of(whole, 0, shards);
        return "";
    } catch (const std::invalid_argument& why) {
        return why.what();
    }
}

} // namespace

TEST_CASE("shares of a limit add up to the limit, and none is nothing")
{
    const std::size_t shards = GENERATE(1, 2, 3, 4, 7);
    CHECK(sum(shards, [](const auto& o) { return o.max_in_flight(); }) == 1000);
    CHECK(sum(shards, [](const auto& o) { return o.max_waiting(); }) == 5);
    CHECK(sum(shards, [](const auto& o) { return o.max_connections(); }) == 7);
    CHECK(sum(shards, [](const auto& o) { return o.min_connections(); }) == 1);
    CHECK(sum(shards, [](const auto& o) { return o.limits().client_memory; }) ==
          session_limits().client_memory);
    CHECK(sum(shards, [](const auto& o) { return o.rates()->requests_per_minute(); }) == 100);
    CHECK(sum(shards, [](const auto& o) { return o.rates()->request_burst(); }) == 50);
    CHECK(sum(shards, [](const auto& o) { return o.rates()->tokens_per_minute(); }) == 10'007);
    CHECK(sum(shards, [](const auto& o) { return o.adaptive()->most(); }) == 11);
    for (std::size_t i = 0; i != shards; ++i) {
        const auto share = share_of(limited(), i, shards);
        CHECK(share.max_in_flight() >= 1000 / shards);
        CHECK(share.max_connections() >= 1);
        CHECK(share.max_dials() >= 1);
        CHECK(share.rates()->requests_per_minute() >= 1);
        CHECK(share.rates()->token_burst() >= 1);
        CHECK(share.adaptive()->initial() >= 1);
        CHECK(share.adaptive()->least() >= 1);
    }
}

TEST_CASE("a limit that is off stays off on every shard")
{
    client_options whole;
    whole.rates(rate_limits().tokens_per_minute(100));
    const auto share = share_of(whole, 1, 2);
    CHECK(share.rates()->requests_per_minute() == 0);
    CHECK(share.rates()->follow_server());
    CHECK_FALSE(share.adaptive());
    CHECK_FALSE(share_of(client_options(), 1, 2).rates());
}

TEST_CASE("a limit that is less than the shards is refused by its name")
{
    CHECK(refusal(client_options().max_in_flight(3), 4) ==
          "aloft: max_in_flight of 3 is too little for 4 shards, each of which needs at least one");
    CHECK(refusal(client_options().max_connections(1), 2).find("max_connections of 1") !=
          std::string::npos);
    CHECK(refusal(client_options().rates(rate_limits().requests_per_minute(1)), 2)
              .find("requests_per_minute of 1") != std::string::npos);
    CHECK(refusal(client_options().max_in_flight(4), 4).empty());
}

TEST_CASE("options of model servers are divided as those of their HTTP are")
{
    autoglm::options whole("http://server/v1");
    whole.http(client_options().max_in_flight(9));
    CHECK(share_of(whole, 0, 2).http().max_in_flight() == 5);
    CHECK(share_of(whole, 1, 2).http().max_in_flight() == 4);
    CHECK(share_of(whole, 1, 2).base_url() == "http://server/v1");
}
