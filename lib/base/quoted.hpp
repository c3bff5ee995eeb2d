#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace aloft {

/// What a peer sent, for a message: the first `most` bytes, made printable, in quotes.
std::string quoted(std::string_view bytes, std::size_t most = 32);

} // namespace aloft
