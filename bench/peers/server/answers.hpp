// What the server of the comparison says.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

namespace bench {

/// How a request is answered: by one document, or by a number of events and "[DONE]".
struct answer {
    bool events = false;
    std::uint32_t count = 0;
    std::chrono::nanoseconds apart{}; ///< from event to event; 0 for as fast as they are taken
};

/// "/sse?n=200&rate=50" asks for 200 events, 50 a second; any other path for the document.
answer answer_for(std::string_view path);

/// 1 KiB: a chat completion.
std::string_view document();

/// The event of that number of a chat completion's stream: 254 bytes, 64 different ones.
std::string_view event(std::uint32_t number);

inline constexpr std::string_view last_event = "data: [DONE]\n\n";

} // namespace bench
