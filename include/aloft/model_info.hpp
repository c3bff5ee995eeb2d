#pragma once

#include <aloft/error.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace aloft::chat {

/// A model a server offers.
struct model_info {
    model_info() = default;

    std::string id; ///< what `request::model` wants
    std::string owned_by;
    std::int64_t created = 0; ///< Unix time in seconds
    std::optional<std::uint64_t>
        max_model_len; ///< context length in tokens; vLLM and SGLang say it
};

/// Reads the answer to `GET {base}/models`. Entries without an id are left out.
///
/// Errors: `errc::unexpected_content` if the body is not a list of models.
std::vector<model_info> parse_models(std::string_view json, error_code& ec);

} // namespace aloft::chat
