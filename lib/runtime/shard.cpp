#include <aloft/detail/shard.hpp>

#include <algorithm>

namespace aloft::detail {
namespace {

thread_local const shard* this_shard = nullptr;

// Handlers may post others for ever.
constexpr int last_rounds = 16;

} // namespace

shard::shard(std::size_t index) : index_(index)
{
    work_.emplace(loop_.get_executor());
}

const shard* shard::current() noexcept
{
    return this_shard;
}

bool shard::admit(shard_resident& resident)
{
    if (ending_)
        return false;
    residents_.push_front(resident); // the last one that came ends first
    return true;
}

void shard::close(time_limit limit)
{
    auto begin = [this, limit] { begin_close(limit); };
    post(begin);
}

void shard::begin_close(time_limit limit)
{
    if (limit.limited())
        until_ = std::min(until_, clock::now() + limit.duration());
    for (auto& resident : residents_)
        resident.begin_close(limit);
    work_.reset();
    changed_ = true;
    loop_.stop(); // run() goes on, with the time there is now
}

void shard::stop()
{
    stopped_ = true;
    loop_.stop();
}

void shard::run(const failure_function& failed)
{
    this_shard = this;
    while (!stopped_) {
        try {
            changed_ = false;
            if (until_ == clock::time_point::max())
                loop_.run();
            else
                loop_.run_until(until_);
            if (!changed_)
                break; // stopped, out of time, or closed and out of work
        } catch (...) {
            failed(std::current_exception());
        }
        loop_.restart(); // before stopped_ is looked at: stop() may have come meanwhile
    }
    finish(failed);
    this_shard = nullptr;
}

void shard::finish(const failure_function& failed)
{
    ending_ = true;
    {
        const std::lock_guard lock(mutex_);
        open_ = false;
    }
    work_.reset();
    while (!residents_.empty()) {
        auto& last = residents_.front();
        residents_.pop_front();
        last.end();
    }
    // What was asked of them has ended, and is told so, which may have others told in turn.
    for (int round = 0; round != last_rounds; ++round)
        run_what_is_ready(failed);
}

void shard::run_what_is_ready(const failure_function& failed)
{
    bool reached = false;
    boost::asio::post(loop_, [&] { reached = true; });
    while (!reached) {
        if (loop_.stopped())
            loop_.restart();
        try {
            loop_.poll_one();
        } catch (...) {
            failed(std::current_exception());
        }
    }
}

} // namespace aloft::detail
