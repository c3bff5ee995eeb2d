#include "client/call.hpp"
#include "client/client_core.hpp"

#include <utility>

namespace aloft::detail {

// The server of the next attempt; false: there is none, and the request has failed.
bool call::choose_server()
{
    if (!route_->choose(core_->timers->now(), core_->random)) {
        step_ = step::created; // nothing is waited for
        fail(errc::invalid_request, initiator::caller, "no server is set up for its model");
        return false;
    }
    policy_->aim(route_->server(), outgoing_->what);
    return true;
}

// What a failed attempt says of its server, and whether another one is there for the next.
void call::learn_from_failure(policy::failed_attempt& what)
{
    const auto now = core_->timers->now();
    const bool heard = exchange_ && exchange_->head_complete;
    const bool unreached = step_ == step::slot && failure_->code != errc::queue_timeout;
    what.of_server = what.of_server || unreached;
    what.unanswered = !heard && failure_ && failure_->initiator == initiator::peer;
    if (unreached)
        route_->failed(policy::server_fault::unreachable, now, core_->random);
    else if (what.means == error_class::transient || what.means == error_class::overload)
        route_->failed(policy::server_fault::failed, now, core_->random);
    else if (heard)
        route_->answered(std::nullopt, now); // it is there, whatever it says
    // A key that is refused concerns every request, a model that is not there (404) only some.
    const bool refused =
        what.means == error_class::permanent && what.of_server && heard && exchange_->status != 404;
    const bool no_use = what.means == error_class::quota || refused;
    if (no_use || (what.means == error_class::overload && what.advice.wait))
        route_->rest(what.advice.wait, !refused && speaks_of_model(heard), now);
    what.elsewhere = route_->elsewhere(now);
}

// Quotas and rates are those of a model, but for what a server says of itself.
bool call::speaks_of_model(bool heard) const noexcept
{
    return !heard || (exchange_->status != 503 && exchange_->status != 529);
}

void call::note_failed_attempt(error_code why, const std::string& detail)
{
    auto text = outgoing_->what.url().origin().name() + ": " + why.message();
    if (!detail.empty())
        text.append(": ").append(detail);
    route_->note(std::move(text));
}

void call::blame_server()
{
    if (route_)
        route_->failed(policy::server_fault::failed, core_->timers->now(), core_->random);
}

void call::server_said(error_class means)
{
    if (means == error_class::overload)
        note_overload();
    if (means == error_class::overload || means == error_class::transient)
        blame_server();
    else if (route_ && means == error_class::quota)
        route_->rest(std::nullopt, true, core_->timers->now());
}

void call::leave_server()
{
    const bool answering = step_ == step::body || step_ == step::collecting;
    if (answering && failure_ && (failure_->initiator == initiator::peer || timed_out()))
        blame_server();
    route_->leave();
}

} // namespace aloft::detail
