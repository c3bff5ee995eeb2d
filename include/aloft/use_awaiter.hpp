#pragma once

namespace aloft {

/// Completion token for coroutines of any type, those of other libraries or one's own:
///
///     auto [ec, reply] = co_await glm.async_stream(ask, aloft::use_awaiter);
///
/// For all operations but those that cross threads (client_handle, runtime).
///
/// The operation lies in the coroutine's own frame: it allocates nothing, and where what it waits
/// for is there already, the coroutine is not suspended. What an `asio::awaitable` keeps besides
/// (a frame that knows executor and cancellation, an operation for each wait) is not there either,
/// which shows where thousands of streams wait.
///
/// The result is a tuple of what a handler would be given, the error_code first; nothing is thrown
/// for it. The coroutine must run on the executor of the client, and goes on there. Destroying it
/// while it is suspended ends the wait as a cancellation would. As all that uses an io_context it
/// is destroyed before that; one that waits when the io_context goes is never resumed.
struct use_awaiter_t {
    constexpr use_awaiter_t() noexcept = default;
};
inline constexpr use_awaiter_t use_awaiter;

} // namespace aloft
