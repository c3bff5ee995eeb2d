#pragma once

#include "coding/decoder.hpp"

#include <aloft/content_coding.hpp>
#include <aloft/error.hpp>
#include <aloft/fields.hpp>

#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace aloft::coding {

/// The value of accept-encoding that says what is decoded here.
inline constexpr std::string_view accepted = "gzip, deflate, br, zstd";

/// More codings than this on top of each other end with errc::too_many_codings; real ones are one,
/// seldom two.
inline constexpr std::size_t most_codings = 4;

/// The codings that the content-encoding fields of `head` name, in the order in which they were
/// applied (RFC 9110, 8.4). None where one of them is unknown: then the body is handed out as it
/// is.
std::vector<content_coding> read_content_encoding(const fields& head, error_code& ec);

/// Undoes all of `codings`, of which there is at least one, within `limits`.
std::unique_ptr<decoder> make_decoder(const std::vector<content_coding>& codings,
                                      decoding_limits limits);

/// "gzip, br", for messages.
std::string to_string(const std::vector<content_coding>& codings);

/// All of a body at once: appends to `out`, as far as it comes. An empty body is one of any coding.
/// errc::truncated_body where the end is missing.
error_code decode(const std::vector<content_coding>& codings, std::string_view body,
                  decoding_limits limits, std::string& out);

} // namespace aloft::coding
