#include "policy/route.hpp"

#include <algorithm>

namespace aloft::policy {
namespace {

// Of one server, and of all of them, in what a failure tells of servers tried before.
constexpr std::size_t longest_note = 200;
constexpr std::size_t longest_notes = 1000;

} // namespace

bool route::choose(tick now, std::minstd_rand& random)
{
    leave();
    const auto last = tried_ != 0 ? server_set{1} << at_.server : 0;
    if (!elsewhere(now))
        tried_ = last; // all were tried: once more around
    auto avoided = tried_ | resting(now);
    if ((allowed_ & ~avoided) == 0)
        avoided = tried_;
    const auto made = among_->choose(allowed_, avoided, key_, now, random);
    if (!made)
        return false;
    if (attempted_ && made->server != at_.server)
        among_->failed_over(at_.server);
    at_ = *made;
    tried_ |= server_set{1} << at_.server;
    attempted_ = under_way_ = true;
    answered_ = blamed_ = false;
    return true;
}

void route::answered(std::optional<tick> latency, tick now) noexcept
{
    among_->answered(at_, latency, now);
    answered_ = true;
    at_.probe = false; // it has shown what it was to show
}

void route::failed(server_fault what, tick now, std::minstd_rand& random)
{
    if (std::exchange(blamed_, true))
        return;
    among_->failed(at_, what, now, random, answered_);
    at_.probe = false;
}

void route::leave() noexcept
{
    if (std::exchange(under_way_, false))
        among_->ended(at_);
}

void route::note(std::string what)
{
    if (what.size() > longest_note)
        what.replace(longest_note, std::string::npos, "...");
    const auto known = std::find_if(notes_.begin(), notes_.end(),
                                    [&](const auto& one) { return one.first == at_.server; });
    if (known != notes_.end())
        known->second = std::move(what);
    else
        notes_.emplace_back(at_.server, std::move(what));
}

std::string route::elsewhere_in_words() const
{
    std::string text;
    std::size_t left_out = 0;
    for (const auto& [server, said] : notes_) {
        if (server == at_.server)
            continue;
        if (text.size() + said.size() > longest_notes)
            ++left_out;
        else
            text.append(text.empty() ? "" : "; ").append(said);
    }
    if (left_out != 0)
        text.append("; and ").append(std::to_string(left_out)).append(" more");
    return text;
}

std::unique_ptr<route> route::another() const
{
    auto made = std::make_unique<route>(among_, allowed_, key_, model_);
    made->tried_ = tried_;
    made->at_.server = at_.server;
    return made;
}

} // namespace aloft::policy
