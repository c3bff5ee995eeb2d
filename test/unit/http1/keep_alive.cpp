#include "http1/keep_alive.hpp"

#include "support/catch.hpp"

using namespace aloft::http1;

TEST_CASE("Keep-Alive is read as servers write it, and what is nonsense is passed over")
{
    CHECK(read_keep_alive("timeout=5").timeout == 5000U);
    CHECK(read_keep_alive("timeout=5, max=100").max == 100U);
    CHECK(read_keep_alive("Timeout = 5 ,MAX=0").timeout == 5000U);
    CHECK(read_keep_alive("Timeout = 5 ,MAX=0").max == 0U);
    CHECK(read_keep_alive("max=3,timeout=0").timeout == 0U);
    CHECK_FALSE(read_keep_alive("").timeout);
    CHECK_FALSE(read_keep_alive("timeout").timeout);
    CHECK_FALSE(read_keep_alive("timeout=").timeout);
    CHECK_FALSE(read_keep_alive("timeout=-1, , ,=,max=1x").timeout);
    CHECK_FALSE(read_keep_alive("timeout=-1, , ,=,max=1x").max);
    CHECK_FALSE(read_keep_alive("timeout=99999999999999999999999").timeout);
    CHECK(read_keep_alive("timeout=18446744073709551615").timeout == 86'400'000U);
}
