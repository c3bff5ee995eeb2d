#pragma once

#include <aloft/deadlines.hpp>

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/intrusive/list.hpp>
#include <boost/intrusive/list_hook.hpp>

#include <atomic>
#include <chrono>
#include <cstddef>
#include <exception>
#include <functional>
#include <mutex>
#include <optional>
#include <utility>

namespace aloft::detail {

/// What lives on a shard, and ends with it at the latest. Everything happens on the shard's thread.
class shard_resident : public boost::intrusive::list_base_hook<
                           boost::intrusive::link_mode<boost::intrusive::auto_unlink>> {
public:
    /// Begin nothing new; what was begun may end within `limit`.
    virtual void begin_close(time_limit limit) = 0;
    /// End now.
    virtual void end() noexcept = 0;

protected:
    ~shard_resident() = default;
};

/// One event loop of a runtime, and what its thread does. Lives as long as anybody may post to it.
class shard {
public:
    using executor_type = boost::asio::io_context::executor_type;
    using failure_function = std::function<void(std::exception_ptr)>;

    explicit shard(std::size_t index);
    ~shard() = default;
    shard(const shard&) = delete;
    shard& operator=(const shard&) = delete;

    // On any thread.

    [[nodiscard]] std::size_t index() const noexcept { return index_; }
    [[nodiscard]] executor_type executor() { return loop_.get_executor(); }
    /// Calls `f` on the shard's thread, never inline. False where the shard has ended; `f` is as it
    /// was then.
    template <class F>
    bool post(F& f)
    {
        const std::lock_guard lock(mutex_);
        if (!open_)
            return false;
        boost::asio::post(loop_.get_executor(), std::move(f));
        return true;
    }
    void close(time_limit limit);
    void stop();
    /// The shard on whose thread this is called, or null.
    static const shard* current() noexcept;

    // On its thread.

    /// Runs the loop until the shard is stopped, or closed and out of work. What leaves a handler
    /// goes to `failed`, which must call stop().
    void run(const failure_function& failed);
    /// False where it is ending already.
    bool admit(shard_resident& resident);

    /// Destroys what waits in the loop still, once nobody uses its executor any more: not before
    /// the runtime is destroyed.
    void empty() { loop_.shutdown(); }

private:
    using clock = std::chrono::steady_clock;

    /// Its handlers can be destroyed while executors still refer to it.
    class loop : public boost::asio::io_context {
    public:
        loop() : boost::asio::io_context(1) {}
        using boost::asio::execution_context::shutdown;
    };

    void begin_close(time_limit limit);
    void finish(const failure_function& failed);
    void run_what_is_ready(const failure_function& failed);

    const std::size_t index_;
    std::atomic<bool> stopped_ = false;
    std::mutex mutex_;
    bool open_ = true; // under the mutex
    loop loop_;

    // Of its thread.
    std::optional<boost::asio::executor_work_guard<executor_type>> work_;
    boost::intrusive::list<shard_resident, boost::intrusive::constant_time_size<false>> residents_;
    clock::time_point until_ = clock::time_point::max(); // once it is closing
    bool changed_ = false; // the above, while the loop ran
    bool ending_ = false;
};

} // namespace aloft::detail
