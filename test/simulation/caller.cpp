#include "simulation/caller.hpp"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/error.hpp>

#include <chrono>
#include <string>
#include <utility>

namespace aloft::test {
namespace {

namespace asio = boost::asio;

constexpr auto any_cancellation = asio::cancellation_type::all;

deadlines some_deadlines(chance& dice)
{
    deadlines limits;
    const auto some = [&dice] { return std::chrono::milliseconds(dice.between(1, 5'000)); };
    if (dice.once_in(8))
        limits.queue(some());
    if (dice.once_in(8))
        limits.connect(some());
    if (dice.once_in(8))
        limits.head(some());
    if (dice.once_in(8))
        limits.first_event(some());
    if (dice.once_in(8))
        limits.gap(some());
    if (dice.once_in(8))
        limits.total(some());
    return limits;
}

} // namespace

caller::caller(client& http, ledger& book, chance& dice, bool http2) :
    book_(book), dice_(dice), id_(book.open(dice.once_in(3)))
{
    ask(http, http2);
}

void caller::ask(client& http, bool http2)
{
    const auto& mine = book_.at(id_);
    request what(mine.idempotent ? "GET" : "POST",
                 dice_.once_in(4) ? "http://other/" : "http://server/");
    what.header("x-id", std::to_string(id_)).deadlines(some_deadlines(dice_));
    if (!mine.idempotent)
        what.body(std::string(dice_.skewed(http2 ? 18 : 16), 'u'));
    if (dice_.once_in(2))
        http.async_fetch(
            std::move(what), why_,
            asio::bind_cancellation_slot(stop_.slot(), [this](error_code ec, whole_response got) {
                fetched(ec, std::move(got));
            }));
    else
        http.async_send(
            std::move(what), why_,
            asio::bind_cancellation_slot(stop_.slot(), [this](error_code ec, response got) {
                answered(ec, std::move(got));
            }));
}

void caller::fetched(error_code ec, whole_response got)
{
    promise(state_ == state::asking, "a fetch completed twice");
    if (!ec) {
        promise(book_.holds(id_, 0, got.body()), "a body holds bytes that are not its own");
        promise(book_.ended_at(id_, got.body().size()),
                "a fetched body has another length than the server gave it");
    }
    end(ec);
}

void caller::answered(error_code ec, response got)
{
    promise(state_ == state::asking, "a send completed twice");
    if (ec)
        return end(ec);
    promise(book_.at(id_).processed > 0, "an answer came that no server gave");
    state_ = state::reading;
    response_ = std::move(got);
    note(response_.status());
}

void caller::act()
{
    if (state_ == state::asking) {
        if (dice_.once_in(12))
            stop_.emit(any_cancellation);
        return;
    }
    if (state_ == state::over)
        return;
    switch (dice_.below(24)) {
    case 0: return let_go();
    case 1: return response_.body().cancel();
    case 2:
        if (waiting_)
            stop_.emit(any_cancellation);
        return;
    case 3: return collect();
    default: return read();
    }
}

void caller::finish()
{
    if (state_ == state::reading)
        read();
}

std::string caller::describe() const
{
    const auto& body = response_.body();
    std::string text = state_ == state::asking ? "asking" : "reading";
    if (waiting_)
        text += ", waiting";
    text += ", " + std::to_string(received_) + " bytes read";
    if (state_ != state::reading)
        return text;
    text += ", " + std::to_string(body.readable().size()) + " readable";
    if (body.why() != nullptr)
        text += ", failed: " + body.why()->message();
    return text;
}

void caller::read()
{
    if (waiting_)
        return;
    auto& body = response_.body();
    const auto bytes = body.readable();
    if (bytes.empty())
        return body.ended() ? end({}) : wait();
    const auto count = static_cast<std::size_t>(dice_.between(1, bytes.size()));
    promise(book_.holds(id_, received_, bytes.substr(0, count)),
            "a body holds bytes that are not its own");
    received_ += count;
    body.consume(count);
}

void caller::wait()
{
    waiting_ = true;
    response_.body().async_wait(asio::bind_cancellation_slot(stop_.slot(), [this](error_code ec) {
        promise(waiting_, "a wait completed twice");
        waiting_ = false;
        if (ec && ec != asio::error::operation_aborted)
            return end(ec);
        // Cancelled by the caller, or the stream was: the next wait tells.
        if (ec && response_.body().why() != nullptr)
            end(ec);
    }));
}

void caller::collect()
{
    if (waiting_)
        return;
    waiting_ = true;
    response_.body().async_collect(
        asio::bind_cancellation_slot(stop_.slot(), [this](error_code ec, std::string rest) {
            promise(waiting_, "a collect completed twice");
            waiting_ = false;
            if (!ec) {
                promise(book_.holds(id_, received_, rest),
                        "a body holds bytes that are not its own");
                received_ += rest.size();
                return end({});
            }
            if (ec != asio::error::operation_aborted || response_.body().why() != nullptr)
                end(ec);
            else
                collect(); // gathered bytes are only to be had by collecting on
        }));
}

// Destroys the response, with whatever has not arrived yet.
void caller::let_go()
{
    if (waiting_)
        return;
    let_go_ = true;
    end({});
}

void caller::end(error_code ec)
{
    note(static_cast<std::uint64_t>(ec.value()) + received_);
    const bool delivered = state_ == state::reading;
    state_ = state::over;
    auto& mine = book_.at(id_);
    promise(++mine.ended == 1, "a request ended twice");
    if (ec) {
        if (!delivered)
            check_failure(ec);
    } else if (!let_go_) {
        promise(mine.processed > 0, "a request succeeded that no server processed");
        if (delivered) {
            promise(book_.ended_at(id_, received_),
                    "a body was cut off and passed for a whole one");
        }
    }
    response_ = {};
}

void caller::check_failure(error_code ec)
{
    promise(why_.code == ec, "a failure tells of another error than its request ended with");
    auto& mine = book_.at(id_);
    mine.disclaimed =
        why_.processing == processing::never_sent || why_.processing == processing::refused;
    promise(!mine.disclaimed || mine.processed == 0,
            "a request was processed, and its failure says that it was not");
}

} // namespace aloft::test
