#pragma once

#include <aloft/detail/waiter.hpp>
#include <aloft/error.hpp>

#include <functional>
#include <utility>

namespace aloft::test {

/// One who waits, and does `then` when resumed.
struct waiting final : detail::waiter {
    explicit waiting(std::function<void(error_code)> what) :
        waiter([](waiter& self, error_code ec, detail::delivery) {
            static_cast<waiting&>(self).then(ec);
        }),
        then(std::move(what))
    {
    }
    std::function<void(error_code)> then;
};

} // namespace aloft::test
