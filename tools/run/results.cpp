#include "run/results.hpp"

#include <utility>

namespace aloft::tools {

results::results(const settings& with) : with_(with), output_(with.output, with.sync)
{
    if (!with_.errors.empty())
        errors_.emplace(with_.errors, with_.sync);
}

bool results::open(std::string& problem)
{
    return output_.open(recorded_, with_.retry_failed, problem) &&
           (!errors_ || errors_->open(recorded_, with_.retry_failed, problem));
}

bool results::start(std::string& problem)
{
    return output_.start(problem) && (!errors_ || errors_->start(problem));
}

results::state results::look_up(const prompt& one)
{
    if (recorded_.size() == 0)
        return state::to_do;
    auto* const entry = recorded_.find(one.custom_id);
    if (entry == nullptr)
        return state::to_do;
    entry->met = true;
    return entry->request == one.request ? state::done : state::other_request;
}

bool results::recorded_failure(const prompt& one)
{
    const auto* const entry = recorded_.find(one.custom_id);
    return entry != nullptr && entry->failed;
}

// A file is put in order at its end, so that it holds whatever is known should the run be killed.
// What cannot be read again has to come in order.
bool results::holding_back() const noexcept
{
    return with_.in_input_order &&
           (output_.partial().empty() || (errors_ && errors_->partial().empty()));
}

void results::add(std::uint64_t number, std::string line, bool failed)
{
    held one{std::move(line), failed};
    if (!holding_back()) {
        ++written_;
        return write(one);
    }
    waiting_.emplace(number, std::move(one));
    while (!waiting_.empty() && waiting_.begin()->first == written_) {
        write(waiting_.begin()->second);
        waiting_.erase(waiting_.begin());
        ++written_;
    }
}

void results::leave_out()
{
    if (!holding_back())
        ++written_;
}

void results::write(const held& one)
{
    auto& to = one.failed && errors_ ? *errors_ : output_;
    to.append(one.line);
}

bool results::finish(const position& where)
{
    const auto order = with_.in_input_order ? where : position();
    // The output last: where it is whole, everything is.
    return problem().empty() && (!errors_ || errors_->finish(order)) && output_.finish(order);
}

const std::string& results::problem() const noexcept
{
    return errors_ && !errors_->problem().empty() ? errors_->problem() : output_.problem();
}

} // namespace aloft::tools
