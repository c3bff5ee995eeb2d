#include "policy/http_date.hpp"
#include "policy/retry_advice.hpp"
#include "support/catch.hpp"

#include <aloft/error_table.hpp>

#include <boost/asio/error.hpp>

#include <chrono>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>

using namespace aloft;
using namespace std::chrono_literals;
using std::chrono::milliseconds;

namespace {

using enum error_class;

error_class class_of(int status, std::string_view body, const error_table& by = error_table())
{
    return by.classify(chat::parse_api_error(status, body));
}

constexpr std::chrono::system_clock::time_point noon =
    std::chrono::sys_days(std::chrono::year(2026) / 3 / 1) + 12h;

policy::retry_advice advice(std::initializer_list<std::pair<std::string_view, std::string_view>> f)
{
    fields head;
    for (const auto& [name, value] : f)
        head.add(name, value);
    return policy::read_retry_advice(head, noon);
}

} // namespace

TEST_CASE("statuses without a code have their class")
{
    for (const int status : {429, 503, 529})
        CHECK(class_of(status, "") == overload);
    for (const int status : {408, 409, 425, 500, 502, 504, 520, 599})
        CHECK(class_of(status, "") == transient);
    for (const int status : {400, 401, 402, 403, 404, 405, 413, 415, 422, 434, 435, 501, 505})
        CHECK(class_of(status, "") == permanent);
}

TEST_CASE("every form of error body has its class, the code before the type before the status")
{
    for (const auto& [status, body, means] : {
             // OpenAI
             std::tuple(429,
                        R"({"error":{"message":"m","type":"insufficient_quota","param":null,)"
                        R"("code":"insufficient_quota"}})",
                        permanent),
             std::tuple(429,
                        R"({"error":{"message":"m","type":"tokens","param":null,)"
                        R"("code":"rate_limit_exceeded"}})",
                        overload),
             std::tuple(429, R"({"error":{"code":"project_spend_limit_exceeded"}})", permanent),
             std::tuple(429, R"({"error":{"code":"slow_down"}})", overload),
             std::tuple(0, R"({"error":{"message":"m","type":"server_error","code":null}})",
                        transient),
             // vLLM, as a status and inside a stream
             std::tuple(400, R"({"error":{"message":"m","type":"BadRequestError","code":400}})",
                        permanent),
             std::tuple(0, R"({"error":{"message":"m","type":"BadRequestError","code":400}})",
                        permanent),
             std::tuple(0, R"({"error":{"message":"m","type":"InternalServerError","code":500}})",
                        transient),
             std::tuple(404,
                        R"({"object":"error","message":"m","type":"NotFoundError","code":404})",
                        permanent),
             // SGLang, with its queue full
             std::tuple(0,
                        R"({"error":{"object":"error","message":"The request queue is full.",)"
                        R"("type":"SERVICE_UNAVAILABLE","param":null,"code":503}})",
                        overload),
             // llama.cpp
             std::tuple(503,
                        R"({"error":{"code":503,"message":"Loading model",)"
                        R"("type":"unavailable_error"}})",
                        overload),
             std::tuple(400, R"({"error":{"code":400,"type":"exceed_context_size_error"}})",
                        permanent),
             // z.ai
             std::tuple(429, R"({"error":{"code":"1302","message":"m"},"request_id":"r"})",
                        overload),
             std::tuple(429, R"({"error":{"code":"1113","message":"arrears"}})", permanent),
             std::tuple(429, R"({"error":{"code":"1308","message":"m"}})", quota),
             std::tuple(500, R"({"error":{"code":"1234","message":"m"}})", transient),
             // and the rest
             std::tuple(503, R"({"error":"the model is being scaled"})", overload),
             std::tuple(503, "Service Unavailable", overload),
             std::tuple(502, "<html>Bad Gateway</html>", transient),
             std::tuple(500, R"({"detail":"{\"error\":{\"code\":\"1113\"}}"})", permanent),
             std::tuple(0, R"({"error":"something"})", transient),
         }) {
        CAPTURE(status, body);
        CHECK(class_of(status, body) == means);
    }
}

