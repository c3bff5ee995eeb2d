#include "connection/liveness.hpp"

#include "base/suspend_watch.hpp"
#include "support/catch.hpp"

using namespace aloft;

namespace {

using step = liveness::step;
using cause = liveness::cause;
constexpr bool streams = true;
constexpr bool idle = false;

liveness watched(tick quiet = 15'000, tick answer = 10'000, tick write_stall = 30'000)
{
    liveness one;
    one.watch({quiet, answer, write_stall}, 0);
    return one;
}

} // namespace

TEST_CASE("silence while streams are open is asked about, and only then")
{
    auto one = watched();
    one.used(0);
    CHECK(one.look(14'999, streams).what == step::wait);
    CHECK(one.look(14'999, streams).next == 15'000);
    CHECK(one.look(15'000, streams).what == step::ask);
    CHECK(one.look(100'000, idle).what == step::wait);
    CHECK(one.look(100'000, idle).next == liveness_limits::never);
}

TEST_CASE("silence counts from the first stream, not from what was read before it")
{
    auto one = watched();
    one.heard(1'000);
    one.used(60'000);
    CHECK(one.look(60'000, streams).next == 75'000);
    CHECK(one.silent_for(60'000) == 59'000);
}

TEST_CASE("a peer that does not answer is doubted after a second and given up after the limit")
{
    auto one = watched();
    one.asked(15'000, cause::silence);
    CHECK(one.takes_streams());
    CHECK(one.look(15'000, streams).next == 16'000);
    CHECK(one.look(16'000, streams).what == step::degraded);
    CHECK_FALSE(one.takes_streams());
    CHECK(one.look(16'000, streams).what == step::wait);
    CHECK(one.look(16'000, streams).next == 25'000);
    CHECK(one.look(25'000, streams).what == step::unanswered);
}

TEST_CASE("whatever is read ends the doubt")
{
    auto one = watched();
    CHECK_FALSE(one.heard(1'000));
    one.asked(15'000, cause::silence);
    CHECK(one.look(16'000, streams).what == step::degraded);
    CHECK(one.heard(16'500));
    CHECK(one.takes_streams());
    CHECK_FALSE(one.heard(16'600));
}

TEST_CASE("a suspected peer gets no stream until it was heard, and an idle one is given up too")
{
    auto one = watched();
    one.asked(60'000, cause::suspicion);
    CHECK_FALSE(one.takes_streams());
    CHECK(one.probed());
    CHECK(one.look(61'000, idle).what == step::degraded);
    CHECK_FALSE(one.probed());
    CHECK(one.look(70'000, idle).what == step::unanswered);
}

TEST_CASE("the answer is due from the first question on, however often it is repeated")
{
    auto one = watched();
    one.asked(15'000, cause::silence);
    one.asked(24'000, cause::suspicion);
    one.asked(24'999, cause::interest);
    CHECK(one.look(24'999, streams).what == step::degraded);
    CHECK(one.look(25'000, streams).what == step::unanswered);
}

TEST_CASE("a peer that answers and says nothing else is asked ever less, within gRPC's tolerance")
{
    auto one = watched();
    tick now = 0;
    one.used(now);
    for (const tick expected : {15'000, 30'000, 60'000, 300'000, 300'000}) {
        const auto due = one.look(now, streams).next;
        CHECK(due - now == expected);
        now = due;
        CHECK(one.look(now, streams).what == step::ask);
        one.asked(now, cause::silence);
        one.heard(now);
    }
    one.heard(now);
    one.heard_content();
    CHECK(one.look(now, streams).next - now == 15'000);
}

TEST_CASE("a peer that takes no byte is given up, streams or not, PINGs or not")
{
    liveness one;
    one.watch({liveness_limits::never, 10'000, 30'000}, 0);
    one.write_blocked(5'000);
    CHECK(one.look(34'999, idle).what == step::wait);
    CHECK(one.look(34'999, idle).next == 35'000);
    CHECK(one.look(35'000, idle).what == step::stalled);
    one.write_blocked(20'000); // it took some
    CHECK(one.look(35'000, idle).next == 50'000);
    one.write_unblocked();
    CHECK(one.look(100'000, idle).what == step::wait);
}

TEST_CASE("a connection that nobody watches waits for ever")
{
    liveness one;
    one.used(0);
    CHECK_FALSE(one.watching());
    CHECK(one.takes_streams());
    CHECK(one.look(1'000'000'000, streams).next == liveness_limits::never);
}

TEST_CASE("a suspension is the wall clock going on while the steady clock stands")
{
    suspend_watch clocks;
    clocks.look(1'000, 501'000);
    clocks.look(2'000, 502'500); // the wall clock is being corrected
    CHECK(clocks.total() == 0);
    clocks.look(3'000, 3'503'500);
    CHECK(clocks.total() == 3'000'000);
    clocks.look(4'000, 504'000); // set back by hand
    CHECK(clocks.total() == 3'000'000);
    clocks.look(5'000, 510'000);
    CHECK(clocks.total() == 3'005'000);
}
