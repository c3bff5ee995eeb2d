#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace aloft::chat {

/// What a model server says about a request it did not, or not wholly, carry out.
///
/// Servers agree on no form; every field may be empty. Texts come from the server: show them, but
/// do not trust them.
struct api_error {
    api_error() = default;

    /// The HTTP status; of an error inside a stream the code, where that is an HTTP status, else 0.
    int status = 0;
    std::string type; ///< such as "invalid_request_error"
    std::string code; ///< a word or a number in digits: "insufficient_quota", "1302", "400"
    std::string param; ///< the request field at fault
    std::string message; ///< for people
    std::string request_id; ///< to quote to the server's operator
    std::string raw; ///< the body itself where it is no JSON error; at most `raw_limit` bytes

    /// Bytes kept of a body that is not understood: 64 KiB.
    static constexpr std::size_t raw_limit = std::size_t{64} << 10;
};

/// Reads an error body of any known form: OpenAI, vLLM, SGLang, llama.cpp, z.ai, Ollama, FastAPI,
/// or plain text, which is kept as `raw`. Never fails.
///
/// `status`: the HTTP status, or 0 for an error inside a stream. `request_id`: of the response
/// head; the body's own is taken where this is empty.
api_error parse_api_error(int status, std::string_view body, std::string_view request_id = {});

} // namespace aloft::chat
