#pragma once

#include "base/timer_service.hpp"
#include "coding/compressed_source.hpp"

#include <aloft/body_source.hpp>
#include <aloft/content_coding.hpp>
#include <aloft/payload.hpp>
#include <aloft/request.hpp>

#include <cstdint>
#include <memory>

namespace aloft {

/// The body of an attempt: a payload or the caller's source, and when it last moved.
class outgoing_body final : public body_source {
public:
    outgoing_body(const request& what, timer_service& timers) :
        timers_(timers), bytes_(&what.body())
    {
    }

    /// The body of `what`, compressed on its way; to be called again before what is changed of
    /// `what` is used.
    void take(const request& what, compression coded);
    /// Starts over for another attempt; false when bytes that were taken are gone.
    bool rewind() override;
    /// The source says that it has bytes again.
    void resumed() noexcept
    {
        starved_ = false;
        progressed_ = timers_.now();
    }

    run peek() override;
    void advance(std::size_t count) override;
    [[nodiscard]] std::optional<std::uint64_t> length() const override;
    [[nodiscard]] const fields* trailers() const override;

    /// What it is compressed with on its way.
    [[nodiscard]] compression coded() const noexcept { return coded_; }
    [[nodiscard]] bool present() const noexcept { return source_ != nullptr || !bytes_->empty(); }
    /// True when it is the caller who has nothing to send.
    [[nodiscard]] bool starved() const noexcept { return starved_; }
    /// When bytes were last taken.
    [[nodiscard]] tick progressed() const noexcept { return progressed_; }
    /// How often, and for how many ticks, the server did not take what there was.
    [[nodiscard]] std::uint64_t stalls() const noexcept { return stalls_; }
    [[nodiscard]] tick stalled() const noexcept { return stalled_; }

private:
    timer_service& timers_;
    const payload* bytes_; // the request's, or the next
    std::unique_ptr<payload> compressed_bytes_;
    payload::iterator at_;
    std::size_t offset_ = 0; // in the segment at_
    std::uint64_t sent_ = 0;
    std::shared_ptr<body_source> source_;
    std::shared_ptr<coding::compressed_source> compressed_; // what source_ is, if it is compressed
    tick progressed_ = 0;
    tick stalled_ = 0;
    std::uint64_t stalls_ = 0;
    compression coded_ = compression::none;
    bool taken_ = false;
    bool starved_ = false;
};

} // namespace aloft
