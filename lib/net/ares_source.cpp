#include "net/ares_source.hpp"

#include <algorithm>
#include <utility>

namespace aloft::net {

ares_source::question::~question()
{
    if (query_)
        query_->cancel();
}

void ares_source::question::ask()
{
    query_ = ares_query::start(owner_.executor_, host_, owner_.servers_, *this);
}

void ares_source::question::looked_up(net_error error, bool final, host_addresses found)
{
    ares_source& owner = owner_;
    lookup_completion& done = done_;
    owner.take(done).reset(); // which is this
    owner.ask_next();
    done.looked_up(std::move(error), final, std::move(found));
}

ares_source::ares_source(asio::any_io_executor executor,
                         std::vector<asio::ip::udp::endpoint> servers) :
    executor_{std::move(executor)}, servers_{std::move(servers)}
{
}

ares_source::~ares_source() = default;

void ares_source::lookup(const std::string& host, lookup_completion& done)
{
    waiting_.push_back(std::make_unique<question>(*this, host, done));
    ask_next();
}

void ares_source::cancel(lookup_completion& done) noexcept
{
    take(done).reset();
    ask_next();
}

std::unique_ptr<ares_source::question> ares_source::take(const lookup_completion& done)
{
    for (questions* list : {&asked_, &waiting_}) {
        const auto found =
            std::ranges::find_if(*list, [&](const auto& held) { return held->is_for(done); });
        if (found == list->end())
            continue;
        std::unique_ptr<question> taken = std::move(*found);
        list->erase(found);
        return taken;
    }
    return nullptr;
}

void ares_source::ask_next()
{
    while (asked_.size() < max_queries && !waiting_.empty()) {
        asked_.push_back(std::move(waiting_.front()));
        waiting_.pop_front();
        asked_.back()->ask();
    }
}

} // namespace aloft::net
