#pragma once

#include "base/exchange.hpp"
#include "coding/content_encoding.hpp"

#include <aloft/content_coding.hpp>
#include <aloft/detail/waiter.hpp>
#include <aloft/error.hpp>

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace aloft::detail {

class call;

/// A response body that arrives in a content coding, decoded as it is read: what is not read stays
/// as small as it came, so that flow control bounds it and no more than a piece of it lies decoded.
/// Waits in place of the reader, who is resumed only when there is something to read.
class decoded_body final : public waiter {
public:
    decoded_body(call& owner, std::vector<coding::content_coding> codings, decoding_limits limits,
                 buffer_pool& pool);
    ~decoded_body() { unread_.release(pool_); }

    /// Decodes what has arrived until a piece of it lies ready; says how many bytes it took.
    std::size_t fill(exchange& from);
    [[nodiscard]] receive_buffer& unread() noexcept { return unread_; }
    [[nodiscard]] const receive_buffer& unread() const noexcept { return unread_; }
    /// The body was whole, and all of it is in unread().
    [[nodiscard]] bool ended() const noexcept { return ended_; }
    /// What is wrong with it; what came before is in unread().
    [[nodiscard]] error_code error() const noexcept { return error_; }
    [[nodiscard]] std::string detail() const;
    [[nodiscard]] std::uint64_t total() const noexcept { return total_; }

    /// Who waits for something to read.
    waiter* reader = nullptr;

private:
    static void resumed(waiter& self, error_code ec, delivery how);
    void judge_end(const exchange& from);

    call& owner_;
    buffer_pool& pool_;
    const std::vector<coding::content_coding> codings_;
    const std::unique_ptr<coding::decoder> decoder_;
    receive_buffer unread_;
    std::uint64_t total_ = 0;
    error_code error_;
    bool more_ = false; // decoded, and still in the decoder
    bool ended_ = false;
};

} // namespace aloft::detail
