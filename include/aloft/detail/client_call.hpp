#pragma once

#include <aloft/autoglm.hpp>
#include <aloft/client.hpp>
#include <aloft/detail/crossing.hpp>
#include <aloft/detail/shard_set.hpp>
#include <aloft/error.hpp>
#include <aloft/failure.hpp>
#include <aloft/request.hpp>

#include <boost/asio/async_result.hpp>

#include <memory>
#include <utility>

namespace aloft::detail {

/// client::async_fetch(), as it is taken to a shard.
class fetch_call {
public:
    fetch_call(request what, failure* why) : what_(std::move(what)), why_(why) {}

    template <class Done>
    void operator()(client& on, Done done)
    {
        if (why_ == nullptr)
            on.async_fetch(std::move(what_), std::move(done));
        else
            on.async_fetch(std::move(what_), *why_, std::move(done));
    }
    void refused(error_code ec)
    {
        if (why_ != nullptr)
            why_->code = ec;
    }

private:
    request what_;
    failure* why_;
};

/// autoglm::client::async_complete().
class complete_call {
public:
    complete_call(chat::request ask, autoglm::failure* why) : ask_(std::move(ask)), why_(why) {}

    template <class Done>
    void operator()(autoglm::client& on, Done done)
    {
        if (why_ == nullptr)
            on.async_complete(ask_, std::move(done));
        else
            on.async_complete(ask_, *why_, std::move(done));
    }
    void refused(error_code ec)
    {
        if (why_ != nullptr)
            why_->code = ec;
    }

private:
    chat::request ask_;
    autoglm::failure* why_;
};

/// Either of them with the client of a shard, if it is still there; see crossing.
template <class Client, class Call>
class call_start {
public:
    call_start(std::shared_ptr<shard_set<Client>> among, placed<Client>& place, Call call) :
        among_(std::move(among)), place_(&place), call_(std::move(call))
    {
    }
    void refused(error_code ec) { call_.refused(ec); }

    template <class Done>
    void operator()(Done done)
    {
        if (place_->object != nullptr)
            return call_(*place_->object, std::move(done));
        refused(errc::client_closed);
        done.fail(errc::client_closed);
    }

private:
    std::shared_ptr<shard_set<Client>> among_; // keeps the place
    placed<Client>* place_;
    Call call_;
};

/// Makes the call at the client of the shard where the fewest are under way.
template <class Signature, class Client, class Call, class CompletionToken>
auto async_call(const std::shared_ptr<shard_set<Client>>& clients, Call call,
                CompletionToken&& token)
{
    return boost::asio::async_initiate<CompletionToken, Signature>(
        [](auto handler, std::shared_ptr<shard_set<Client>> among, Call what) {
            auto& place = among->least_loaded();
            load_ticket ticket(std::shared_ptr<load_ticket::counter>(among, &place.in_flight));
            using start = call_start<Client, Call>;
            crossing<Signature, start, decltype(handler)>::initiate(
                place.where, std::move(ticket), start(std::move(among), place, std::move(what)),
                std::move(handler));
        },
        token, clients, std::move(call));
}

} // namespace aloft::detail
