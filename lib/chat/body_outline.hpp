#pragma once

#include <aloft/payload.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace aloft::chat {

/// What of a request's JSON body says where it should go. A body that is no JSON object has an
/// outline, too, of as much as could be read.
class body_outline {
public:
    /// \param prefix  whether the prompt's beginning is looked at, pictures included
    static body_outline read(const payload& body, bool prefix);

    std::string model; ///< as it stands there, escapes and all; empty where there is none
    std::size_t model_at = 0; ///< bytes before it
    /// Of all that comes before the end of the first message of a user: the part that the requests
    /// of a conversation have in common. None where it was not looked at or there is no such
    /// message.
    std::optional<std::uint64_t> prefix;
};

/// A copy of the body with another model's name in place of `found`'s.
payload with_model(const payload& body, const body_outline& found, std::string_view name);

} // namespace aloft::chat
