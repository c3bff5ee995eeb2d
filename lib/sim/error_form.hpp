#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace aloft::sim {

/// The shapes in which servers say what went wrong.
enum class error_form : std::uint8_t {
    openai, ///< {"error":{message,type,param,code}}, code a string or null
    vllm, ///< the same, code a number
    sglang, ///< {"object":"error",message,type,param,code}
    llama, ///< {"error":{code,message,type}}
    zai, ///< {"error":{"code":"1302",message}}
    string, ///< {"error":"text"}
    detail, ///< {"detail":"text"}
    text, ///< not JSON
};

/// By its name in a script.
std::optional<error_form> find_error_form(std::string_view name);

/// What z.ai calls its errors by, beside the status.
inline constexpr unsigned first_zai_code = 1000;
inline constexpr unsigned last_zai_code = 1999;

struct error_text {
    unsigned code = 500; ///< the HTTP status it is, or stands for; or a code of z.ai
    std::string_view message{};
    std::string_view param{}; ///< "": null
};

/// The body of an error response.
std::string error_body(error_form form, const error_text& error);
/// An error inside a stream, and what that server lets follow it.
std::string error_event(error_form form, const error_text& error);
/// The status that goes with a code: itself, or that of a code of z.ai.
unsigned status_of(unsigned code);
/// What RFC 9110 calls the status.
std::string_view status_phrase(unsigned status);

} // namespace aloft::sim
