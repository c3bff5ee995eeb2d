#include "support/catch.hpp"

#include <aloft/prometheus.hpp>

#include <map>
#include <sstream>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

using namespace aloft;

namespace {

std::vector<std::string> lines_of(const std::string& text)
{
    std::vector<std::string> lines;
    std::istringstream in(text);
    for (std::string line; std::getline(in, line);)
        lines.push_back(line);
    return lines;
}

bool has_line(const std::string& text, const std::string& line)
{
    return ("\n" + text).find("\n" + line + "\n") != std::string::npos;
}

} // namespace

TEST_CASE("each family has one HELP and one TYPE, and its samples behind them")
{
    const std::vector<labelled_metrics> two = {
        labelled_metrics(client_metrics(), {{"shard", "0"}}),
        labelled_metrics(client_metrics(), {{"shard", "1"}})};
    const auto text = prometheus_text(two);
    REQUIRE(text.ends_with('\n'));
    std::map<std::string, int> seen;
    std::string family;
    bool typed = false;
    for (const auto& line : lines_of(text)) {
        std::istringstream words(line);
        std::string first;
        std::string kind;
        words >> first;
        if (first == "#") {
            std::string name;
            words >> kind >> name;
            typed = kind == "TYPE";
            if (typed)
                CHECK(name == family);
            else
                CHECK(++seen[name] == 1);
            family = name;
            continue;
        }
        CHECK(typed);
        CHECK(first.starts_with(family));
        CHECK(first.find("shard=\"") != std::string::npos);
    }
    CHECK(seen.size() > 25);
}

TEST_CASE("counters and gauges are written as they are, with no braces where there is no label")
{
    client_metrics m;
    m.started = 18446744073709551615U;
    m.now.connections = 3;
    m.failed[static_cast<std::size_t>(phase::head)] = 2;
    m.replays[static_cast<std::size_t>(replay_cause::refused)] = 4;
    m.answered[5] = 6;
    m.upload_stalled = 1050;
    const auto text = prometheus_text(m);
    CHECK(has_line(text, "# TYPE aloft_requests_started_total counter"));
    CHECK(has_line(text, "aloft_requests_started_total 18446744073709551615"));
    CHECK(has_line(text, "# TYPE aloft_connections gauge"));
    CHECK(has_line(text, "aloft_connections 3"));
    CHECK(has_line(text, "aloft_requests_failed_total{phase=\"head\"} 2"));
    CHECK(has_line(text, "aloft_requests_failed_total{phase=\"body\"} 0"));
    CHECK(has_line(text, "aloft_replays_total{cause=\"refused\"} 4"));
    CHECK(has_line(text, "aloft_responses_total{status=\"5xx\"} 6"));
    CHECK(has_line(text, "aloft_upload_stalled_seconds_total 1.050"));
}

TEST_CASE("a histogram is written as buckets that add up, sum and count, in seconds")
{
    client_metrics m;
    for (const std::uint64_t ms : {0, 1, 3, 5, 500, 2'000'000})
        m.head.record(ms);
    const auto text = prometheus_text(m);
    const std::string name = "aloft_request_head_seconds";
    CHECK(has_line(text, "# TYPE " + name + " histogram"));
    CHECK(has_line(text, name + "_bucket{le=\"0.001\"} 1"));
    CHECK(has_line(text, name + "_bucket{le=\"0.002\"} 2"));
    CHECK(has_line(text, name + "_bucket{le=\"0.004\"} 3"));
    CHECK(has_line(text, name + "_bucket{le=\"0.008\"} 4"));
    CHECK(has_line(text, name + "_bucket{le=\"0.512\"} 5"));
    CHECK(has_line(text, name + "_bucket{le=\"1048.576\"} 5"));
    CHECK(has_line(text, name + "_bucket{le=\"+Inf\"} 6"));
    CHECK(has_line(text, name + "_sum 2000.509"));
    CHECK(has_line(text, name + "_count 6"));
}

TEST_CASE("values of labels are escaped, and le comes last")
{
    const labelled_metrics one(client_metrics(),
                               {{"path", "C:\\\"x\"\nnext"}, {"town", "K\xc3\xb6ln"}});
    const auto text = prometheus_text({&one, 1});
    const std::string labels = "path=\"C:\\\\\\\"x\\\"\\nnext\",town=\"K\xc3\xb6ln\"";
    CHECK(has_line(text, "aloft_requests_started_total{" + labels + "} 0"));
    CHECK(has_line(text, "aloft_connect_seconds_bucket{" + labels + ",le=\"+Inf\"} 0"));
}

TEST_CASE("a label that Prometheus or aloft could not tell from others is refused by its name")
{
    const std::string name = GENERATE("", "1st", "a-b", "a b", "__name__", "le", "phase", "cause",
                                      "status", "t\xc3\xb6");
    CHECK_THROWS_AS(labelled_metrics(client_metrics(), {{name, "x"}}), std::invalid_argument);
    CHECK_THROWS_AS(labelled_metrics(client_metrics(), {{"a", "x"}, {"a", "y"}}),
                    std::invalid_argument);
}

TEST_CASE("no client at all is families without samples")
{
    for (const auto& line : lines_of(prometheus_text(std::span<const labelled_metrics>())))
        CHECK(line.starts_with("# "));
}

TEST_CASE("each of several servers has samples, told apart by its number and origin")
{
    client_metrics m;
    CHECK(prometheus_text(m).find("aloft_server") == std::string::npos);
    m.servers.resize(3);
    m.servers[0].base_url = "http://a:8000/v1?key=secret";
    m.servers[0].attempts = 7;
    m.servers[0].failovers = 2;
    m.servers[1].base_url = m.servers[2].base_url = "https://b/v1"; // under two keys
    m.servers[1].ejected = true;
    m.servers[1].resting = std::chrono::milliseconds(1500);
    m.servers[2].checks_failed = 4;
    const auto text = prometheus_text(m);
    CHECK(has_line(text, "# TYPE aloft_server_attempts_total counter"));
    CHECK(has_line(text, R"(aloft_server_attempts_total{server="0",origin="http://a:8000"} 7)"));
    CHECK(has_line(text, R"(aloft_server_failovers_total{server="0",origin="http://a:8000"} 2)"));
    CHECK(has_line(text, R"(aloft_server_ejected{server="1",origin="https://b"} 1)"));
    CHECK(has_line(text, R"(aloft_server_ejected{server="2",origin="https://b"} 0)"));
    CHECK(has_line(text, R"(aloft_server_resting_seconds{server="1",origin="https://b"} 1.500)"));
    CHECK(has_line(text, R"(aloft_server_checks_failed_total{server="2",origin="https://b"} 4)"));
    CHECK(text.find("secret") == std::string::npos);
}

TEST_CASE("what hedging and early ends came to is written")
{
    client_metrics m;
    m.hedges.sent = 3;
    m.hedges.won = 1;
    m.hedges.lost_bytes = 999;
    m.early_ends.streams = 5;
    m.early_ends.tokens_at_most = 1234;
    const auto text = prometheus_text(m);
    CHECK(has_line(text, "aloft_hedges_total 3"));
    CHECK(has_line(text, "aloft_hedges_won_total 1"));
    CHECK(has_line(text, "aloft_hedges_lost_bytes_total 999"));
    CHECK(has_line(text, "aloft_early_ends_total 5"));
    CHECK(has_line(text, "aloft_early_ends_tokens_at_most_total 1234"));
}
