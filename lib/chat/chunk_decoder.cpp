#include "chat/chunk_reader.hpp"
#include "chat/chunk_shapes.hpp"

#include <aloft/chat_delta.hpp>

#include <algorithm>
#include <bit>
#include <charconv>
#include <cstring>

namespace aloft::chat {
namespace {

// Nearly all events fit; a larger one makes the parser grow, and give that back afterwards.
constexpr std::size_t usual_size = std::size_t{4} << 10;
constexpr std::size_t kept_size = std::size_t{256} << 10;
constexpr std::size_t kept_text = std::size_t{16} << 10;

std::string_view trimmed(std::string_view text) noexcept
{
    constexpr std::string_view spaces = " \t\r\n";
    text.remove_prefix(std::min(text.find_first_not_of(spaces), text.size()));
    text.remove_suffix(text.size() - (text.find_last_not_of(spaces) + 1));
    return text;
}

} // namespace

struct chunk_decoder::parser {
    simdjson::ondemand::parser json;
    chunk_shapes shapes;
};

chunk_decoder::chunk_decoder() : parser_(std::make_unique<parser>()) {}
chunk_decoder::chunk_decoder(chunk_decoder&&) noexcept = default;
chunk_decoder& chunk_decoder::operator=(chunk_decoder&&) noexcept = default;
chunk_decoder::~chunk_decoder() = default;

error_code chunk_decoder::decode(std::string_view data, chunk& out, std::string_view event_type)
{
    out.kind_ = chunk_kind::deltas;
    out.count_ = 0;
    out.more_.clear();
    out.tool_calls_.clear();
    out.usage_.reset();
    out.error_.reset();
    if (out.text_capacity_ > kept_text) {
        out.text_.reset();
        out.text_capacity_ = 0;
    }

    if (!data.starts_with('{') || event_type != "message") {
        if (trimmed(data).starts_with("[DONE]")) {
            out.kind_ = chunk_kind::done;
            return {};
        }
        if (event_type == "error") {
            out.kind_ = chunk_kind::error;
            out.error_ = std::make_unique<api_error>(parse_api_error(0, data));
            return {};
        }
        if (event_type == "ping" || event_type == "keepalive" || trimmed(data).empty()) {
            out.kind_ = chunk_kind::keep_alive;
            return {};
        }
    } else if (parser_->shapes.read(data, out.first_)) {
        out.count_ = 1;
        return {};
    }
    out.first_ = delta();
    simdjson::ondemand::parser& json = parser_->json;
    if (json.capacity() < data.size()) {
        const std::size_t wanted = std::bit_ceil(std::max(data.size(), usual_size));
        if (json.allocate(wanted))
            return errc::invalid_event;
    }
    const error_code failed = chunk_reader(json, data, out).read();
    if (json.capacity() > kept_size)
        json = simdjson::ondemand::parser();
    if (!failed && out.kind_ == chunk_kind::deltas && out.count_ == 1)
        parser_->shapes.learn(data, out.first_);
    return failed;
}

std::int64_t delta::created() const noexcept
{
    std::int64_t seconds = 0;
    std::from_chars(created_.data(), created_.data() + created_.size(), seconds);
    return seconds;
}

owned_delta::owned_delta(const delta& from) :
    view_(from), tool_calls_(from.tool_calls.begin(), from.tool_calls.end())
{
    std::size_t size = 0;
    const auto each_text = [this](auto&& visit) {
        for (std::string_view* text :
             {&view_.id, &view_.model, &view_.created_, &view_.role, &view_.content,
              &view_.reasoning, &view_.refusal, &view_.finish_reason})
            visit(*text);
        for (tool_call_delta& call : tool_calls_) {
            visit(call.id);
            visit(call.name);
            visit(call.arguments);
        }
    };
    each_text([&](std::string_view& text) { size += text.size(); });
    text_ = std::make_unique_for_overwrite<char[]>(size + 1);
    char* to = text_.get();
    each_text([&](std::string_view& text) {
        if (text.data() == nullptr)
            return;
        std::memcpy(to, text.data(), text.size());
        text = {to, text.size()};
        to += text.size();
    });
    view_.tool_calls = tool_calls_;
    if (from.usage) {
        usage_ = std::make_unique<chat::usage>(*from.usage);
        view_.usage = usage_.get();
    }
}

owned_delta::owned_delta(const owned_delta& other) : owned_delta(other.view_) {}

owned_delta& owned_delta::operator=(const owned_delta& other)
{
    if (this != &other)
        *this = owned_delta(other);
    return *this;
}

} // namespace aloft::chat
