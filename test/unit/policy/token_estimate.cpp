#include "policy/token_estimate.hpp"

#include "support/catch.hpp"

using aloft::policy::token_estimate;

TEST_CASE("a request's tokens are its bytes, its pictures and all that the answer may have")
{
    const token_estimate fresh;
    CHECK(fresh.of(3500, 0, 500) == 1500);
    CHECK(fresh.of(3500, 1000, 500) == 2500);
    CHECK(fresh.of(3500, 0, 0) == 1500); // a usual answer
    CHECK(fresh.of(0, 0, 0) >= 1);
}

TEST_CASE("the estimate follows what the server counts")
{
    token_estimate learned;
    for (int i = 0; i < 100; ++i)
        learned.learn(3500, 0, 3000, 2000, 300); // two tokens where one was guessed, a tenth used
    CHECK(learned.of(3500, 0, 3000) == Approx(2300).margin(5));
    CHECK(learned.of(7000, 0, 3000) == Approx(4300).margin(5));
    CHECK(learned.of(3500, 0, 0) == Approx(2300).margin(5));
}
