#include "run/limit_arguments.hpp"

#include <CLI/Validators.hpp>

namespace aloft::tools {

void limit_arguments::add_to(CLI::App& command)
{
    const auto range = CLI::Range(std::uint64_t{1}, std::uint64_t{300'000'000});
    command
        .add_option("--requests-per-minute", requests_,
                    "Requests that begin in a minute at the most")
        ->type_name("N")
        ->check(range);
    command
        .add_option("--tokens-per-minute", tokens_,
                    "Tokens of prompts and answers in a minute at the most")
        ->type_name("N")
        ->check(range);
    command.add_flag("--adaptive", adaptive_,
                     "Find out how many requests at once the server takes");
}

void limit_arguments::apply(client_options& to) const
{
    if (!given())
        return;
    rate_limits rates;
    if (requests_ != 0)
        rates.requests_per_minute(requests_);
    if (tokens_ != 0)
        rates.tokens_per_minute(tokens_);
    to.rates(rates);
    if (adaptive_)
        to.adaptive(adaptive_concurrency());
}

} // namespace aloft::tools
