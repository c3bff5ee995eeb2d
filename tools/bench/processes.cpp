#include "bench/processes.hpp"

#include "bench/live_view.hpp"

#include <array>
#include <atomic>
#include <csignal>
#include <fcntl.h>
#include <memory>
#include <new>
#include <poll.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>
#include <vector>

namespace aloft::tools::bench {
namespace {

using clock = std::chrono::steady_clock;

// What every process needs to come up, before the first request is due.
constexpr std::chrono::milliseconds head_start(200);

/// Counters in memory that this process shares with those it starts.
class shared_counters {
public:
    explicit shared_counters(std::size_t count) : size_(count * sizeof(live_counters))
    {
        memory_ = mmap(nullptr, size_, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
        if (memory_ == MAP_FAILED)
            throw std::bad_alloc();
        auto* const first = static_cast<live_counters*>(memory_);
        std::uninitialized_value_construct_n(first, count);
        all_ = {first, count};
    }
    ~shared_counters() { munmap(memory_, size_); }
    shared_counters(const shared_counters&) = delete;
    shared_counters& operator=(const shared_counters&) = delete;
    [[nodiscard]] std::span<live_counters> all() const noexcept { return all_; }

private:
    std::size_t size_;
    void* memory_;
    std::span<live_counters> all_;
};

class worker {
public:
    pid_t process = -1;
    int pipe = -1;
};

// Signals that have come and were not passed on yet.
std::atomic<int> signals_to_pass = 0;

void note_signal(int)
{
    ++signals_to_pass;
}

template <class Work>
worker start_worker(const Work& work)
{
    std::array<int, 2> ends{};
    if (pipe2(ends.data(), O_CLOEXEC) != 0)
        return {};
    const auto process = fork();
    if (process == 0) {
        setpgid(0, 0); // the terminal's Ctrl-C is passed on once, by the parent
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        close(ends[0]);
        _exit(work(ends[1]) ? 0 : 1);
    }
    close(ends[1]);
    return {process, ends[0]};
}

/// Until each of them has something to say, or is gone.
void wait_for(std::vector<worker>& workers, live_view& view)
{
    std::vector<pollfd> waiting;
    for (const auto& one : workers)
        waiting.push_back({one.pipe, POLLIN, 0});
    std::size_t ready = 0;
    while (ready != waiting.size()) {
        poll(waiting.data(), waiting.size(), static_cast<int>(view.interval().count()));
        for (; signals_to_pass != 0; --signals_to_pass) {
            for (const auto& one : workers)
                kill(one.process, SIGTERM);
        }
        for (auto& one : waiting) {
            if (one.fd >= 0 && one.revents != 0) {
                one.fd = -1;
                ++ready;
            }
            one.revents = 0;
        }
        view.show();
    }
}

measurements collect(std::vector<worker>& workers, std::string& problem)
{
    measurements all;
    for (auto& one : workers) {
        measurements seen;
        if (seen.read(one.pipe))
            all.merge(std::move(seen));
        else
            problem = "one of the processes ended before it told what it had seen";
        close(one.pipe);
        waitpid(one.process, nullptr, 0);
    }
    return all;
}

measurements run_in_workers(const load_settings& with, const autoglm::options& server,
                            workload& prompts, std::size_t processes, bool quiet,
                            std::string& problem)
{
    const shared_counters counters(processes);
    const auto start = clock::now() + head_start;
    std::signal(SIGINT, note_signal);
    std::signal(SIGTERM, note_signal);
    std::vector<worker> workers;
    for (std::size_t i = 0; i != processes; ++i) {
        workers.push_back(start_worker([&](int pipe) {
            load share(with, server, prompts, counters.all()[i], i, processes);
            return share.run(start).write(pipe);
        }));
    }
    live_view view(quiet, counters.all());
    wait_for(workers, view);
    auto all = collect(workers, problem);
    view.clear();
    return all;
}

} // namespace

measurements run_load(const load_settings& with, const autoglm::options& server, workload& prompts,
                      std::size_t processes, bool quiet, std::string& problem)
{
    if (processes > 1)
        return run_in_workers(with, server, prompts, processes, quiet, problem);
    const auto counters = std::make_unique<live_counters>();
    live_view view(quiet, {counters.get(), 1});
    load whole(with, server, prompts, *counters);
    if (!quiet)
        whole.show_with([&view] { view.show(); }, view.interval());
    auto all = whole.run(clock::now());
    view.clear();
    return all;
}

} // namespace aloft::tools::bench
