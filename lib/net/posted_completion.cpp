#include "net/posted_completion.hpp"

#include <boost/asio/post.hpp>

#include <utility>

namespace aloft::net {

posted_completion::posted_completion(asio::any_io_executor executor) :
    executor_{std::move(executor)}
{
}

void posted_completion::post(io_completion& target, error_code ec, std::size_t bytes)
{
    state_->target = &target;
    state_->ec = ec;
    state_->bytes = bytes;
    asio::post(executor_, [state = state_] {
        if (io_completion* done = std::exchange(state->target, nullptr))
            done->complete(state->ec, state->bytes);
    });
}

} // namespace aloft::net
