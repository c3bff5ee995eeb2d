#pragma once

#include <aloft/error.hpp>
#include <aloft/fields.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace aloft {

/// What a request sends as its body, for callers whose bytes are not in memory: aloft pulls. It
/// looks at the next run of bytes, copies what flow control and the frame allow, and says how much
/// that was. All calls come on the client's executor. Bytes in memory need no source but a
/// `payload`; docs/examples/upload.cpp shows a source that bytes are written to.
class body_source {
public:
    enum class state {
        more, ///< bytes follow those of peek(); where peek() is empty, the source calls resume()
              ///< when it has some
        last, ///< nothing follows the bytes of peek(), which may be empty
        failed, ///< the source gave up; the request ends with errc::upload_failed
    };
    struct run {
        std::string_view bytes;
        state after;
    };
    /// Whom a source tells that it has bytes again.
    class listener {
    public:
        virtual void body_resumed() = 0;

    protected:
        ~listener() = default;
    };

    body_source() = default;
    body_source(const body_source&) = delete;
    body_source& operator=(const body_source&) = delete;
    virtual ~body_source() = default;

    /// The next bytes; valid until advance() or the source's own change.
    virtual run peek() = 0;
    /// `count` of the bytes of peek() were taken.
    virtual void advance(std::size_t count) = 0;
    /// The whole length, where it is known before sending.
    [[nodiscard]] virtual std::optional<std::uint64_t> length() const { return std::nullopt; }
    /// Fields to send behind the body; asked once the last byte was taken.
    [[nodiscard]] virtual const fields* trailers() const { return nullptr; }
    /// Starts over for another attempt; false when that is not possible, and then a request whose
    /// bytes were taken is not sent again.
    virtual bool rewind() { return false; }

    /// For aloft: who is told by resume(); null when nobody is.
    void listen(listener* who) noexcept { listener_ = who; }

protected:
    /// To be called on the client's executor when peek() would yield something new.
    void resume()
    {
        if (listener_ != nullptr)
            listener_->body_resumed();
    }

private:
    listener* listener_ = nullptr;
};

} // namespace aloft