TEST_CASE("a table is extended by codes of its own, which count before those it knows")
{
    error_table mine;
    mine.add("house_full", overload).add("1302", permanent).add("*.Arrearage", permanent);
    CHECK(class_of(400, R"({"error":{"code":"house_full"}})", mine) == overload);
    CHECK(class_of(429, R"({"error":{"code":"1302"}})", mine) == permanent);
    CHECK(class_of(429, R"({"error":{"code":"Account.Arrearage"}})", mine) == permanent);
    CHECK(class_of(429, R"({"error":{"code":"1303"}})", mine) == overload);
    mine.add("house_full", quota);
    CHECK(mine.find("house_full") == quota);
    CHECK_FALSE(mine.find("unheard_of"));
    CHECK_FALSE(mine.find(""));
}

TEST_CASE("attempts that ended without a response have their class")
{
    const auto of = [](error_code ec) {
        failure why;
        why.code = ec;
        return classify(why);
    };
    for (const auto ec :
         {errc::connect_failed, errc::connect_timeout, errc::head_timeout, errc::stream_reset,
          errc::connection_closed, errc::first_event_timeout, errc::truncated_stream})
        CHECK(of(ec) == transient);
    for (const auto ec : {errc::certificate_rejected, errc::body_too_large, errc::client_closed,
                          errc::queue_full, errc::total_timeout, errc::queue_timeout})
        CHECK(of(ec) == permanent);
    CHECK(of(boost::asio::error::connection_refused) == transient);
    CHECK(of(boost::asio::error::operation_aborted) == permanent);
}

TEST_CASE("HTTP dates are read in all three forms")
{
    using namespace std::chrono;
    const auto expected = sys_days(year(1994) / 11 / 6) + 8h + 49min + 37s;
    CHECK(policy::parse_http_date("Sun, 06 Nov 1994 08:49:37 GMT") == expected);
    CHECK(policy::parse_http_date("Sunday, 06-Nov-94 08:49:37 GMT") == expected);
    CHECK(policy::parse_http_date("Sun Nov  6 08:49:37 1994") == expected);
    for (const auto* wrong : {"", "soon", "Sun, 31 Feb 1994 08:49:37 GMT", "06 Nov 1994"})
        CHECK_FALSE(policy::parse_http_date(wrong));
}

TEST_CASE("retry-after-ms comes before retry-after, in seconds or as a date")
{
    CHECK(advice({{"retry-after-ms", "1500.5"}, {"retry-after", "9"}}).wait == 1501ms);
    CHECK(advice({{"retry-after", "9"}}).wait == 9s);
    CHECK(advice({{"retry-after", "0.25"}}).wait == 250ms);
    CHECK(advice({{"retry-after", "-3"}}).wait == 0ms);
    CHECK(advice({{"retry-after", "Sun, 01 Mar 2026 12:00:07 GMT"}}).wait == 7s);
    CHECK(advice({{"retry-after", "Sun, 01 Mar 2026 11:59:00 GMT"}}).wait == 0ms);
    for (const auto* wrong : {"", "soon", "1s", "nan", "inf", "1e999"})
        CHECK_FALSE(advice({{"retry-after", wrong}}).wait);
    CHECK_FALSE(advice({}).wait);
}

TEST_CASE("a date is compared with the server's own clock where the response tells it")
{
    CHECK(advice({{"retry-after", "Thu, 01 Jan 2026 00:00:20 GMT"},
                  {"date", "Thu, 01 Jan 2026 00:00:05 GMT"}})
              .wait == 15s);
}

TEST_CASE("x-ratelimit-reset counts for what nothing remains of")
{
    CHECK(advice({{"x-ratelimit-remaining-requests", "0"},
                  {"x-ratelimit-reset-requests", "1m2.5s"},
                  {"x-ratelimit-remaining-tokens", "17"},
                  {"x-ratelimit-reset-tokens", "6m0s"}})
              .wait == 62'500ms);
    CHECK(advice({{"x-ratelimit-remaining-tokens", "0"}, {"x-ratelimit-reset-tokens", "12ms"}})
              .wait == 12ms);
    for (const auto* wrong : {"-1", "1790000000", "later", "5x"})
        CHECK_FALSE(
            advice({{"x-ratelimit-remaining-tokens", "0"}, {"x-ratelimit-reset-tokens", wrong}})
                .wait);
}

TEST_CASE("x-should-retry is read")
{
    CHECK(advice({{"x-should-retry", "true"}}).again == true);
    CHECK(advice({{"x-should-retry", "false"}}).again == false);
    CHECK_FALSE(advice({{"x-should-retry", "perhaps"}}).again);
}
