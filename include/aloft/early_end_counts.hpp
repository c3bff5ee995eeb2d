#pragma once

#include <cstdint>

namespace aloft::autoglm {

/// What options::stop_at_action() came to.
class early_end_counts {
public:
    std::uint64_t streams = 0; ///< cancelled while the server had more to send
    /// How many more tokens those could have been at the most: max_tokens of the request, less the
    /// pieces of text that came. How many the model would have written nobody knows. Requests
    /// without max_tokens add nothing.
    std::uint64_t tokens_at_most = 0;
};

} // namespace aloft::autoglm
