#include "pool/dial.hpp"

#include <utility>

namespace aloft::pool {
namespace {

phase phase_of(net::dial_phase value)
{
    switch (value) {
    case net::dial_phase::resolve: return phase::resolve;
    case net::dial_phase::connect: return phase::connect;
    case net::dial_phase::tls: return phase::tls;
    }
    return phase::connect;
}

} // namespace

origin_pool::dial::dial(origin_pool& pool) :
    pool_(pool),
    deadline_([](timer_entry& entry) { static_cast<deadline&>(entry).owner->expired(); })
{
    deadline_.owner = this;
}

origin_pool::dial::~dial()
{
    if (under_way_)
        pool_.env_.connector.cancel(*this);
}

void origin_pool::dial::start(const net::endpoint_key& key)
{
    started_ = pool_.env_.timers.update();
    ++pool_.env_.metrics.dials;
    const auto limit = pool_.env_.options.deadlines().connect();
    if (limit.limited()) {
        auto& timers = pool_.env_.timers;
        timers.arm(deadline_, timers.now() + static_cast<tick>(limit.duration().count()));
    }
    under_way_ = true;
    pool_.env_.connector.dial(key, *this);
}

void origin_pool::dial::dialed(net::dial_result result)
{
    under_way_ = false;
    if (result.stream == nullptr) {
        return end({result.error.code, phase_of(result.phase), std::move(result.error.detail)});
    }
    pool_.env_.metrics.connect.record(pool_.env_.timers.update() - started_);
    leave().opened(std::move(result.stream));
}

void origin_pool::dial::expired()
{
    auto why = reached();
    under_way_ = false;
    pool_.env_.connector.cancel(*this);
    end(std::move(why));
}

dial_failure origin_pool::dial::reached() const
{
    const auto now = pool_.env_.connector.progress(*this);
    return {errc::connect_timeout, phase_of(now.phase),
            now.proxy.empty() ? "" : now.proxy + " is silent"};
}

void origin_pool::dial::end(dial_failure why)
{
    leave().dial_failed(std::move(why));
}

origin_pool& origin_pool::dial::leave()
{
    auto& pool = pool_;
    pool.dials_.remove_if([this](const auto& held) { return held.get() == this; });
    return pool;
}

} // namespace aloft::pool
