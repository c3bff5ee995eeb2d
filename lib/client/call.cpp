#include "client/call.hpp"

#include "client/client_core.hpp"

#include <utility>

namespace aloft::detail {

call::call(std::shared_ptr<client_core> core, request&& what,
           std::unique_ptr<attempt_policy> policy) :
    slot_waiter(&call::resumed),
    core_(std::move(core)),
    outgoing_(std::make_unique<outgoing>(std::move(what), *core_->timers)),
    policy_(std::move(policy)),
    limits_(outgoing_->what.deadlines().or_else(core_->options.deadlines())),
    body_limit_(outgoing_->what.body_limit().value_or(core_->options.body_limit()))
{
}

call::~call()
{
    cancel();
}

// starting

bool call::start(waiter& user, bool whole, error_code& ec)
{
    user_ = &user;
    whole_ = whole;
    starting_ = true;
    begin();
    starting_ = false;
    if (step_ != step::over)
        return true;
    ec = failure_->code; // it failed before anybody could be resumed
    user_ = nullptr;
    return false;
}

void call::begin()
{
    ++core_->metrics.started;
    if (core_->closed || core_->draining())
        return fail(errc::client_closed, initiator::caller, {});
    core_->live.push_back(*this);
    core_->timers->update();
    started_ = core_->timers->now();
    if (limits_.total().limited())
        total_deadline_ = started_ + static_cast<tick>(limits_.total().duration().count());
    // Limits are those of an origin, so it has to be known.
    if (route_ && core_->limited() && !choose_server())
        return;
    begin_limiting();
    take_permit();
}

void call::take_permit()
{
    using outcome = semaphore_state::outcome;
    const bool again = step_ == step::backoff;
    step_ = step::queue;
    queued_ = core_->timers->now();
    const auto got = acquire_permit(again);
    if (got == outcome::full)
        return fail(errc::queue_full, initiator::aloft, queue_report());
    if (got == outcome::waiting && hedges_)
        return fail(errc::queue_full, initiator::aloft, {});
    if (got == outcome::waiting) {
        wait_in(core_->metrics.queued);
        if (auto* told = watching())
            told->queued(number());
        return arm();
    }
    hold_permit();
    next_attempt();
}

// Asks the request source what to send, and where.
void call::next_attempt()
{
    if (route_ && !route_->chosen() && !choose_server())
        return;
    auto& what = outgoing_->what;
    if (policy_)
        policy_->prepare(++tries_, what);
    aim();
}

void call::aim()
{
    const auto& what = outgoing_->what;
    std::string detail;
    if (const auto ec = validate(what, detail)) {
        step_ = step::created; // nothing is waited for
        return fail(ec, initiator::caller, std::move(detail));
    }
    origin_pool_ = &core_->pool.at(what.url().origin());
    if (tries_ <= 1)
        origin_pool_->retries().budget.requested();
    prepared_ = false;
    take_slot(pool::turn::first);
}

void call::take_slot(pool::turn as)
{
    step_ = step::slot;
    phase_started_ = core_->timers->now();
    if (auto* granted_now = origin_pool_->acquire(*this, as))
        return submit(*granted_now);
    wait_in(core_->metrics.waiting);
    if (auto* told = watching())
        told->waiting(number());
    arm();
}

void call::submit(pool::pooled_connection& c)
{
    ++attempts_;
    auto ec = prepare_body();
    if (!ec) {
        exchange_.emplace(core_->buffers);
        exchange_->outgoing_body = outgoing_->body.present() ? &outgoing_->body : nullptr;
        exchange_->owner = this;
        exchange_->keep_interim = watching() != nullptr;
        exchange_->extended_connect = !outgoing_->what.protocol().empty();
        const bool http2 = c.connection->carried().protocol() == "h2";
        ec = exchange_->extended_connect && !http2 ? errc::extended_connect_unsupported
                                                   : c.connection->submit(*exchange_);
    }
    if (ec) {
        origin_pool_->give_back(c);
        exchange_.reset();
        return fail(ec, initiator::aloft, {});
    }
    origin_pool_->used(c);
    connection_ = &c;
    protocol_ = c.connection->carried().protocol();
    step_ = step::head;
    phase_started_ = sent_ = core_->timers->now();
    core_->metrics.queue.record(phase_started_ - queued_);
    note_sent();
    if (auto* told = watching())
        tell_sent(*told);
    wait_for(whole_ && policy_ == nullptr ? exchange::wants::more : exchange::wants::head);
    arm();
}

// waiting

void call::wait_for(exchange::wants what)
{
    exchange_->reader = this;
    exchange_->reader_wants = what;
}

void call::resumed(waiter& self, error_code ec, delivery how)
{
    auto& c = static_cast<call&>(self);
    switch (c.step_) {
    case step::queue: return c.permit_came(ec);
    case step::slot:
        if (ec)
            return c.attempt_failed();
        c.stop_waiting();
        return c.submit(*c.granted);
    default: return c.on_news(how);
    }
}

// The exchange has news, at the top of a read.
void call::on_news(delivery how)
{
    switch (step_) {
    case step::head:
        if (exchange_->interim_heads)
            tell_interim();
        if (!exchange_->head_complete) {
            if (exchange_->closed)
                return attempt_failed();
            return wait_for(exchange_->reader_wants);
        }
        measure_answer();
        note_answer();
        step_ = step::judging;
        phase_started_ = core_->timers->now();
        if (auto* told = watching())
            told->answered(number(), exchange_->status, exchange_->head);
        if (is_led_elsewhere())
            return follow_redirect();
        if (const auto ec = begin_decoding())
            return fail(ec, blame(ec), {});
        return judge(how);
    case step::judging:
        if (leaving_)
            return leave_for_redirect();
        if (decoded_)
            decode();
        return judge(how);
    case step::collecting: return gather(how);
    default: return;
    }
}

void call::tell_sent(observer& told)
{
    outgoing_head head;
    write_head(*exchange_, head);
    told.sent(number(), head.copy(), {connection_->connection->peer(), protocol_, {}});
}

void call::tell_interim()
{
    const auto heads = std::move(exchange_->interim_heads);
    if (auto* told = watching()) {
        for (const auto& [status, head] : *heads)
            told->interim(number(), status, head);
    }
}

void call::judge(delivery how)
{
    if (exchange_->closed && exchange_->error && exchange_->received.empty())
        return attempt_failed();
    if (policy_ == nullptr)
        return deliver(how);
    const auto body = unread().readable();
    if (decoded_ && decoded_->error())
        return fail(decoded_->error(), blame(decoded_->error()), decoded_->detail());
    const bool ended =
        exchange_->closed || (decoded_ ? decoded_->ended() : exchange_->incoming_ended);
    auto found = policy_->judge(exchange_->status, exchange_->head, body, ended);
    if (found.failed() && try_again(*found.failed(), found.code(), found.detail()))
        return;
    switch (found.what()) {
    case verdict::kind::more:
        if (ended)
            return deliver(how);
        wait_for(exchange::wants::more);
        return arm();
    case verdict::kind::deliver:
        if (!found.failed())
            origin_pool_->retries().throttle.count(true, core_->timers->now());
        if (route_ && !found.failed())
            route_->answered(core_->timers->now() - sent_, core_->timers->now());
        return deliver(how);
    case verdict::kind::fail: return fail(found.code(), initiator::peer, found.detail());
    }
}

void call::deliver(delivery how)
{
    // Nothing is sent again once the caller has a part of the response, so what only an attempt
    // needs can go, unless it is being sent still.
    const bool final = !whole_ || policy_ == nullptr;
    if (final && (exchange_->outgoing_ended || exchange_->closed))
        drop_outgoing();
    if (final)
        policy_.reset();
    if (whole_) {
        step_ = step::collecting;
        return gather(how);
    }
    step_ = step::body;
    if (exchange_->closed)
        finish();
    else
        arm();
    complete({}, how);
}

void call::closed(exchange& e)
{
    if (e.error)
        explain(e.error, blame(e.error), {});
    if (e.error == errc::stream_reset || e.error == errc::stream_refused)
        ++core_->metrics.reset;
    origin_pool_->closed(*std::exchange(connection_, nullptr), e);
    if (step_ == step::body)
        finish();
}

void call::body_resumed()
{
    outgoing_->body.resumed();
    if (exchange_ && exchange_->carrier != nullptr && connection_ != nullptr)
        connection_->connection->resume_body(*exchange_);
}

// The request is over for everybody else: permit, timer and memory go back, what was received
// stays.
void call::finish()
{
    clock_.disarm();
    live_hook::unlink();
    drop_outgoing();
    measure_end();
    note_attempt_over(!failure_);
    if (route_)
        leave_server();
    step_ = step::over;
    if (auto* told = watching())
        told->ended(number(), failure_ ? failure_->code : error_code(),
                    exchange_ ? exchange_->total_received : 0);
    release_permit();
    over_.store(true, std::memory_order_release);
    if (core_->draining())
        core_->check_drained();
}

// The caller keeps the source of the body, and may say that it has bytes whenever it likes.
void call::drop_outgoing()
{
    if (!outgoing_)
        return;
    if (outgoing_->what.source())
        outgoing_->what.source()->listen(nullptr);
    core_->metrics.upload_stalls += outgoing_->body.stalls();
    core_->metrics.upload_stalled += outgoing_->body.stalled();
    outgoing_.reset();
}

void call::complete(error_code ec, delivery how)
{
    if (starting_)
        return;
    if (auto* user = std::exchange(user_, nullptr))
        user->resume(ec, how);
}

pending_list& call::pending() noexcept
{
    return core_->pending;
}

} // namespace aloft::detail
