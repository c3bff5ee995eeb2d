#include "sim/error_form.hpp"

#include "chat/json_text.hpp"

#include <array>
#include <utility>

namespace aloft::sim {
namespace {

namespace json_text = chat::json;

std::string_view vllm_type(unsigned status)
{
    switch (status) {
    case 400: return "BadRequestError";
    case 404: return "NotFoundError";
    case 422: return "UnprocessableEntityError";
    case 500: return "InternalServerError";
    case 501: return "NotImplementedError";
    default: return status_phrase(status);
    }
}

std::string_view openai_type(unsigned status)
{
    if (status == 429)
        return "requests";
    return status < 500 ? "invalid_request_error" : "server_error";
}

std::string_view openai_code(unsigned status)
{
    switch (status) {
    case 401: return "\"invalid_api_key\"";
    case 404: return "\"model_not_found\"";
    case 429: return "\"rate_limit_exceeded\"";
    default: return "null";
    }
}

std::string_view llama_type(unsigned status)
{
    switch (status) {
    case 401: return "authentication_error";
    case 403: return "permission_error";
    case 404: return "not_found_error";
    case 429: return "rate_limit_error";
    case 503: return "unavailable_error";
    default: return status < 500 ? "invalid_request_error" : "server_error";
    }
}

unsigned zai_code(unsigned status)
{
    if (status >= first_zai_code)
        return status;
    switch (status) {
    case 401: return 1002;
    case 404: return 1211;
    case 429: return 1302;
    default: return status < 500 ? 1210 : 1234;
    }
}

void append_member(std::string& out, std::string_view name, std::string_view value)
{
    out.append(",\"").append(name).append("\":");
    json_text::append_string(out, value);
}

/// message, type, param and code, as all of OpenAI's kind have them.
std::string four_members(std::string_view type, const error_text& error, std::string_view code)
{
    std::string out = "\"message\":";
    json_text::append_string(out, error.message);
    append_member(out, "type", type);
    out += ",\"param\":";
    if (error.param.empty())
        out += "null";
    else
        json_text::append_string(out, error.param);
    return out.append(",\"code\":").append(code);
}

std::string message_object(std::string_view before, std::string_view message)
{
    std::string out(before);
    json_text::append_string(out, message);
    return out + "}";
}

} // namespace

std::optional<error_form> find_error_form(std::string_view name)
{
    using form = error_form;
    static constexpr std::array<std::pair<std::string_view, form>, 8> names{{
        {"openai", form::openai},
        {"vllm", form::vllm},
        {"sglang", form::sglang},
        {"llama.cpp", form::llama},
        {"zai", form::zai},
        {"string", form::string},
        {"detail", form::detail},
        {"text", form::text},
    }};
    for (const auto& [known, value] : names) {
        if (known == name)
            return value;
    }
    return std::nullopt;
}

std::string error_body(error_form form, const error_text& error)
{
    const auto code = std::to_string(error.code);
    switch (form) {
    case error_form::openai:
        return "{\"error\":{" +
               four_members(openai_type(error.code), error, openai_code(error.code)) + "}}";
    case error_form::vllm:
        return "{\"error\":{" + four_members(vllm_type(error.code), error, code) + "}}";
    case error_form::sglang:
        return "{\"object\":\"error\"," + four_members(vllm_type(error.code), error, code) + "}";
    case error_form::llama: {
        std::string out = "{\"error\":{\"code\":" + code;
        append_member(out, "message", error.message);
        append_member(out, "type", llama_type(error.code));
        return out + "}}";
    }
    case error_form::zai: {
        std::string out = "{\"error\":{\"code\":\"" + std::to_string(zai_code(error.code)) + "\"";
        append_member(out, "message", error.message);
        return out + "}}";
    }
    case error_form::string: return message_object("{\"error\":", error.message);
    case error_form::detail: return message_object("{\"detail\":", error.message);
    case error_form::text: break;
    }
    return std::string(error.message) + "\n";
}

std::string error_event(error_form form, const error_text& error)
{
    std::string out = form == error_form::openai ? "event: error\ndata: " : "data: ";
    if (form == error_form::sglang)
        out += "{\"error\":" + error_body(form, error) + "}";
    else
        out += error_body(form == error_form::text ? error_form::vllm : form, error);
    out += "\n\n";
    if (form == error_form::vllm || form == error_form::sglang)
        out += "data: [DONE]\n\n";
    return out;
}

unsigned status_of(unsigned code)
{
    if (code < first_zai_code)
        return code;
    if (code <= 1100)
        return 401;
    if (code == 1230 || code == 1234)
        return 500;
    return (code > 1100 && code < 1200) || code >= 1302 ? 429 : 400;
}

std::string_view status_phrase(unsigned status)
{
    switch (status) {
    case 400: return "Bad Request";
    case 401: return "Unauthorized";
    case 403: return "Forbidden";
    case 404: return "Not Found";
    case 405: return "Method Not Allowed";
    case 408: return "Request Timeout";
    case 409: return "Conflict";
    case 413: return "Content Too Large";
    case 415: return "Unsupported Media Type";
    case 422: return "Unprocessable Content";
    case 429: return "Too Many Requests";
    case 500: return "Internal Server Error";
    case 501: return "Not Implemented";
    case 502: return "Bad Gateway";
    case 503: return "Service Unavailable";
    case 504: return "Gateway Timeout";
    default: return "Error";
    }
}

} // namespace aloft::sim
