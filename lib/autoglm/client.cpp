#include "autoglm/client_state.hpp"
#include "autoglm/prompt_scan.hpp"
#include "autoglm/reply_state.hpp"
#include "autoglm/response_policy.hpp"
#include "client/client_core.hpp"
#include "client/hedged_call.hpp"

#include <aloft/autoglm.hpp>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/system/system_error.hpp>

#include <algorithm>
#include <cstdint>

namespace aloft::autoglm {

namespace asio = boost::asio;

namespace detail {
namespace {

// What the call knows, and what the server said.
void explain(failure* why, error_code ec, aloft::detail::call* call)
{
    if (why == nullptr)
        return;
    why->code = ec;
    if (call == nullptr)
        return;
    if (call->why() != nullptr)
        static_cast<aloft::failure&>(*why) = *call->why();
    const auto* policy = static_cast<const response_policy*>(call->policy());
    if (policy != nullptr && policy->server() != nullptr)
        why->server = *policy->server();
}

// An answer that had been taken for a good one turned out to be an error.
void tell_of_error(aloft::detail::call& of, chat::api_error& reported)
{
    if (reported.request_id.empty())
        reported.request_id = of.carried().head.get("x-request-id").value_or("");
    if (const auto* policy = static_cast<const response_policy*>(of.policy()))
        of.server_said(policy->meaning(reported));
}

bool start(aloft::detail::call* call, aloft::detail::waiter& w, bool whole, error_code invalid,
           error_code& ec)
{
    if (call != nullptr)
        return call->start(w, whole, ec);
    ec = invalid;
    return false;
}

} // namespace

client_state::client_state(aloft::client over, const options& with) :
    http(std::move(over)),
    servers(std::make_shared<const server_list>(with)),
    health(with.health() && servers->several()
               ? std::make_unique<health_prober>(*http.core(), servers, *with.health())
               : nullptr),
    rules(std::make_shared<const error_rules>(
        error_rules{with.errors(), http.core()->options.retries().value_or(retry_rules())})),
    hedging(with.hedging() ? std::make_shared<policy::hedging>(*with.hedging()) : nullptr),
    stop_at_action(with.stop_at_action()),
    event_limit(with.event_limit())
{
}

bool stream_target::start(aloft::detail::waiter& w, error_code& ec)
{
    return race_ ? race_->start(w, ec) : detail::start(call_.get(), w, false, invalid_, ec);
}

void stream_target::cancel(aloft::detail::waiter& w)
{
    if (race_)
        race_->cancel();
    else
        call_->cancelled_by(w);
}

aloft::detail::pending_list& stream_target::pending() noexcept
{
    return race_ ? race_->pending() : call_->pending();
}

std::tuple<error_code, reply> stream_target::result(error_code ec)
{
    if (race_)
        call_ = race_->take();
    if (ec) {
        explain(why_, ec, call_.get());
        return {ec, reply()};
    }
    auto stream = std::make_unique<reply_state>(std::move(state_), std::move(call_));
    if (ends_early_.at_action)
        stream->stop_at_action(ends_early_.max_tokens);
    return {ec, reply(std::move(stream))};
}

template <class Result>
bool whole_target<Result>::start(aloft::detail::waiter& w, error_code& ec)
{
    return detail::start(call_.get(), w, true, invalid_, ec);
}

template <class Result>
void whole_target<Result>::cancel(aloft::detail::waiter& w)
{
    call_->cancelled_by(w);
}

template <class Result>
aloft::detail::pending_list& whole_target<Result>::pending() noexcept
{
    return call_->pending();
}

template <>
std::tuple<error_code, chat::completion> completion_target::result(error_code ec)
{
    chat::completion read;
    if (!ec) {
        chat::api_error reported;
        ec = chat::parse_completion(call_->take_collected(), read, &reported);
        if (const auto& used = read.usage())
            call_->used_tokens(used->prompt_tokens, used->completion_tokens);
        if (ec == errc::stream_error)
            tell_of_error(*call_, reported);
        if (ec && why_ != nullptr) {
            static_cast<aloft::failure&>(*why_) = call_->explained(ec);
            if (ec == errc::stream_error)
                why_->detail = in_brief(reported);
            why_->server = std::move(reported);
        }
    } else {
        explain(why_, ec, call_.get());
    }
    return {ec, std::move(read)};
}

template <>
std::tuple<error_code, std::vector<chat::model_info>> models_target::result(error_code ec)
{
    std::vector<chat::model_info> read;
    if (!ec) {
        read = chat::parse_models(call_->take_collected(), ec);
        if (ec && why_ != nullptr)
            static_cast<aloft::failure&>(*why_) = call_->explained(ec);
    } else {
        explain(why_, ec, call_.get());
    }
    return {ec, std::move(read)};
}

template class whole_target<chat::completion>;
template class whole_target<std::vector<chat::model_info>>;

} // namespace detail

namespace {

using detail::wants;

aloft::detail::call_handle prepare(detail::client_state& state, wants what, payload body,
                                   const std::optional<retry_rules>& own,
                                   std::string_view session = {})
{
    const auto& core = state.http.core();
    const auto& servers = *state.servers;
    if (state.health)
        state.health->used();
    const auto prompt = core->limited() ? detail::scan_prompt(body) : policy::prompt_size();
    auto outline = servers.several() ? servers.outline(body) : chat::body_outline();
    request ask(what == wants::models ? "GET" : "POST", servers.first().place(what));
    ask.headers(servers.first().headers(what)).body(std::move(body));
    if (own)
        ask.retries(*own);
    const auto& rules = own ? *own : state.rules->retries;
    // What becomes of an attempt has to be known where it may be made again, here or elsewhere.
    const bool peek = rules.retries() != 0 || state.hedging != nullptr || servers.several();
    auto policy = std::make_unique<detail::response_policy>(what, peek, state.rules);
    auto route = servers.several() ? servers.route(outline, session) : nullptr;
    if (route)
        policy->among(state.servers, std::move(outline));
    auto call = core->prepare(std::move(ask), std::move(policy));
    if (route)
        call->goes_by(std::move(route));
    if (what == wants::events)
        call->judge_progress_by_reader();
    if (prompt.bytes != 0)
        call->prompt_is(prompt);
    return call;
}

} // namespace

client::client(executor_type executor, options with) :
    client(aloft::client(std::move(executor), with.http()), with)
{
}

client::client(aloft::client http, const options& with) :
    state_(std::make_shared<detail::client_state>(std::move(http), with))
{
}

client::~client()
{
    if (state_)
        state_->http.core()->close();
}

client::client(client&&) noexcept = default;

client& client::operator=(client&& other) noexcept
{
    std::swap(state_, other.state_);
    return *this;
}

client::executor_type client::get_executor() const
{
    return state_->http.get_executor();
}

early_end_counts client::early_ends() const noexcept
{
    return state_->early_ends;
}

hedge_counts client::hedges() const noexcept
{
    return state_->hedging ? state_->hedging->counts() : hedge_counts();
}

std::vector<server_state> client::servers() const
{
    const auto& timers = *state_->http.core()->timers;
    return state_->servers->states(timers.now());
}

client_metrics client::metrics() const
{
    auto seen = state_->http.metrics();
    seen.hedges = hedges();
    seen.early_ends = early_ends();
    seen.servers = servers();
    return seen;
}

aloft::client& client::http() noexcept
{
    return state_->http;
}

detail::stream_target client::prepare_stream(const chat::request& ask, failure* why)
{
    error_code invalid;
    auto body = ask.body(true, invalid);
    if (invalid)
        return detail::stream_target(state_, nullptr, why, invalid);
    auto prepared = prepare_stream(std::move(body), ask.retries(), ask.session(), why);
    prepared.end_early(
        {ask.stop_at_action().value_or(state_->stop_at_action),
         static_cast<std::uint64_t>(std::max<std::int64_t>(ask.token_limit().value_or(0), 0))});
    return prepared;
}

detail::stream_target client::prepare_stream(payload json, failure* why)
{
    const bool early = state_->stop_at_action;
    const auto max_tokens = early ? detail::scan_prompt(json).max_tokens : 0;
    auto prepared = prepare_stream(std::move(json), std::nullopt, {}, why);
    prepared.end_early({early, max_tokens});
    return prepared;
}

detail::stream_target client::prepare_stream(payload json, const std::optional<retry_rules>& own,
                                             std::string_view session, failure* why)
{
    const auto size = json.size();
    auto call = prepare(*state_, wants::events, std::move(json), own, session);
    if (!state_->hedging)
        return detail::stream_target(state_, std::move(call), why, {});
    return detail::stream_target(
        state_,
        std::make_shared<aloft::detail::hedged_call>(std::move(call), size, state_->hedging), why);
}

detail::completion_target client::prepare_complete(const chat::request& ask, failure* why)
{
    error_code invalid;
    auto body = ask.body(false, invalid);
    if (invalid)
        return detail::completion_target(nullptr, why, invalid);
    return detail::completion_target(
        prepare(*state_, wants::json, std::move(body), ask.retries(), ask.session()), why, {});
}

detail::models_target client::prepare_models(failure* why)
{
    return detail::models_target(prepare(*state_, wants::models, {}, std::nullopt), why, {});
}

asio::awaitable<reply> client::stream(const chat::request& ask)
{
    failure why;
    auto [ec, got] = co_await async_stream(ask, why, asio::as_tuple(asio::deferred));
    if (ec)
        throw error(std::move(why));
    co_return std::move(got);
}

asio::awaitable<reply> client::stream(payload json)
{
    failure why;
    auto [ec, got] = co_await async_stream(std::move(json), why, asio::as_tuple(asio::deferred));
    if (ec)
        throw error(std::move(why));
    co_return std::move(got);
}

asio::awaitable<chat::completion> client::complete(const chat::request& ask)
{
    failure why;
    auto [ec, got] = co_await async_complete(ask, why, asio::as_tuple(asio::deferred));
    if (ec)
        throw error(std::move(why));
    co_return std::move(got);
}

asio::awaitable<std::vector<chat::model_info>> client::models()
{
    failure why;
    auto [ec, got] = co_await async_models(why, asio::as_tuple(asio::deferred));
    if (ec)
        throw error(std::move(why));
    co_return std::move(got);
}

} // namespace aloft::autoglm
