#pragma once

#include "chat/action_finder.hpp"
#include "chat/growing_completion.hpp"
#include "client/call.hpp"

#include <aloft/chat_completion.hpp>
#include <aloft/chat_delta.hpp>
#include <aloft/reply.hpp>
#include <aloft/sse.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

namespace aloft::autoglm::detail {

class client_state;

/// One stream being read: bytes to events to deltas, and the one who waits for the next. It reads
/// the stream's own buffer in place, so bytes are consumed only when the delta that borrows from
/// them is given up.
class reply_state final : private aloft::detail::waiter, public recycled<reply_state> {
public:
    reply_state(std::shared_ptr<client_state> client, aloft::detail::call_handle call);
    ~reply_state();

    /// Ends the stream once it holds a whole action. `max_tokens`: what it may have; 0, not known.
    void stop_at_action(std::uint64_t max_tokens);

    /// The next delta out of what has arrived; null when more is needed or the stream is over.
    const chat::delta* try_next();

    /// Waits until try_next() has something to say. False: it has already.
    bool wait(aloft::detail::waiter& user);
    void cancel_wait() noexcept;
    void cancel();

    /// The call that the stream was ended at; empty where it was not.
    [[nodiscard]] std::string_view stopped_at() const noexcept;
    [[nodiscard]] bool over() const noexcept { return over_; }
    [[nodiscard]] error_code error() const noexcept { return error_; }
    [[nodiscard]] failure why() const;
    [[nodiscard]] const chat::completion& completion() noexcept { return completion_.whole(); }
    [[nodiscard]] std::string_view text() const noexcept { return completion_.content(); }
    [[nodiscard]] aloft::detail::call& call() const noexcept { return *call_; }

private:
    struct early_stop {
        explicit early_stop(std::uint64_t most) noexcept : max_tokens(most) {}
        action_finder finder;
        std::uint64_t max_tokens;
        std::uint64_t pieces = 0; // of content
        bool stopped = false;
    };

    static void resumed(waiter& self, error_code ec, aloft::detail::delivery how);
    bool prepare();
    bool read_event();
    bool take(const sse::event& event);
    [[nodiscard]] bool delta_ready() const noexcept
    {
        return chunk_ && next_ < chunk_->deltas().size();
    }
    void give_up_borrowed();
    void give_up_chunk() noexcept;
    void end(error_code ec);
    void look_for_action();
    void end_at_action();
    void report_tokens();

    // In the order in which an event touches it.
    aloft::detail::waiter* user_ = nullptr;
    aloft::detail::call_handle call_;
    std::unique_ptr<chat::chunk> chunk_; // null: nobody has a delta
    std::shared_ptr<client_state> client_;
    sse::decoder decoder_;
    std::size_t borrowed_ = 0; // bytes at the front of the body that deltas may point into
    std::size_t next_ = 0; // of chunk_->deltas()
    std::unique_ptr<early_stop> early_; // null: the stream is read to its end
    bool over_ = false;
    chat::stream_state state_;
    chat::growing_completion completion_;
    std::unique_ptr<chat::api_error> server_error_;
    std::unique_ptr<std::string> unreadable_; // what is wrong with an event
    error_code error_;
};

} // namespace aloft::autoglm::detail
