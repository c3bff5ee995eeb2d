#include "bench/peers/common/command_line.hpp"

#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <string_view>
#include <sys/resource.h>
#include <time.h>

namespace bench {

namespace {

[[noreturn]] void give_up(const std::string& why)
{
    std::fprintf(stderr, "%s\n", why.c_str());
    std::exit(2);
}

void split_base(arguments& given)
{
    const auto scheme = given.base.find("://");
    const auto colon = given.base.rfind(':');
    if (scheme == std::string::npos || colon <= scheme)
        give_up("not a URL with a port: " + given.base);
    given.tls = given.base.starts_with("https");
    given.host = given.base.substr(scheme + 3, colon - scheme - 3);
    given.port = static_cast<std::uint16_t>(std::strtoul(&given.base[colon + 1], nullptr, 10));
}

long status_kilobytes(std::string_view key)
{
    std::ifstream status("/proc/self/status");
    for (std::string line; std::getline(status, line);) {
        if (line.starts_with(key))
            return std::strtol(line.c_str() + key.size(), nullptr, 10);
    }
    return 0;
}

} // namespace

arguments arguments::read(int count, char** values)
{
    if (count < 8)
        give_up(std::string("usage: ") + values[0] +
                " unary|sse BASE_URL CONNECTIONS STREAMS REQUESTS PATH WARM");
    arguments given;
    given.events = std::string_view(values[1]) == "sse";
    given.base = values[2];
    split_base(given);
    given.http1 = std::getenv("H1") != nullptr;
    given.connections = std::strtoul(values[3], nullptr, 10);
    given.streams = std::strtoul(values[4], nullptr, 10);
    given.total = std::strtoull(values[5], nullptr, 10);
    given.path = values[6];
    given.warm_path = given.events ? "/sse?n=200&rate=0" : given.path;
    given.warm = std::strtoull(values[7], nullptr, 10);
    const char* file = std::getenv("BODY");
    std::ifstream body(file != nullptr ? file : "");
    given.body.assign(std::istreambuf_iterator<char>(body), {});
    if (given.body.empty())
        give_up("no body: name a file in BODY");
    return given;
}

window::moment window::moment::now()
{
    rusage used{};
    getrusage(RUSAGE_SELF, &used);
    timespec wall{};
    clock_gettime(CLOCK_MONOTONIC, &wall);
    const auto seconds = [](auto whole, auto fraction, double unit) {
        return static_cast<double>(whole) + static_cast<double>(fraction) * unit;
    };
    return {seconds(wall.tv_sec, wall.tv_nsec, 1e-9),
            seconds(used.ru_utime.tv_sec, used.ru_utime.tv_usec, 1e-6),
            seconds(used.ru_stime.tv_sec, used.ru_stime.tv_usec, 1e-6)};
}

window::window() : resident_(status_kilobytes("VmRSS:")), begun_(moment::now()) {}

void window::report(const counts& what) const
{
    const auto ended = moment::now();
    std::printf("{\"requests\":%llu,\"events\":%llu,\"errors\":%llu,\"wall\":%.6f,\"user\":%.6f,"
                "\"system\":%.6f,\"resident_kb\":%ld,\"peak_kb\":%ld}\n",
                static_cast<unsigned long long>(what.requests),
                static_cast<unsigned long long>(what.events),
                static_cast<unsigned long long>(what.errors), ended.wall - begun_.wall,
                ended.user - begun_.user, ended.system - begun_.system, resident_,
                status_kilobytes("VmHWM:"));
}

} // namespace bench
