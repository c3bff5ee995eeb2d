#include "bench/measurements.hpp"

#include <algorithm>
#include <cerrno>
#include <iterator>
#include <type_traits>
#include <unistd.h>
#include <utility>

namespace aloft::tools::bench {
namespace {

constexpr run_time second = 1'000'000'000;

bool transfer(int pipe, const void* bytes, std::size_t count)
{
    const auto* at = static_cast<const char*>(bytes);
    while (count != 0) {
        const auto done = ::write(pipe, at, count);
        if (done < 0 && errno == EINTR)
            continue;
        if (done <= 0)
            return false;
        at += done;
        count -= static_cast<std::size_t>(done);
    }
    return true;
}

bool fetch(int pipe, void* bytes, std::size_t count)
{
    auto* at = static_cast<char*>(bytes);
    while (count != 0) {
        const auto done = ::read(pipe, at, count);
        if (done < 0 && errno == EINTR)
            continue;
        if (done <= 0)
            return false;
        at += done;
        count -= static_cast<std::size_t>(done);
    }
    return true;
}

template <class Value>
bool transfer(int pipe, const Value& value)
{
    static_assert(std::is_trivially_copyable_v<Value>);
    return transfer(pipe, &value, sizeof value);
}

template <class Value>
bool fetch(int pipe, Value& value)
{
    static_assert(std::is_trivially_copyable_v<Value>);
    return fetch(pipe, &value, sizeof value);
}

template <class List>
bool transfer_list(int pipe, const List& list)
{
    return transfer(pipe, list.size()) &&
           transfer(pipe, list.data(), list.size() * sizeof(typename List::value_type));
}

template <class List>
bool fetch_list(int pipe, List& list)
{
    std::size_t size = 0;
    if (!fetch(pipe, size))
        return false;
    list.resize(size);
    return fetch(pipe, list.data(), size * sizeof(typename List::value_type));
}

} // namespace

void measurements::saw_event(run_time at, bool content)
{
    const auto index = static_cast<std::size_t>(std::max<run_time>(at, 0) / second);
    if (index >= seconds_of_events.size())
        seconds_of_events.resize(index + 1);
    ++seconds_of_events[index].all;
    seconds_of_events[index].with_content += content ? 1 : 0;
}

std::uint32_t measurements::error_number(const std::string& name, const std::string& example)
{
    auto at = std::find_if(errors.begin(), errors.end(),
                           [&](const error_kind& one) { return one.name == name; });
    if (at == errors.end())
        at = errors.insert(at, {name, example});
    return static_cast<std::uint32_t>(at - errors.begin()) + 1;
}

void measurements::merge(measurements&& other)
{
    std::vector<std::uint32_t> number{0};
    for (const auto& kind : other.errors)
        number.push_back(error_number(kind.name, kind.example));
    for (auto& one : other.records)
        one.error = number[one.error];
    std::vector<request_record> all;
    all.reserve(records.size() + other.records.size());
    std::merge(records.begin(), records.end(), other.records.begin(), other.records.end(),
               std::back_inserter(all),
               [](const request_record& a, const request_record& b) { return a.ended < b.ended; });
    records = std::move(all);
    gaps += other.gaps;
    loop_lag += other.loop_lag;
    seconds_of_events.resize(std::max(seconds_of_events.size(), other.seconds_of_events.size()));
    for (std::size_t i = 0; i != other.seconds_of_events.size(); ++i) {
        seconds_of_events[i].all += other.seconds_of_events[i].all;
        seconds_of_events[i].with_content += other.seconds_of_events[i].with_content;
    }
    cpu_seconds += other.cpu_seconds;
    busiest_cpu = std::max(busiest_cpu, other.busiest_cpu);
    resident += other.resident;
    connections += other.connections;
    unfinished += other.unfinished;
    seconds = std::max(seconds, other.seconds);
    interrupted = interrupted || other.interrupted;
}

bool measurements::write(int pipe)
{
    bool good = transfer_list(pipe, records) && transfer_list(pipe, seconds_of_events) &&
                transfer(pipe, errors.size());
    for (const auto& kind : errors)
        good = good && transfer_list(pipe, kind.name) && transfer_list(pipe, kind.example);
    for (auto* const some : {&gaps, &loop_lag})
        good = good && transfer(pipe, some->values()) && transfer(pipe, some->squares());
    return good && transfer(pipe, cpu_seconds) && transfer(pipe, busiest_cpu) &&
           transfer(pipe, resident) && transfer(pipe, connections) && transfer(pipe, unfinished) &&
           transfer(pipe, seconds) && transfer(pipe, interrupted);
}

bool measurements::read(int pipe)
{
    std::size_t kinds = 0;
    bool good =
        fetch_list(pipe, records) && fetch_list(pipe, seconds_of_events) && fetch(pipe, kinds);
    for (; good && kinds != 0; --kinds) {
        auto& kind = errors.emplace_back();
        good = fetch_list(pipe, kind.name) && fetch_list(pipe, kind.example);
    }
    for (auto* const some : {&gaps, &loop_lag})
        good = good && fetch(pipe, some->values()) && fetch(pipe, some->squares());
    return good && fetch(pipe, cpu_seconds) && fetch(pipe, busiest_cpu) && fetch(pipe, resident) &&
           fetch(pipe, connections) && fetch(pipe, unfinished) && fetch(pipe, seconds) &&
           fetch(pipe, interrupted);
}

} // namespace aloft::tools::bench
