#pragma once

#include <cstdint>
#include <string>
#include <string_view>

/// Writing JSON (RFC 8259). Reading it is simdjson's and Boost.JSON's part.
namespace aloft::chat::json {

/// Appends `text` with its escapes, without the quotes around it.
void append_escaped(std::string& out, std::string_view text);

/// Appends `text` as a JSON string, quotes included. Non-ASCII stays as it is.
void append_string(std::string& out, std::string_view text);

/// Appends the shortest decimal that reads back as `value`, always with a point or an exponent:
/// 0.85, 1.0. Minus zero becomes 0.0. The value must be finite.
void append_number(std::string& out, double value);

void append_number(std::string& out, std::int64_t value);

/// True if `text` may stand inside a JSON string unchanged: valid UTF-8 without quotes, backslashes
/// and control characters.
bool needs_no_escape(std::string_view text) noexcept;

bool valid_utf8(std::string_view text) noexcept;

/// True if `text` is one JSON value and nothing else.
bool valid_value(std::string_view text);

} // namespace aloft::chat::json
