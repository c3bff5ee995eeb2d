// Aloft, driven through its public face, against servers of other people: one scenario a run.

#include "pattern.hpp"
#include "scenarios.hpp"

#include <CLI/CLI.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <fmt/format.h>

#include <cstdio>
#include <map>

namespace aloft::interop {
namespace {

namespace asio = boost::asio;

const std::map<std::string, scenario*> scenarios{
    {"unary", unary},     {"download", download}, {"upload", upload},
    {"streams", streams}, {"cancel", cancel},     {"load", load},
};

const std::map<std::string, http_version> versions{
    {"negotiated", http_version::negotiated},
    {"http1", http_version::http1},
    {"http2", http_version::http2},
};

// Runs it, until the time limit at the latest.
int run(scenario& chosen, const settings& told)
{
    report found;
    asio::io_context loop(1);
    client http(loop.get_executor(), told.options());
    asio::steady_timer limit(loop, told.time_limit);
    limit.async_wait([&](error_code ec) {
        if (ec)
            return;
        const auto left = http.counts();
        found.problem(fmt::format(
            "not over in time: {} in flight, {} queued, {} waiting for a stream, {} "
            "connections, {} dials, {} streams",
            left.in_flight, left.queued, left.waiting, left.connections, left.dials, left.streams));
        loop.stop();
    });
    const auto end = [&](const std::exception_ptr& why) {
        try {
            if (why)
                std::rethrow_exception(why);
        } catch (const std::exception& e) {
            found.problem(e.what());
        }
        loop.stop();
    };
    asio::co_spawn(loop, chosen(http, told, found), end);
    loop.run();
    found.print();
    return found.good() ? 0 : 1;
}

void write_pattern(std::uint64_t size)
{
    for (pattern bytes(size); !bytes.over();) {
        const auto next = bytes.ahead();
        std::fwrite(next.data(), 1, next.size(), stdout);
        bytes.advance(next.size());
    }
}

void take_clocks(settings& told, double connect, double head, double gap)
{
    const auto limit = [](double seconds) {
        return std::chrono::milliseconds(static_cast<std::int64_t>(seconds * 1000));
    };
    told.clocks.connect(limit(connect)).head(limit(head)).first_event(limit(gap)).gap(limit(gap));
}

} // namespace
} // namespace aloft::interop

int main(int count, char** values)
{
    using namespace aloft::interop;
    settings told;
    double head = 30;
    double gap = 30;
    double connect = 10;
    std::uint64_t seconds = 0;
    std::uint64_t time_limit = 60;
    std::uint64_t size = 0;
    CLI::App program("Aloft against other people's servers; prints one line of JSON.");
    program.require_subcommand(1);
    auto* bytes = program.add_subcommand("pattern", "writes what /medium and /big hold");
    bytes->add_option("size", size, "bytes")->required();
    for (const auto& [name, chosen] : scenarios) {
        auto* command = program.add_subcommand(name);
        command->add_option("url", told.base, "http://host:port or https://host:port")->required();
        command->add_option("count", told.count, "requests, streams or bytes");
        command->add_option("--version", told.version)->transform(CLI::Transformer(versions));
        command->add_option("--cacert", told.ca);
        command->add_option("--in-flight", told.in_flight);
        command->add_option("--streams", told.streams_per_connection, "of a connection");
        command->add_option("--stream-window", told.stream_window, "bytes");
        command->add_option("--head", head, "seconds");
        command->add_option("--gap", gap, "seconds");
        command->add_option("--connect", connect, "seconds");
        command->add_option("--seconds", seconds, "a load: how long");
        command->add_option("--time-limit", time_limit, "seconds");
        command->add_option("--prefix", told.prefix, "a load: of the names of its requests");
        command->add_flag("--posts-only", told.posts_only, "a load: no GET");
        command->add_flag("--patient", told.patient, "a load: sends again what may be");
        command->add_flag("--echo", told.echo, "an upload comes back whole");
    }
    CLI11_PARSE(program, count, values);
    if (bytes->parsed()) {
        write_pattern(size);
        return 0;
    }
    take_clocks(told, connect, head, gap);
    told.seconds = std::chrono::seconds(seconds);
    told.time_limit = std::chrono::seconds(time_limit);
    return run(*scenarios.at(program.get_subcommands().front()->get_name()), told);
}
