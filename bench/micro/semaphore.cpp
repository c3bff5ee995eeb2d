#include <aloft/semaphore.hpp>

#include <array>
#include <benchmark/benchmark.h>

namespace {

class indifferent final : public aloft::detail::waiter {
public:
    indifferent() : waiter([](waiter&, aloft::error_code, aloft::detail::delivery) {}) {}
};

void semaphore_free_permit(benchmark::State& state)
{
    aloft::detail::semaphore_state permits(1024, 65536);
    indifferent who;
    for (auto _ : state) {
        permits.acquire(who);
        permits.release();
    }
}
BENCHMARK(semaphore_free_permit);

/// Each release resumes the first of those who wait, who queues again behind the others.
void semaphore_queued(benchmark::State& state)
{
    aloft::detail::semaphore_state permits(1, 65536);
    std::array<indifferent, 64> waiting;
    permits.try_acquire();
    for (auto& one : waiting)
        permits.acquire(one);
    std::size_t next = 0;
    for (auto _ : state) {
        permits.release();
        permits.acquire(waiting[next]);
        next = (next + 1) % waiting.size();
    }
    permits.close();
}
BENCHMARK(semaphore_queued);

void semaphore_cancelled(benchmark::State& state)
{
    aloft::detail::semaphore_state permits(1, 65536);
    permits.try_acquire();
    std::array<indifferent, 64> waiting;
    for (auto& one : waiting)
        permits.acquire(one);
    indifferent who;
    for (auto _ : state) {
        permits.acquire(who);
        permits.cancel(who);
    }
    permits.close();
}
BENCHMARK(semaphore_cancelled);

} // namespace
