#pragma once

namespace aloft {

/// Completion token for coroutines of any type, those of other libraries or one's own:
///
///     auto [ec, reply] = co_await glm.async_stream(ask, aloft::use_awaiter);
///
/// The operation lies in the coroutine's own frame: it allocates nothing, and where what it waits
/// for is there already, the coroutine is not suspended. What an `asio::awaitable` keeps besides
/// (a frame that knows executor and cancellation, an operation for each wait) is not there either,
/// which shows where thousands of streams wait.
///
/// The result is a tuple of what a handler would be given, the error_code first; nothing is thrown
/// for it. The coroutine goes on on the executor of the client, from which it must have been
/// waiting. Destroying the suspended coroutine cancels the operation as a cancellation would. Where
/// the io_context is destroyed first, the coroutine is not resumed any more; whoever owns it
/// destroys it.
struct use_awaiter_t {
    constexpr use_awaiter_t() noexcept = default;
};
inline constexpr use_awaiter_t use_awaiter;

} // namespace aloft
