#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace aloft {

/// Which trace a request belongs to and which span of it caused it, as the header field
/// `traceparent` says it (W3C Trace Context, 3.2). A value; an empty one belongs to no trace.
class trace_context {
public:
    /// Of no trace.
    trace_context() = default;
    /// The first span of a new trace, with random identifiers.
    /// \param sampled  whether those on the way should record it
    static trace_context root(bool sampled = true);
    /// What a `traceparent` says, of this version of it or a later one; nothing where it is not
    /// valid, and is to be ignored.
    static std::optional<trace_context> parse(std::string_view traceparent);

    /// The same trace with a new random span: what a request is sent with for which this span is
    /// the caller. Of no trace where this is.
    [[nodiscard]] trace_context child() const;

    [[nodiscard]] bool empty() const noexcept { return span_ == 0; }
    [[nodiscard]] bool sampled() const noexcept { return (flags_ & 1U) != 0; }
    /// 32 and 16 digits of lower-case hexadecimal.
    [[nodiscard]] std::string trace_id() const;
    [[nodiscard]] std::string span_id() const;
    /// The value of `traceparent`, version 00; empty where this is of no trace.
    [[nodiscard]] std::string to_string() const;

    friend bool operator==(const trace_context&, const trace_context&) = default;

private:
    std::array<std::uint64_t, 2> trace_{}; // not both 0
    std::uint64_t span_ = 0; // not 0
    std::uint8_t flags_ = 0;
};

} // namespace aloft
