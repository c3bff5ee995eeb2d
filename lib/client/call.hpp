#pragma once

#include "base/exchange.hpp"
#include "base/recycled.hpp"
#include "base/timer_service.hpp"
#include "client/attempt_policy.hpp"
#include "client/decoded_body.hpp"
#include "client/outgoing_body.hpp"
#include "client/redirect.hpp"
#include "client/replays.hpp"
#include "policy/origin_limits.hpp"
#include "policy/retry_schedule.hpp"
#include "policy/route.hpp"
#include "pool/origin_pool.hpp"

#include <aloft/body.hpp>
#include <aloft/detail/pending_list.hpp>
#include <aloft/detail/waiter.hpp>
#include <aloft/failure.hpp>
#include <aloft/metrics.hpp>
#include <aloft/request.hpp>
#include <aloft/semaphore.hpp>

#include <boost/intrusive/list.hpp>
#include <boost/intrusive/list_hook.hpp>

#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

namespace aloft::detail {

class client_core;

struct live_tag;
using live_hook =
    boost::intrusive::list_base_hook<boost::intrusive::tag<live_tag>,
                                     boost::intrusive::link_mode<boost::intrusive::auto_unlink>>;

/// One logical request from start to end: takes a permit and a slot, sends, judges, sends again
/// where that is right, and hands the response out. A state machine without a coroutine frame;
/// `step` says what it waits for, and it waits for one thing at a time. Owned by whoever wants the
/// result; destroying it cancels.
///
///   created -> queue -> slot -> head -> (judging) -> body | collecting -> over
///                 ^        ^------------- replay ------|
///                 `------- backoff <----- retry -------|
class call final : public pool::slot_waiter,
                   public exchange_owner,
                   public live_hook,
                   public recycled<call>,
                   private body_source::listener {
public:
    call(std::shared_ptr<client_core> core, request&& what, std::unique_ptr<attempt_policy> policy);
    ~call();

    /// Starts it for `user`, who is resumed with the head, or with the whole body gathered. False:
    /// it failed at once.
    bool start(waiter& user, bool whole, error_code& ec);
    /// Ends it for the caller; what waits on it is resumed with operation_aborted.
    void cancel();
    /// As cancel(), when what waited has been told already.
    void cancelled_by(waiter& user);
    /// The client is going away.
    void close();

    // The body, once delivered.
    bool wait_data(waiter& user, error_code& ec);
    void cancel_wait(waiter& user) noexcept;
    bool collect(waiter& user, error_code& ec);
    void cancel_collect(waiter& user) noexcept;
    [[nodiscard]] std::string take_collected() { return std::move(collected_); }
    /// What has arrived and was not consumed; decoded, where it came in a content coding.
    [[nodiscard]] receive_buffer& unread()
    {
        if (decoded_ && decoded_->unread().empty())
            decode();
        return decoded_ ? decoded_->unread() : exchange_->received;
    }
    void consume(std::size_t count);
    /// Something is unread, or the body is over.
    [[nodiscard]] bool data_ready();
    /// The body ended as it should, and nothing of it is unread.
    [[nodiscard]] bool body_ended();
    /// Error of the stream once what arrived before it is consumed.
    [[nodiscard]] error_code body_error();
    [[nodiscard]] const exchange& carried() const noexcept { return *exchange_; }
    [[nodiscard]] exchange& carried() noexcept { return *exchange_; }
    [[nodiscard]] bool delivered() const noexcept { return exchange_.has_value(); }
    /// Memory of the loop's buffers lies in it.
    [[nodiscard]] bool holds_bytes() const noexcept
    {
        return exchange_ && (exchange_->received.owns_memory() || undelivered().owns_memory());
    }

    /// From here on a reader decides what counts for the first-event and gap clocks.
    void judge_progress_by_reader() noexcept { reader_judges_ = true; }
    void note_progress(bool event) noexcept;
    /// The reader has all it wants; the end of the stream is given a few seconds to arrive, so that
    /// it need not be reset.
    void expect_end();

    /// What a floor above knows of its prompt, before it starts; for limits on tokens.
    void prompt_is(const policy::prompt_size& size);
    /// It goes to one of several servers, and each attempt of it may go to another; before it
    /// starts. Its policy aims it.
    void goes_by(std::unique_ptr<policy::route> way) { route_ = std::move(way); }
    /// The server ended its response in a way that it should not have.
    void blame_server();
    /// An error stood in a response that was delivered as a good one.
    void server_said(error_class means);

    /// What the server counted.
    void used_tokens(std::uint64_t prompt, std::uint64_t answer);
    /// The same where it counted nothing: its answer had so many bytes.
    void used_bytes(std::uint64_t answer);
    /// What the request's limits know of it; null where it has none.
    [[nodiscard]] const policy::limited_request* limits() const noexcept { return limited_.get(); }
    /// The server said within its response that it has too much to do.
    void note_overload();

    /// Why it failed; null while it has not.
    [[nodiscard]] const failure* why() noexcept;
    [[nodiscard]] attempt_policy* policy() const noexcept { return policy_.get(); }
    /// All that is known about `ec`, with which it ended.
    [[nodiscard]] failure explained(error_code ec);
    [[nodiscard]] unsigned attempts() const noexcept { return attempts_; }
    /// Where redirects led; null where none was followed.
    [[nodiscard]] const url* redirected() const noexcept
    {
        return redirects_ ? &redirects_->target() : nullptr;
    }
    /// A call of the same request, to be started beside this one; it takes a permit only if one is
    /// free. Null where the request is not on its way, or may not be sent twice.
    [[nodiscard]] call_handle hedge() const;
    /// When the attempt was sent that is under way, or was answered.
    [[nodiscard]] std::optional<tick> sent_at() const noexcept;
    /// Bytes of bodies, sent (or to be sent) and received.
    [[nodiscard]] std::uint64_t exchanged_bytes() const noexcept;
    /// Also from another thread: true once the loop will not touch it any more.
    [[nodiscard]] bool over() const noexcept { return over_.load(std::memory_order_acquire); }
    [[nodiscard]] std::string_view protocol() const noexcept { return protocol_; }
    [[nodiscard]] client_core& core() noexcept { return *core_; }
    [[nodiscard]] pending_list& pending() noexcept;

private:
    enum class step : std::uint8_t {
        created,
        queue,
        slot,
        head,
        judging,
        backoff,
        collecting,
        body,
        over
    };

    [[nodiscard]] observer* watching() const noexcept;
    // Unique while it is under way, as observers need it.
    [[nodiscard]] request_number number() const noexcept
    {
        return reinterpret_cast<std::uintptr_t>(this);
    }

    // What is needed only while an attempt may be sent; given back once the response is delivered.
    struct outgoing : recycled<outgoing> {
        outgoing(request&& r, timer_service& timers) : what(std::move(r)), body(what, timers) {}
        request what;
        outgoing_body body;
    };

    class clock : public timer_entry {
    public:
        explicit clock(call& c) : timer_entry(&expired), owner(c) {}
        call& owner;
        static void expired(timer_entry& entry) { static_cast<clock&>(entry).owner.on_clock(); }
    };

    // call.cpp: the way of a request
    static void resumed(waiter& self, error_code ec, delivery how);
    void begin();
    void take_permit();
    void next_attempt();
    void aim();
    void take_slot(pool::turn as);
    void submit(pool::pooled_connection& c);
    void wait_for(exchange::wants what);
    void on_news(delivery how);
    void tell_sent(observer& told);
    void tell_interim();
    void judge(delivery how);
    void deliver(delivery how);
    void closed(exchange& e) override;
    void body_resumed() override;
    void drop_outgoing();
    void finish();

    // reading.cpp: the body, piece by piece or gathered
    void gather(delivery how);
    bool gather_arrived();
    [[nodiscard]] const receive_buffer& undelivered() const noexcept
    {
        return decoded_ ? decoded_->unread() : exchange_->received;
    }
    void give_credit(std::size_t count);

    // decoded_body.cpp: content codings of the response
    error_code begin_decoding();
    void decode();

    // measuring.cpp: what client::metrics() tells
    void wait_in(count_over_time& where) noexcept;
    void stop_waiting() noexcept;
    void hold_permit() noexcept;
    void release_permit();
    void measure_answer() noexcept;
    void measure_replay(progress sent) noexcept;
    void measure_end() noexcept;

    // limiting.cpp: tenants, rates, concurrency that is learned
    policy::limited_request& limited();
    void begin_limiting();
    void permit_came(error_code ec);
    semaphore_state::outcome acquire_permit(bool again);
    void give_back_permit();
    void leave_queue();
    void note_sent() noexcept;
    void note_answer();
    void note_attempt_over(bool well) noexcept;
    [[nodiscard]] std::string queue_report() const;
    [[nodiscard]] std::string_view waits_for() const;

    // attempts.cpp: what is sent, and whether it is sent again
    error_code prepare_body();
    void write_head(exchange& e, outgoing_head& head) override;
    void begin_span();
    [[nodiscard]] compression body_coding() const;
    void attempt_failed();
    bool may_replay(progress sent) const;
    void forget_attempt();
    [[nodiscard]] bool is_led_elsewhere() const;
    void follow_redirect();
    void leave_for_redirect();

    // routing.cpp: which of several servers
    bool choose_server();
    void learn_from_failure(policy::failed_attempt& what);
    [[nodiscard]] bool speaks_of_model(bool heard) const noexcept;
    void note_failed_attempt(error_code why, const std::string& detail);
    void leave_server();

    // retrying.cpp: attempts after a while, as the rules have it
    [[nodiscard]] const retry_rules* rules() const noexcept;
    bool try_again(policy::failed_attempt what, error_code why, const std::string& detail);
    void fail_or_retry();
    void explain_retries(failure& why) const;
    void retry(std::chrono::milliseconds after, error_code why);
    void end_backoff();

    // ending.cpp: clocks and failures
    void on_clock();
    void arm();
    [[nodiscard]] tick phase_deadline(error_code& ec) const;
    [[nodiscard]] tick slot_deadline(error_code& ec) const;
    [[nodiscard]] tick body_deadline(error_code& ec) const;
    [[nodiscard]] bool body_begun() const noexcept
    {
        return reader_judges_ ? first_event_seen_ : exchange_->total_received != 0;
    }
    [[nodiscard]] bool reader_is_late() const noexcept;
    void fail(error_code code, initiator who, std::string detail);
    void explain(error_code code, initiator who, std::string detail);
    [[nodiscard]] std::uint64_t delivered_bytes() const noexcept;
    [[nodiscard]] phase current_phase() const;
    [[nodiscard]] processing outcome() const;
    [[nodiscard]] static initiator blame(error_code ec) noexcept;
    [[nodiscard]] bool timed_out() const noexcept;
    void let_go();
    void complete(error_code ec, delivery how);

    // What an event touches, the exchange's part of it included, is together in memory. Where
    // thousands of streams wait, none of it is in the cache.
    std::shared_ptr<client_core> core_;
    std::unique_ptr<failure> failure_;
    std::unique_ptr<decoded_body> decoded_; // null: the body comes as it is
    pool::pooled_connection* connection_ = nullptr;
    tick late_until_ = 0; // when the reader was last seen behind the server
    tick progressed_ = 0; // last event or comment, where the reader judges
    step step_ = step::created;
    bool consumed_ = false; // since the reader waited last
    bool gap_armed_ = false; // the clock is set for what comes after the first event
    bool expecting_end_ = false;
    bool reader_judges_ = false;
    bool first_event_seen_ = false;
    std::optional<exchange> exchange_;

    std::unique_ptr<outgoing> outgoing_;
    std::unique_ptr<attempt_policy> policy_;
    std::unique_ptr<redirection> redirects_; // null: none was followed
    std::unique_ptr<policy::limited_request>
        limited_; // null: it waits for a permit and nothing else
    std::unique_ptr<policy::route> route_; // null: there is one server
    std::unique_ptr<policy::retry_schedule> retries_; // null: no attempt has failed
    pool::origin_pool* origin_pool_ = nullptr;
    waiter* user_ = nullptr;
    count_over_time* waits_in_ = nullptr; // what counts it while it waits
    std::string collected_;
    std::string_view protocol_;
    deadlines limits_;
    clock clock_{*this};
    tick started_ = 0;
    tick sent_ = 0; // the last attempt
    tick phase_started_ = 0;
    tick queued_ = 0; // since when it waits for a permit or a slot
    tick total_deadline_ = 0;
    std::size_t body_limit_;
    std::uint16_t attempts_ = 0;
    std::uint16_t tries_ = 0; // of the policy
    replays replays_;
    processing earlier_ = processing::never_sent; // what attempts before this one may have done
    bool whole_ = false;
    bool hedges_ = false; // another call of the same request
    bool starting_ = false;
    bool prepared_ = false; // outgoing_->body is that of the request as it is now
    bool own_span_ = false; // its traceparent is of our making
    bool decompress_ = false; // content codings were asked for
    bool leaving_ = false; // a redirect is followed once its own body is out of the way
    bool permit_held_ = false;
    std::atomic<bool> over_ = false;
};

using call_list = boost::intrusive::list<call, boost::intrusive::base_hook<live_hook>,
                                         boost::intrusive::constant_time_size<false>>;

} // namespace aloft::detail
