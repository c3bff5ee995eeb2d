#include "run/result_line.hpp"

#include "action_json.hpp"

#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <fmt/format.h>
#include <simdjson.h>

namespace aloft::tools {
namespace {

namespace json = boost::json;

std::string json_text(std::string_view text)
{
    return json::serialize(json::string(text));
}

std::string action_member(const autoglm::parsed_action& parsed)
{
    if (!meant_as_action(parsed))
        return {};
    if (parsed)
        return ",\"action\":" + json::serialize(action_json(*parsed));
    return ",\"action\":null,\"action_error\":" + json_text(autoglm::describe(parsed.error()));
}

std::string beginning(const prompt& of)
{
    return fmt::format(R"({{"id":"{}{}","custom_id":{},"response":)", result_id_prefix,
                       of.request.hex(), json_text(of.custom_id));
}

} // namespace

std::string response_line(const prompt& of, unsigned status, std::string_view request_id,
                          std::string_view body)
{
    return fmt::format("{}{{\"status_code\":{},\"request_id\":{},\"body\":{}}},\"error\":null}}\n",
                       beginning(of), status, json_text(request_id), body);
}

std::string reply_line(const prompt& of, const autoglm::reply& reply)
{
    return fmt::format(
        "{}{{\"status_code\":200,\"request_id\":{},\"body\":{}}},\"error\":null{}}}\n",
        beginning(of), json_text(reply.headers().get("x-request-id").value_or("")),
        reply.completion().to_json(), action_member(reply.action()));
}

std::string error_line(const prompt& of, unsigned status, std::string_view request_id,
                       std::string_view code, std::string_view message)
{
    const auto response =
        status == 0 ? std::string("null")
                    : fmt::format("{{\"status_code\":{},\"request_id\":{},\"body\":null}}", status,
                                  json_text(request_id));
    return fmt::format("{}{},\"error\":{{\"code\":{},\"message\":{}}}}}\n", beginning(of), response,
                       json_text(code), json_text(message));
}

std::string compact(std::string_view json)
{
    // Minifying keeps numbers as they were written; writing the parsed value anew would not.
    simdjson::dom::parser parser;
    std::string out(json.size() + simdjson::SIMDJSON_PADDING, '\0');
    std::size_t size = 0;
    if (parser.parse(json.data(), json.size()).error() != simdjson::SUCCESS ||
        simdjson::minify(json.data(), json.size(), out.data(), size) != simdjson::SUCCESS) {
        return {};
    }
    out.resize(size);
    return out;
}

} // namespace aloft::tools
