#include "configuration/nearest_name.hpp"
#include "configuration/setting_value.hpp"
#include "support/catch.hpp"

#include <string>
#include <string_view>
#include <utility>
#include <vector>

using namespace aloft::tools;
using kind = value_rules::kind;
using std::chrono::milliseconds;

namespace {

value_rules rules(kind what, double least = 0, double most = 1e9, bool may_be_off = false)
{
    value_rules made;
    made.what = what;
    made.least = least;
    made.most = most;
    made.may_be_off = may_be_off;
    return made;
}

/// What is wrong with a text; empty where nothing is.
std::string problem_of(const value_rules& with, std::string_view text, bool flag = false)
{
    std::string problem;
    static_cast<void>(with.read(text, flag, problem));
    return problem;
}

setting_value read(const value_rules& with, std::string_view text, bool flag = false)
{
    std::string problem;
    auto value = with.read(text, flag, problem);
    CHECK(problem.empty());
    return value;
}

} // namespace

TEST_CASE("a time has its unit; on a command line it may be seconds")
{
    const auto time = rules(kind::time, 1, 3'600'000, true);
    for (const auto& [text, milliseconds_there] :
         {std::pair("500ms", 500), std::pair("30s", 30'000), std::pair("1.5s", 1500),
          std::pair("2m", 120'000), std::pair("1h", 3'600'000)})
        CHECK(read(time, text) == setting_value(milliseconds(milliseconds_there)));
    CHECK(read(time, "2.5", true) == setting_value(milliseconds(2500)));
    CHECK(read(time, "500ms", true) == setting_value(milliseconds(500)));
    CHECK(read(time, "0.0001", true) == setting_value(milliseconds(1))); // rounded up
    CHECK(read(time, "off") == setting_value());
    CHECK(read(time, "0", true) == setting_value());
    for (const auto* const text : {"30", "", "s", "30 s", "30S", "30d", "-1s", "nan", "1e300s"})
        CHECK(problem_of(time, text).find("wants a time with its unit") == 0);
    CHECK(problem_of(time, "2h") == "wants a time from 1ms to 1h, not \"2h\"");
}

TEST_CASE("a size has its unit; on a command line it may be bytes")
{
    const auto size = rules(kind::size, 1, 1e12);
    CHECK(read(size, "4KiB") == setting_value(std::uint64_t{4096}));
    CHECK(read(size, "4KB", true) == setting_value(std::uint64_t{4096}));
    CHECK(read(size, "100", true) == setting_value(std::uint64_t{100}));
    CHECK(problem_of(size, "100").find("wants a size with its unit") == 0);
    CHECK(problem_of(size, "4kib").find("wants a size with its unit") == 0);
}

TEST_CASE("numbers keep to their bounds")
{
    const auto count = rules(kind::count, 1, 10);
    CHECK(read(count, "10") == setting_value(std::uint64_t{10}));
    for (const auto* const text : {"0", "11", "-1", "1.5", "x", "", "99999999999999999999"})
        CHECK(problem_of(count, text).find("wants a whole number from 1 to 10, not ") == 0);
    const auto number = rules(kind::number, 0, 1);
    CHECK(read(number, "0.25") == setting_value(0.25));
    for (const auto* const text : {"1.01", "-0.1", "nan", "inf", "x"})
        CHECK(problem_of(number, text).find("wants a number from 0 to 1, not ") == 0);
}

TEST_CASE("what is shown reads as the same value")
{
    const auto time = rules(kind::time, 0, 1e12, true);
    for (const auto count : {0, 1, 999, 1000, 1500, 60'000, 90'000, 3'600'000, 3'660'000}) {
        const setting_value value{milliseconds(count)};
        CHECK(read(time, time.show(value)) == value);
    }
    CHECK(time.show(milliseconds(90'000)) == "90s");
    CHECK(time.show({}) == "off");
    const auto size = rules(kind::size, 0, 1e15);
    for (const std::uint64_t bytes : {0, 1, 1023, 1024, 1536, 1048576, 1073741824})
        CHECK(read(size, size.show(bytes)) == setting_value(bytes));
}

TEST_CASE("no secret is shown")
{
    CHECK(rules(kind::secret).show(std::string("sesame")) == "set");
    CHECK(rules(kind::secret).show(std::string()).empty());
    CHECK(rules(kind::address).show(std::string("http://me:sesame@proxy:1/x@y")) ==
          "http://***@proxy:1/x@y");
    CHECK(without_password("me:sesame@proxy:1") == "***@proxy:1");
    CHECK(without_password("http://proxy:1/@") == "http://proxy:1/@");
    std::string problem;
    static_cast<void>(rules(kind::secret).read(file_value{std::int64_t{1234}}, problem));
    CHECK(problem == "wants a text");
}

TEST_CASE("the nearest name is that with the fewest letters changed, left out, added or swapped")
{
    const std::vector<std::string_view> names{"retries.attempts", "retries.window", "model",
                                              "max_in_flight"};
    CHECK(nearest_name("retries.atempts", names) == "retries.attempts");
    CHECK(nearest_name("retries.windwo", names) == "retries.window");
    CHECK(nearest_name("modell", names) == "model");
    CHECK(nearest_name("max_inflight", names) == "max_in_flight");
    CHECK(nearest_name("temperature", names).empty());
    CHECK(nearest_name("x", names).empty());
    CHECK(nearest_name("", names).empty());
    CHECK(nearest_name(std::string(10'000, 'x'), names).empty());
}
