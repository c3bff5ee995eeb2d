#include "pool/backoff.hpp"

#include "support/catch.hpp"

using namespace aloft;

TEST_CASE("a dial that fails is tried again after 100 ms, doubled up to 10 s, half of it by chance")
{
    pool::redial_backoff backoff(7);
    bool varies = false;
    tick whole = 100;
    for (int failures = 0; failures != 20; ++failures) {
        const auto wait = backoff.failed();
        CHECK(wait >= whole / 2);
        CHECK(wait <= whole);
        varies = varies || wait != whole;
        whole = std::min<tick>(2 * whole, 10'000);
    }
    CHECK(varies);
    backoff.succeeded();
    CHECK(backoff.failed() <= 100);
}
