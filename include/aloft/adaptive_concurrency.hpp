#pragma once

#include <algorithm>
#include <cstddef>

namespace aloft {

/// How many requests an origin is given at once where that is found out and not set. Setters chain.
///
/// It begins with `initial`, doubles with every round of good answers until the server says that it
/// has too much (429, 503, 529, or z.ai's code 1302), and takes `decrease` of what it was then;
/// after that it grows by one a round. Whatever was sent before a decrease is no reason for another
/// one.
class adaptive_concurrency {
public:
    /// Requests at once to begin with, at the least and at the most. The client's `max_in_flight`
    /// holds besides.
    adaptive_concurrency& initial(std::size_t requests)
    {
        return initial_ = std::max(requests, std::size_t{1}), *this;
    }
    adaptive_concurrency& bounds(std::size_t least, std::size_t most)
    {
        least_ = std::max(least, std::size_t{1});
        most_ = std::max(most, least_);
        return *this;
    }
    /// What is left of the limit when the server is overloaded, between 0.1 and 0.95.
    adaptive_concurrency& decrease(double factor)
    {
        return decrease_ = std::clamp(factor, 0.1, 0.95), *this;
    }
    /// Also follow the time to the first token: where it is more than `tolerance` times what it was
    /// in the long run, the limit shrinks before the server complains (the gradient method).
    /// `queue` is how many requests may queue at the server, which is what makes it grow.
    adaptive_concurrency& follow_first_token(double tolerance = 1.5, double queue = 4)
    {
        gradient_ = true;
        tolerance_ = std::max(tolerance, 1.0);
        queue_ = std::max(queue, 0.0);
        return *this;
    }

    [[nodiscard]] std::size_t initial() const noexcept { return initial_; }
    [[nodiscard]] std::size_t least() const noexcept { return least_; }
    [[nodiscard]] std::size_t most() const noexcept { return most_; }
    [[nodiscard]] double decrease() const noexcept { return decrease_; }
    [[nodiscard]] bool follows_first_token() const noexcept { return gradient_; }
    [[nodiscard]] double tolerance() const noexcept { return tolerance_; }
    [[nodiscard]] double queue() const noexcept { return queue_; }

private:
    std::size_t initial_ = 20;
    std::size_t least_ = 1;
    std::size_t most_ = 100'000;
    double decrease_ = 0.7;
    double tolerance_ = 1.5;
    double queue_ = 4;
    bool gradient_ = false;
};

} // namespace aloft
