#include <aloft/runtime.hpp>

#include <algorithm>
#include <atomic>
#include <exception>
#include <mutex>
#include <sched.h>
#include <stdexcept>
#include <thread>

namespace aloft {
namespace {

std::size_t usable_processors()
{
    cpu_set_t usable;
    if (sched_getaffinity(0, sizeof usable, &usable) == 0)
        return static_cast<std::size_t>(CPU_COUNT(&usable));
    return std::max(std::thread::hardware_concurrency(), 1U); // more than a cpu_set_t has room for
}

} // namespace

class runtime::threads {
public:
    explicit threads(std::size_t count)
    {
        for (std::size_t i = 0; i != count; ++i)
            shards_.push_back(std::make_shared<detail::shard>(i));
        try {
            for (const auto& shard : shards_)
                running_.emplace_back([this, &shard] {
                    shard->run([this](std::exception_ptr why) { failed(std::move(why)); });
                });
        } catch (...) {
            stop();
            wait();
            throw;
        }
    }
    ~threads()
    {
        stop();
        wait();
        for (const auto& shard : shards_)
            shard->empty();
    }
    threads(const threads&) = delete;
    threads& operator=(const threads&) = delete;

    void stop() noexcept
    {
        for (const auto& shard : shards_)
            shard->stop();
    }
    void wait()
    {
        const std::lock_guard lock(joining_);
        for (auto& thread : running_)
            if (thread.joinable())
                thread.join();
    }
    [[nodiscard]] std::exception_ptr failure()
    {
        const std::lock_guard lock(mutex_);
        return failure_;
    }
    [[nodiscard]] const auto& shards() const noexcept { return shards_; }
    [[nodiscard]] std::size_t next() noexcept
    {
        return next_.fetch_add(1, std::memory_order_relaxed) % shards_.size();
    }

private:
    void failed(std::exception_ptr why)
    {
        {
            const std::lock_guard lock(mutex_);
            if (!failure_)
                failure_ = std::move(why);
        }
        stop();
    }

    std::vector<std::shared_ptr<detail::shard>> shards_;
    std::vector<std::thread> running_;
    std::mutex joining_;
    std::mutex mutex_;
    std::exception_ptr failure_; // under mutex_
    std::atomic<std::size_t> next_ = 0;
};

runtime::runtime(const runtime_options& options) :
    threads_(
        std::make_unique<threads>(options.shards() != 0 ? options.shards() : usable_processors()))
{
}

runtime::~runtime() = default;

std::size_t runtime::size() const noexcept
{
    return shards().size();
}

runtime::executor_type runtime::executor(std::size_t shard) const
{
    return shards().at(shard)->executor();
}

runtime::executor_type runtime::next_executor() noexcept
{
    return shards()[threads_->next()]->executor();
}

std::optional<std::size_t> runtime::this_shard() const noexcept
{
    const auto* here = detail::shard::current();
    if (here == nullptr || shards()[here->index() % size()].get() != here)
        return std::nullopt;
    return here->index();
}

void runtime::close(time_limit limit)
{
    for (const auto& shard : shards())
        shard->close(limit);
}

void runtime::stop() noexcept
{
    threads_->stop();
}

void runtime::join()
{
    if (this_shard())
        throw std::logic_error("aloft: runtime::join() on a shard's thread would wait for itself");
    threads_->wait();
    if (auto why = threads_->failure())
        std::rethrow_exception(std::move(why));
}

const std::vector<std::shared_ptr<detail::shard>>& runtime::shards() const noexcept
{
    return threads_->shards();
}

} // namespace aloft
