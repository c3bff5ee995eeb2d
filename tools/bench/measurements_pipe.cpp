#include "bench/measurements.hpp"

#include <cerrno>
#include <cstddef>
#include <type_traits>
#include <unistd.h>

// How a process hands its measurements to the one that began it: as they lie in memory.
namespace aloft::tools::bench {
namespace {

// Takes all of it, however little the kernel moves at once.
template <class Step, class Byte>
bool move_all(Step step, int pipe, Byte* at, std::size_t count)
{
    while (count != 0) {
        const auto done = step(pipe, at, count);
        if (done < 0 && errno == EINTR)
            continue;
        if (done <= 0)
            return false;
        at += done;
        count -= static_cast<std::size_t>(done);
    }
    return true;
}

bool transfer(int pipe, const void* bytes, std::size_t count)
{
    return move_all(::write, pipe, static_cast<const char*>(bytes), count);
}

bool fetch(int pipe, void* bytes, std::size_t count)
{
    return move_all(::read, pipe, static_cast<char*>(bytes), count);
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

bool measurements::write(int pipe)
{
    bool good = transfer_list(pipe, records) && transfer_list(pipe, each_gap) &&
                transfer_list(pipe, seconds_of_events) && transfer(pipe, errors.size());
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
    bool good = fetch_list(pipe, records) && fetch_list(pipe, each_gap) &&
                fetch_list(pipe, seconds_of_events) && fetch(pipe, kinds);
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
