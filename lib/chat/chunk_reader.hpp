#pragma once

#include <aloft/chat_delta.hpp>

#include <simdjson.h>

#include <string_view>

namespace aloft::chat {

/// Walks once over the keys of one chunk, in the order of the document.
class chunk_reader {
public:
    using value = simdjson::ondemand::value;
    using object = simdjson::ondemand::object;

    chunk_reader(simdjson::ondemand::parser& parser, std::string_view json, chunk& out) noexcept :
        parser_(parser), json_(json), out_(out)
    {
    }

    error_code read();

private:
    using failure = simdjson::error_code;

    failure top(object& fields);
    failure choices(value& from);
    failure choice(object& fields);
    failure message(value& from, delta& to);
    failure reasoning(value& from, bool preferred, delta& to);
    failure tool_calls(value& from, delta& to);
    failure tool_call(object& fields, tool_call_delta& to);
    failure function(value& from, tool_call_delta& to);
    failure usage(value& from);
    failure usage_details(value& from, chat::usage& to);
    failure count(value& from, std::uint64_t& to);
    failure index(value& from, std::uint32_t& to);
    failure text(value& from, std::string_view& to);
    failure escaped(simdjson::ondemand::raw_json_string from, std::string_view& to);
    delta& next_delta();
    void complete();
    void complete(delta& one);

    simdjson::ondemand::parser& parser_;
    std::string_view json_;
    chunk& out_;
    std::uint8_t* free_text_ = nullptr;
    std::string_view id_;
    std::string_view model_;
    std::string_view created_;
    bool is_error_ = false;
};

} // namespace aloft::chat
