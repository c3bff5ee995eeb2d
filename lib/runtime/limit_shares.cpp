#include <aloft/sharded.hpp>

#include <algorithm>
#include <stdexcept>
#include <string>

namespace aloft {
namespace {

/// Divides numbers so that the parts add up; the first shards get what is left over.
class divider {
public:
    divider(std::size_t shard, std::size_t shards) : shard_(shard), shards_(shards) {}

    template <class Number>
    [[nodiscard]] Number part(Number whole) const
    {
        return static_cast<Number>(whole / shards_ + (shard_ < whole % shards_ ? 1 : 0));
    }
    /// Of a bound that no shard can do without.
    template <class Number>
    [[nodiscard]] Number part_of_bound(Number whole, const char* name) const
    {
        if (whole < shards_)
            throw std::invalid_argument("aloft: " + std::string(name) + " of " +
                                        std::to_string(whole) + " is too little for " +
                                        std::to_string(shards_) +
                                        " shards, each of which needs at least one");
        return part(whole);
    }
    /// Of what may come to more in all, since less than one is of no use.
    template <class Number>
    [[nodiscard]] Number at_least_one(Number whole) const
    {
        return std::max(part(whole), Number(1));
    }

private:
    std::size_t shard_;
    std::size_t shards_;
};

rate_limits share_of(const rate_limits& whole, const divider& by)
{
    auto share = whole;
    if (const auto requests = whole.requests_per_minute())
        share.requests_per_minute(by.part_of_bound(requests, "rate_limits::requests_per_minute"),
                                  by.at_least_one(whole.request_burst()));
    if (const auto tokens = whole.tokens_per_minute())
        share.tokens_per_minute(by.part_of_bound(tokens, "rate_limits::tokens_per_minute"),
                                by.at_least_one(whole.token_burst()));
    return share;
}

adaptive_concurrency share_of(const adaptive_concurrency& whole, const divider& by)
{
    auto share = whole;
    return share.initial(by.at_least_one(whole.initial()))
        .bounds(by.at_least_one(whole.least()),
                by.part_of_bound(whole.most(), "the upper bound of adaptive_concurrency"));
}

} // namespace

client_options share_of(const client_options& whole, std::size_t shard, std::size_t shards)
{
    const divider by(shard, shards);
    auto share = whole;
    share.max_in_flight(by.part_of_bound(whole.max_in_flight(), "max_in_flight"))
        .max_waiting(by.part(whole.max_waiting()))
        .max_connections(by.part_of_bound(whole.max_connections(), "max_connections"))
        .max_dials(by.at_least_one(whole.max_dials()))
        .min_connections(by.part(whole.min_connections()));
    auto limits = whole.limits();
    limits.client_memory = by.part(limits.client_memory);
    share.limits(limits);
    if (whole.rates())
        share.rates(share_of(*whole.rates(), by));
    if (whole.adaptive())
        share.adaptive(share_of(*whole.adaptive(), by));
    return share;
}

autoglm::options autoglm::share_of(const options& whole, std::size_t shard, std::size_t shards)
{
    auto share = whole;
    return share.http(aloft::share_of(whole.http(), shard, shards));
}

} // namespace aloft
