#pragma once

#include <aloft/detail/shard.hpp>
#include <aloft/error.hpp>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>

#include <exception>
#include <type_traits>
#include <utility>

namespace aloft::detail {

template <class Result>
struct run_result {
    static constexpr bool awaited = false;
    using type = Result;
};

template <class Result, class Executor>
struct run_result<boost::asio::awaitable<Result, Executor>> {
    static constexpr bool awaited = true;
    using type = Result;
};

template <class Result>
struct run_signature {
    using type = void(std::exception_ptr, Result);
};

template <>
struct run_signature<void> {
    using type = void(std::exception_ptr);
};

/// The beginning of runtime::async_run_on(); see crossing.
template <class F>
class run_start {
    using returned = run_result<std::decay_t<std::invoke_result_t<F&>>>;
    using result = typename returned::type;

public:
    using signature = typename run_signature<result>::type;

    run_start(shard::executor_type there, F f) : there_(std::move(there)), f_(std::move(f)) {}

    void refused(error_code) noexcept {}

    template <class Done>
    void operator()(Done done)
    {
        if constexpr (returned::awaited)
            boost::asio::co_spawn(there_, std::move(f_), std::move(done));
        else
            call(done);
    }

private:
    template <class Done>
    void call(Done& done)
    {
        std::exception_ptr thrown;
        if constexpr (std::is_void_v<result>) {
            try {
                f_();
            } catch (...) {
                thrown = std::current_exception();
            }
            done(std::move(thrown));
        } else {
            result value{};
            try {
                value = f_();
            } catch (...) {
                thrown = std::current_exception();
            }
            done(std::move(thrown), std::move(value));
        }
    }

    shard::executor_type there_;
    F f_;
};

} // namespace aloft::detail
