#include "run/result_line.hpp"

#include "action_json.hpp"
#include "plain_text.hpp"

#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <fmt/format.h>
#include <simdjson.h>

namespace aloft::tools {
namespace {

namespace json = boost::json;

std::string json_text(std::string_view text)
{
    return json::serialize(json::string(as_utf8(text)));
}

json::value text_or_null(std::string_view text)
{
    return text.empty() ? json::value() : json::value(as_utf8(text));
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

std::string error_line(const prompt& of, const chat::api_error& server, std::string_view code,
                       std::string_view message)
{
    json::value response;
    if (server.status != 0) {
        const json::object error{
            {"message", as_utf8(server.message.empty() ? server.raw : server.message)},
            {"type", as_utf8(server.type)},
            {"param", text_or_null(server.param)},
            {"code", text_or_null(server.code)},
        };
        response = {{"status_code", server.status},
                    {"request_id", as_utf8(server.request_id)},
                    {"body", {{"error", error}}}};
    }
    return fmt::format("{}{},\"error\":{{\"code\":{},\"message\":{}}}}}\n", beginning(of),
                       json::serialize(response), json_text(code), json_text(message));
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
