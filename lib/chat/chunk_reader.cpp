#include "chat/chunk_reader.hpp"

#include <cstring>
#include <utility>

#ifdef __SSE2__
#include <emmintrin.h>
#endif

namespace aloft::chat {
namespace {

using simdjson::ondemand::field;
using simdjson::ondemand::raw_json_string;

// Compares a key still in its JSON form with `name`, which includes the closing quote. Reading
// behind the key is covered by the slack behind the document.
template <std::size_t size>
bool is(const char* key, const char (&name)[size]) noexcept
{
    return std::memcmp(key, name, size - 1) == 0;
}

bool is_null(simdjson::ondemand::value& from) noexcept
{
    return from.raw_json_token().front() == 'n';
}

// A null is as good as no field.
simdjson::error_code null_or(simdjson::error_code failed, simdjson::ondemand::value& from) noexcept
{
    return is_null(from) ? simdjson::SUCCESS : failed;
}

// May look at up to 15 bytes behind the token, which is covered likewise. What it finds there sends
// the text the slow way, no more.
bool has_backslash(std::string_view token) noexcept
{
#ifdef __SSE2__
    const __m128i backslash = _mm_set1_epi8('\\');
    __m128i found = _mm_setzero_si128();
    for (std::size_t at = 0; at < token.size(); at += 16) {
        __m128i block;
        std::memcpy(&block, token.data() + at, sizeof block);
        found = _mm_or_si128(found, _mm_cmpeq_epi8(block, backslash));
    }
    return _mm_movemask_epi8(found) != 0;
#else
    return token.find('\\') != std::string_view::npos;
#endif
}

// Calls visit(key, value) for the fields in their order, until one fails. A value that is not
// looked at is skipped.
template <class Visit>
simdjson::error_code for_each_field(simdjson::ondemand::object& fields, Visit visit)
{
    for (auto each : fields) {
        if (each.error())
            return each.error();
        field&& one = std::move(each).value_unsafe();
        if (const simdjson::error_code failed = visit(one.key().raw(), one.value()))
            return failed;
    }
    return simdjson::SUCCESS;
}

} // namespace

error_code chunk_reader::read()
{
    simdjson::ondemand::document document;
    simdjson::ondemand::object fields;
    failure failed =
        parser_.iterate(json_.data(), json_.size(), json_.size() + simdjson::SIMDJSON_PADDING)
            .get(document);
    if (!failed)
        failed = document.get_object().get(fields);
    if (!failed)
        failed = top(fields);
    if (is_error_) {
        out_.kind_ = chunk_kind::error;
        out_.error_ = std::make_unique<api_error>(parse_api_error(0, json_));
        return {};
    }
    // Something behind the object is told by there being a location to tell.
    if (failed || document.current_location().error() != simdjson::OUT_OF_BOUNDS)
        return errc::invalid_event;
    complete();
    return {};
}

chunk_reader::failure chunk_reader::top(object& fields)
{
    return for_each_field(fields, [this](const char* key, value& content) -> failure {
        switch (*key) {
        case 'c':
            if (is(key, "choices\""))
                return choices(content);
            if (is(key, "created\""))
                created_ = content.raw_json_token();
            break;
        case 'i': return is(key, "id\"") ? text(content, id_) : simdjson::SUCCESS;
        case 'm': return is(key, "model\"") ? text(content, model_) : simdjson::SUCCESS;
        case 'u': return is(key, "usage\"") ? usage(content) : simdjson::SUCCESS;
        case 'e': is_error_ = is(key, "error\"") && !is_null(content); break;
        case 'o':
            is_error_ = is(key, "object\"") && content.raw_json_token().starts_with("\"error\"");
            break;
        default: break;
        }
        return is_error_ ? simdjson::INCORRECT_TYPE : simdjson::SUCCESS; // ends the walk
    });
}

chunk_reader::failure chunk_reader::choices(value& from)
{
    simdjson::ondemand::array list;
    if (failure failed = from.get_array().get(list))
        return null_or(failed, from);
    for (auto each : list) {
        object fields;
        if (failure failed = each.get_object().get(fields))
            return failed;
        if (failure failed = choice(fields))
            return failed;
    }
    return simdjson::SUCCESS;
}

chunk_reader::failure chunk_reader::choice(object& fields)
{
    delta& to = next_delta();
    to.has_choice = true;
    return for_each_field(fields, [&](const char* key, value& content) -> failure {
        switch (*key) {
        case 'd': return is(key, "delta\"") ? message(content, to) : simdjson::SUCCESS;
        case 'm': return is(key, "message\"") ? message(content, to) : simdjson::SUCCESS;
        case 'i': return is(key, "index\"") ? index(content, to.index) : simdjson::SUCCESS;
        case 'f':
            return is(key, "finish_reason\"") ? text(content, to.finish_reason) : simdjson::SUCCESS;
        default: return simdjson::SUCCESS;
        }
    });
}

chunk_reader::failure chunk_reader::message(value& from, delta& to)
{
    object fields;
    if (failure failed = from.get_object().get(fields))
        return null_or(failed, from);
    return for_each_field(fields, [&](const char* key, value& content) -> failure {
        if (is(key, "content\""))
            return text(content, to.content);
        if (is(key, "role\""))
            return text(content, to.role);
        if (is(key, "reasoning_content\"") || is(key, "reasoning\""))
            return reasoning(content, key[9] == '_', to);
        if (is(key, "tool_calls\""))
            return tool_calls(content, to);
        if (is(key, "refusal\""))
            return text(content, to.refusal);
        return simdjson::SUCCESS;
    });
}

// Servers in the middle of renaming the field send both, with the same text.
chunk_reader::failure chunk_reader::reasoning(value& from, bool preferred, delta& to)
{
    std::string_view thinking;
    const failure failed = text(from, thinking);
    if (thinking.data() && (to.reasoning.empty() || (preferred && !thinking.empty())))
        to.reasoning = thinking;
    return failed;
}

chunk_reader::failure chunk_reader::tool_calls(value& from, delta& to)
{
    simdjson::ondemand::array list;
    if (failure failed = from.get_array().get(list))
        return null_or(failed, from);
    std::vector<tool_call_delta>& calls = out_.tool_calls_;
    std::uint32_t position = 0;
    for (auto each : list) {
        object fields;
        if (failure failed = each.get_object().get(fields))
            return failed;
        if (position == chunk_decoder::max_index)
            return simdjson::INDEX_OUT_OF_BOUNDS;
        tool_call_delta& call = calls.emplace_back();
        call.index = position++; // a whole message numbers its calls by their order only
        if (failure failed = tool_call(fields, call))
            return failed;
    }
    const std::size_t count = to.tool_calls.size() + position;
    to.tool_calls = {calls.data() + (calls.size() - count), count};
    return simdjson::SUCCESS;
}

chunk_reader::failure chunk_reader::tool_call(object& fields, tool_call_delta& to)
{
    return for_each_field(fields, [&](const char* key, value& content) -> failure {
        if (is(key, "index\""))
            return is_null(content) ? simdjson::SUCCESS : index(content, to.index);
        if (is(key, "id\""))
            return text(content, to.id);
        if (is(key, "function\""))
            return function(content, to);
        return simdjson::SUCCESS;
    });
}

chunk_reader::failure chunk_reader::function(value& from, tool_call_delta& to)
{
    object fields;
    if (failure failed = from.get_object().get(fields))
        return null_or(failed, from);
    return for_each_field(fields, [&](const char* key, value& content) -> failure {
        if (is(key, "arguments\""))
            return text(content, to.arguments);
        if (is(key, "name\""))
            return text(content, to.name);
        return simdjson::SUCCESS;
    });
}

chunk_reader::failure chunk_reader::usage(value& from)
{
    object fields;
    if (failure failed = from.get_object().get(fields))
        return null_or(failed, from);
    chat::usage& to = out_.usage_.emplace();
    return for_each_field(fields, [&](const char* key, value& content) -> failure {
        if (is(key, "prompt_tokens\""))
            return count(content, to.prompt_tokens);
        if (is(key, "completion_tokens\""))
            return count(content, to.completion_tokens);
        if (is(key, "total_tokens\""))
            return count(content, to.total_tokens);
        if (is(key, "prompt_tokens_details\"") || is(key, "completion_tokens_details\""))
            return usage_details(content, to);
        return simdjson::SUCCESS;
    });
}

chunk_reader::failure chunk_reader::usage_details(value& from, chat::usage& to)
{
    object fields;
    if (failure failed = from.get_object().get(fields))
        return null_or(failed, from);
    return for_each_field(fields, [&](const char* key, value& content) -> failure {
        if (is(key, "cached_tokens\""))
            return count(content, to.cached_tokens);
        if (is(key, "reasoning_tokens\""))
            return count(content, to.reasoning_tokens);
        return simdjson::SUCCESS;
    });
}

chunk_reader::failure chunk_reader::count(value& from, std::uint64_t& to)
{
    return is_null(from) ? simdjson::SUCCESS : from.get_uint64().get(to);
}

chunk_reader::failure chunk_reader::index(value& from, std::uint32_t& to)
{
    const std::string_view token = from.raw_json_token();
    if (token.size() == 1 && token.front() >= '0' && token.front() <= '9') {
        to = static_cast<std::uint32_t>(token.front() - '0');
        return simdjson::SUCCESS;
    }
    std::uint64_t number = 0;
    if (failure failed = from.get_uint64().get(number))
        return failed;
    if (number >= chunk_decoder::max_index)
        return simdjson::INDEX_OUT_OF_BOUNDS;
    to = static_cast<std::uint32_t>(number);
    return simdjson::SUCCESS;
}

// A string without escapes, and most are, is handed out where it lies. The token ends behind the
// closing quote and whatever white space follows it.
[[gnu::always_inline]] inline chunk_reader::failure chunk_reader::text(value& from,
                                                                       std::string_view& to)
{
    const std::string_view token = from.raw_json_token();
    raw_json_string inside;
    if (token.front() == 'n')
        return simdjson::SUCCESS;
    if (failure failed = from.get_raw_json_string().get(inside))
        return failed;
    if (has_backslash(token))
        return escaped(inside, to);
    std::size_t end = token.size() - 1;
    while (token[end] != '"')
        --end;
    to = token.substr(1, end - 1);
    return simdjson::SUCCESS;
}

// The parser is shared by all streams, so its own string buffer cannot hold what a stream borrows.
chunk_reader::failure chunk_reader::escaped(raw_json_string from, std::string_view& to)
{
    if (!free_text_) {
        const std::size_t needed = json_.size() + simdjson::SIMDJSON_PADDING;
        if (out_.text_capacity_ < needed) {
            out_.text_ = std::make_unique_for_overwrite<char[]>(needed);
            out_.text_capacity_ = needed;
        }
        free_text_ = reinterpret_cast<std::uint8_t*>(out_.text_.get());
    }
    return parser_.unescape(from, free_text_).get(to);
}

delta& chunk_reader::next_delta()
{
    if (out_.count_++ == 0)
        return out_.first_;
    if (out_.more_.empty())
        out_.more_.push_back(out_.first_);
    return out_.more_.emplace_back();
}

// What belongs to the whole chunk may stand behind the choices, and the list of tool calls grows.
void chunk_reader::complete()
{
    if (out_.count_ == 0 && out_.usage_)
        next_delta();
    complete(out_.first_);
    const tool_call_delta* calls = out_.tool_calls_.data();
    out_.first_.tool_calls = {calls, out_.first_.tool_calls.size()};
    for (delta& one : out_.more_) {
        complete(one);
        one.tool_calls = {calls, one.tool_calls.size()};
        calls += one.tool_calls.size();
    }
}

void chunk_reader::complete(delta& one)
{
    one.id = id_;
    one.model = model_;
    one.created_ = created_;
    if (out_.usage_)
        one.usage = &*out_.usage_;
}

} // namespace aloft::chat
