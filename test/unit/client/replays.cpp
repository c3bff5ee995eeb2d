#include "client/replays.hpp"

#include "support/catch.hpp"

using namespace aloft;

namespace {

unsigned times(replays& spent, progress came, unsigned most, bool harmless = false)
{
    unsigned count = 0;
    for (; count != 100 && spent.allowed(came, most, harmless); ++count)
        spent.count(came);
    return count;
}

} // namespace

TEST_CASE(
    "a request that was not sent may be handed back more often than max_replays, not for ever")
{
    replays spent;
    CHECK(times(spent, progress::unsent, 2) == 16);
    CHECK(times(spent, progress::refused, 2) == 2);
}

TEST_CASE("each kind of replay is bounded by itself")
{
    replays spent;
    CHECK(times(spent, progress::refused, 2) == 2);
    CHECK(times(spent, progress::stale, 2) == 1); // a POST
    CHECK(times(spent, progress::stale, 3, true) == 2);
    CHECK(times(spent, progress::sent, 2) == 0);
    CHECK(times(spent, progress::sent, 2, true) == 2);
    CHECK(times(spent, progress::unsent, 2) == 16);
}

TEST_CASE("without max_replays nothing is sent again")
{
    replays spent;
    for (const auto came : {progress::unsent, progress::refused, progress::stale, progress::sent})
        CHECK(times(spent, came, 0, true) == 0);
}
