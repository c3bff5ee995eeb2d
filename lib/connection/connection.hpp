#pragma once

#include "base/output_buffer.hpp"
#include "base/session.hpp"
#include "base/timer_service.hpp"
#include "connection/liveness.hpp"
#include "net/transport.hpp"

#include <aloft/error.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace aloft {

/// Memory that the connections of one event loop read into and write from, one after another; none
/// of them holds it while it waits.
class read_space {
public:
    explicit read_space(std::size_t size) :
        bytes_(std::make_unique_for_overwrite<char[]>(size + read_slack)), size_(size)
    {
    }
    [[nodiscard]] std::span<char> bytes() noexcept { return {bytes_.get(), size_}; }

    /// What is to be written next; a connection keeps what its transport did not take.
    [[nodiscard]] output_buffer& output() noexcept { return output_; }

    // One write's worth: four full TLS records, little enough to stay in the cache.
    static constexpr std::size_t output_target = std::size_t{64} << 10;

private:
    // Not touched before it is read into: what is never filled costs no memory.
    std::unique_ptr<char[]> bytes_;
    std::size_t size_;
    output_buffer output_{output_target};
};

class connection;

/// Whoever keeps a connection learns of it through these; a connection knows nothing of pools or
/// servers.
class connection_observer {
public:
    /// How many streams it has or may have changed; also when it begins to drain.
    virtual void slots_changed(connection&) = 0;
    /// It is over, every exchange has been failed and told; to be dropped. Called once, never from
    /// within start().
    virtual void ended(connection&, error_code why) = 0;

protected:
    ~connection_observer() = default;
};

/// Drives one session over one transport, in either role: reads, resumes the readers of exchanges
/// with news, writes what the session produces. What is submitted in one turn of the loop leaves in
/// one write. Lives on one executor.
class connection final : public std::enable_shared_from_this<connection> {
public:
    connection(std::unique_ptr<net::transport> transport, std::unique_ptr<session> session,
               timer_service& timers, read_space& space, connection_observer& observer);
    /// Closes the transport; exchanges still open are detached without a word.
    ~connection();
    connection(const connection&) = delete;
    connection& operator=(const connection&) = delete;

    /// Begins to read and write.
    void start();
    /// As start(), with bytes that were read before (by whoever looked at the preface).
    void start(std::span<const char> already_read);
    /// Stops at once: open exchanges fail with `why`. The observer is not told.
    void close(error_code why);
    /// Lets open exchanges finish, then ends.
    void drain();

    error_code submit(exchange& e);
    error_code respond(exchange& e, const fields& head);
    void abandon(exchange& e, std::uint32_t http2_code);
    /// To be called when e.consumed has grown to something worth returning.
    void return_credit(exchange& e);
    void resume_body(exchange& e);
    /// Watches over the peer from here on: where it is silent it is asked for a sign of life, and
    /// the connection ends with errc::ping_timeout or errc::write_stalled where there is none.
    /// Without this call a connection waits for its peer for ever.
    void watch(const liveness_limits& limits);
    /// Asks the peer for a sign of life.
    void ping();
    /// As ping(), where there is reason to doubt: no exchange should be started before it answers.
    void suspect();
    /// To be called before an idle connection is used again: takes in what arrived unnoticed, and
    /// returns false when it is over or ends; the observer has been told then.
    bool check();
    /// The machine was suspended since this was last asked.
    bool slept();
    [[nodiscard]] const liveness& life() const noexcept { return liveness_; }
    /// True when no new exchange may start on it, now or later.
    [[nodiscard]] bool draining() const;
    /// Writes what the session has to say, in this turn of the loop but after what is going on now.
    void schedule_flush();

    [[nodiscard]] session& carried() noexcept { return *session_; }
    [[nodiscard]] const session& carried() const noexcept { return *session_; }
    [[nodiscard]] std::string_view peer() const noexcept { return transport_->peer(); }
    [[nodiscard]] std::string security() const { return transport_->security(); }
    /// What the transport or the session said about the error that ended it, for messages.
    [[nodiscard]] const std::string& error_detail() const noexcept { return error_detail_; }

private:
    class readable final : public net::io_completion {
    public:
        explicit readable(connection& owner) : owner_(owner) {}
        void complete(error_code ec, std::size_t) override { owner_.on_readable(ec); }

    private:
        connection& owner_;
    };
    class writable final : public net::io_completion {
    public:
        explicit writable(connection& owner) : owner_(owner) {}
        void complete(error_code ec, std::size_t) override { owner_.on_writable(ec); }

    private:
        connection& owner_;
    };

    class watch_timer final : public timer_entry {
    public:
        explicit watch_timer(connection& c) :
            timer_entry([](timer_entry& e) { static_cast<watch_timer&>(e).owner_.look(); }),
            owner_(c)
        {
        }

    private:
        connection& owner_;
    };

    class due_timer final : public timer_entry {
    public:
        explicit due_timer(connection& c) :
            timer_entry([](timer_entry& e) { static_cast<due_timer&>(e).owner_.flush(); }),
            owner_(c)
        {
        }

    private:
        connection& owner_;
    };

    // connection.cpp: reading and writing
    void on_readable(error_code ec);
    void on_writable(error_code ec);
    void read_available();
    bool read_once(bool& more);
    void received(std::span<const char> bytes);
    void wait_readable();
    void tell(detail::delivery how);
    void tell_one(exchange& e, detail::delivery how);
    void continue_later();
    void flush();
    bool write_out(error_code& ec);
    void write_failed(error_code why);
    // watch.cpp: whether the peer is there
    void watch_streams();
    void watch_writing();
    void look_by(tick at);
    void ask(liveness::cause why);
    void look();
    void lost(errc why, std::string detail);
    // drain.cpp: its end
    void fail(error_code why);
    void end_if_finished();
    void end(error_code why);

    std::unique_ptr<net::transport> transport_;
    std::unique_ptr<session> session_;
    timer_service& timers_;
    read_space& space_;
    connection_observer* observer_;
    liveness liveness_;
    watch_timer watch_;
    tick slept_; // how long the machine had been suspended when last looked
    readable readable_{*this};
    writable writable_{*this};
    due_timer due_{*this}; // when the session has more to say by itself
    output_buffer output_{
        read_space::output_target}; // only what the transport did not take at once
    std::size_t written_ = 0; // of output_
    std::string error_detail_;
    error_code cause_; // with which it ends once the session is finished
    bool reading_ = false;
    bool writing_ = false;
    bool write_failed_ = false;
    bool flush_scheduled_ = false;
    bool draining_ = false;
    bool recovered_ = false; // a doubt is over, and the observer not told yet
    bool freed_ = false; // a slot may be free, and the observer not told yet
    bool in_turn_ = false; // between a read and the flush that follows it
    bool ended_ = false;
};

} // namespace aloft
