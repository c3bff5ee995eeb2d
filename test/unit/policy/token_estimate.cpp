#include "policy/token_estimate.hpp"

#include "support/catch.hpp"

using aloft::policy::prompt_size;
using aloft::policy::token_estimate;

namespace {

prompt_size prompt(std::uint64_t bytes, std::uint64_t pictures, std::uint64_t max_tokens)
{
    prompt_size made;
    made.bytes = bytes;
    made.pictures = pictures;
    made.max_tokens = max_tokens;
    return made;
}

} // namespace

TEST_CASE("a request's tokens are its bytes, its pictures and all that the answer may have")
{
    const token_estimate fresh;
    CHECK(fresh.of(prompt(3500, 0, 500)) == 1500);
    CHECK(fresh.of(prompt(3500, 2, 500)) == 4500);
    CHECK(fresh.of(prompt(3500, 0, 0)) == 1500); // a usual answer
    CHECK(fresh.of(prompt(0, 0, 0)) >= 1);
}

TEST_CASE("the estimate follows what the server counts")
{
    token_estimate learned;
    for (int i = 0; i < 100; ++i) // two tokens where one was guessed, a tenth of the answer used
        learned.learn(prompt(3500, 0, 3000), 2000, 300);
    CHECK(learned.of(prompt(3500, 0, 3000)) == Approx(2300).margin(5));
    CHECK(learned.of(prompt(7000, 0, 3000)) == Approx(4300).margin(5));
    CHECK(learned.of(prompt(3500, 0, 0)) == Approx(2300).margin(5));
}
