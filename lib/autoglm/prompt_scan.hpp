#pragma once

#include "policy/token_estimate.hpp"

#include <aloft/payload.hpp>

namespace aloft::autoglm::detail {

/// What a chat completion's body is made of, for an estimate of its tokens: pictures within data
/// URLs are counted and left out of its bytes. Reads the text and skips the pictures; no JSON is
/// parsed.
policy::prompt_size scan_prompt(const payload& body);

} // namespace aloft::autoglm::detail
