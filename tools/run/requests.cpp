#include "remedy.hpp"
#include "run/result_line.hpp"
#include "run/runner.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <string>
#include <tuple>
#include <utility>

namespace aloft::tools {
namespace {

namespace asio = boost::asio;

// While nothing succeeds, so many requests may be answered alike that the key, the path or the
// model is wrong for all.
constexpr std::size_t hopeless_after = 20;

bool concerns_all(const autoglm::failure& why)
{
    const auto status = why.code == errc::http_status ? why.server.status : 0;
    return status == 401 || status == 403 || status == 404;
}

} // namespace

/// One request of the run, and what came of it.
class runner::sent {
public:
    sent(prompt its_prompt, payload its_body, std::uint64_t its_number) :
        of(std::move(its_prompt)), body(std::move(its_body)), number(its_number)
    {
    }

    prompt of;
    payload body;
    std::uint64_t number;
    clock::time_point started = clock::now();
    run_statistics::success success;
    std::string line; // of the result; empty where it failed
    autoglm::failure why;
    unsigned attempts = 0; // of a request that was answered
};

asio::awaitable<void> runner::send(prompt of, payload body, std::uint64_t number)
{
    sent one(std::move(of), std::move(body), number);
    const auto size = one.body.size();
    bool again = false;
    do {
        one.started = clock::now();
        if (one.of.chat)
            co_await stream(one);
        else
            co_await pass_through(one);
        again = one.line.empty() && co_await wait_for_server(one.why);
    } while (again);
    if (one.line.empty())
        end_failed(one);
    else
        end(one);
    one.body = payload();
    held_ -= size;
    if (!output_.problem().empty())
        stop(ending::unwritable, output_.problem());
    wake();
    if (fed_ && statistics_.in_flight() == 0)
        loop_.stop();
}

asio::awaitable<void> runner::stream(sent& one)
{
    auto [ec, reply] =
        co_await client_.async_stream(one.body, one.why, asio::as_tuple(asio::use_awaitable));
    while (!ec && !reply.over()) {
        while (const auto* delta = reply.try_next()) {
            if (delta->content.empty() && delta->reasoning.empty())
                continue;
            statistics_.token_arrived();
            if (!one.success.first_token_seconds)
                one.success.first_token_seconds =
                    std::chrono::duration<double>(clock::now() - one.started).count();
        }
        if (!reply.over())
            std::tie(ec) = co_await reply.async_wait(asio::as_tuple(asio::use_awaitable));
    }
    if (!ec && reply.error())
        one.why = reply.why();
    if (ec || reply.error())
        co_return;
    one.attempts = reply.attempts();
    if (const auto& used = reply.completion().usage()) {
        one.success.prompt_tokens = used->prompt_tokens;
        one.success.completion_tokens = used->completion_tokens;
    }
    one.line = reply_line(one.of, reply);
}

asio::awaitable<void> runner::pass_through(sent& one)
{
    error_code invalid;
    request what("POST", url::parse(server_.base_url(), invalid).join(one.of.path));
    what.header("content-type", "application/json").header("accept", "application/json");
    const auto& servers = server_.servers();
    const auto own = servers.empty() ? std::nullopt : servers.front().second.api_key();
    if (const auto key = own.value_or(server_.api_key()); !key.empty())
        what.header("authorization", "Bearer " + key);
    what.body(one.body);
    auto [ec, got] = co_await client_.http().async_fetch(std::move(what), one.why,
                                                         asio::as_tuple(asio::use_awaitable));
    if (ec)
        co_return;
    one.attempts = got.attempts();
    const auto id = got.headers().get("x-request-id").value_or("");
    if (got.ok()) {
        if (const auto body = compact(got.body()); !body.empty()) {
            one.line = response_line(one.of, got.status(), id, body);
            co_return;
        }
        one.why.code = errc::unexpected_content;
        one.why.detail = fmt::format("{} where application/json was asked for",
                                     got.headers().get("content-type").value_or("no content type"));
        one.why.server.raw = got.body().substr(0, chat::api_error::raw_limit);
    } else {
        one.why.code = errc::http_status;
        one.why.detail = fmt::format("status {}", got.status());
        one.why.server = chat::parse_api_error(static_cast<int>(got.status()), got.body(), id);
    }
    one.why.phase = phase::body;
    one.why.processing = processing::partly_delivered;
    one.why.initiator = initiator::peer;
    one.why.origin = url::parse(server_.base_url(), invalid).origin().name();
}

// A server that was there and is not (it restarts, say) is waited for: the request never left.
asio::awaitable<bool> runner::wait_for_server(const autoglm::failure& why)
{
    using namespace std::chrono_literals;
    if (!unreachable(why)) {
        answered_ = true;
        away_since_.reset();
        co_return false;
    }
    if (!answered_ || ending_ != ending::complete)
        co_return false;
    const auto now = clock::now();
    if (!away_since_) {
        away_since_ = now;
        say(fmt::format("{}; trying again for {} s", explain(why), with_.max_outage.count()));
    }
    if (now - *away_since_ >= with_.max_outage)
        co_return false;
    asio::steady_timer pause(loop_, 1s);
    co_await pause.async_wait(asio::as_tuple(asio::use_awaitable));
    co_return true;
}

void runner::end(sent& one)
{
    answered_ = true;
    away_since_.reset();
    one.success.seconds = std::chrono::duration<double>(clock::now() - one.started).count();
    statistics_.sent(one.attempts);
    statistics_.succeeded(one.success);
    output_.add(one.number, std::move(one.line), false);
}

void runner::end_failed(sent& one)
{
    const auto& why = one.why;
    if (unreachable(why)) {
        statistics_.left_out();
        output_.leave_out();
        return stop(ending::stopped, explain(why));
    }
    statistics_.sent(std::max(one.attempts, why.attempts));
    const auto explained = explain(why, statistics_.successes() != 0);
    auto kind = why.code.message();
    if (why.server.status != 0)
        kind += fmt::format(" ({})", why.server.status);
    statistics_.failed(kind, explained);
    output_.add(one.number,
                error_line(one.of, why.server,
                           why.server.code.empty() ? "request_failed" : why.server.code, explained),
                true);
    if (statistics_.successes() == 0 && concerns_all(why) && ++failures_alike_ == hopeless_after)
        stop(ending::stopped,
             fmt::format("the first {} requests failed alike: {}", hopeless_after, explained));
}

} // namespace aloft::tools
