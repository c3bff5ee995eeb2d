#include "sse/line_scan.hpp"

#include <aloft/sse.hpp>

#include <algorithm>
#include <charconv>
#include <cstring>
#include <string>
#include <utility>

namespace aloft::sse {
namespace {

// The bits of decoder::state_. None set: between two lines, no block begun, nothing to clean up.
constexpr std::uint8_t at_start = 1; // the byte order mark may still come
constexpr std::uint8_t after_cr = 2; // an LF that comes next belongs to the line that ended
constexpr std::uint8_t in_block = 4; // data, type or id of an unfinished block are carried
constexpr std::uint8_t in_line = 8; // the beginning of an unfinished line is carried
constexpr std::uint8_t in_comment = 16; // inside a comment, of which nothing is kept
constexpr std::uint8_t delivered = 32; // the event last handed out borrows what is carried
constexpr std::uint8_t failed = 64;

constexpr std::size_t slack = 64; // bytes a JSON parser may read behind the data
constexpr std::size_t least_limit = 16;
constexpr std::string_view mark = "\xEF\xBB\xBF";
constexpr std::string_view data_prefix = "data:";

std::string_view without_leading_space(std::string_view value) noexcept
{
    if (value.starts_with(' '))
        value.remove_prefix(1);
    return value;
}

} // namespace

// What outlives a call. Allocated when first needed, given back between events.
struct decoder::carried {
    std::string line; // the beginning of an unfinished line
    std::string data; // of the unfinished block, or of the event just handed out
    std::string type;
    std::string id; // takes effect with the block's empty line
    std::string last_id;
    std::optional<std::chrono::milliseconds> retry;
    bool has_data = false;
};

// What was seen of the current block within one call, still lying in the input.
struct decoder::pass {
    std::string_view data;
    std::string_view type;
    bool has_data = false;
    bool has_type = false;
};

decoder::decoder(std::size_t limit) noexcept :
    limit_(std::max(limit, least_limit)), state_(at_start)
{
}

decoder::decoder(std::size_t limit, std::string_view last_event_id) : decoder(limit)
{
    if (!last_event_id.empty())
        carry().id = carry().last_id = last_event_id;
}

decoder::decoder(decoder&&) noexcept = default;
decoder& decoder::operator=(decoder&&) noexcept = default;
decoder::~decoder() = default;

std::string_view decoder::last_event_id() const noexcept
{
    return carried_ ? std::string_view(carried_->last_id) : std::string_view();
}

std::optional<std::chrono::milliseconds> decoder::retry() const noexcept
{
    return carried_ ? carried_->retry : std::nullopt;
}

decode_result decoder::decode(std::string_view input, event& out)
{
    if (state_ & delivered)
        forget_delivered();
    // Nearly every event of a model server is one data line and an LF, seen whole: one scan.
    if (state_ == 0 && input.starts_with(data_prefix)) {
        const char* const begin = input.data();
        const char* const end = begin + input.size();
        const char* const line_end = find_line_end(begin + data_prefix.size(), end);
        if (end - line_end >= 2 && line_end[0] == '\n' && line_end[1] == '\n' &&
            static_cast<std::size_t>(line_end - begin) <= limit_) {
            const char* data = begin + data_prefix.size();
            data += *data == ' ';
            out.type = "message";
            out.data = {data, static_cast<std::size_t>(line_end - data)};
            out.last_event_id = last_event_id();
            return {static_cast<std::size_t>(line_end + 2 - begin), outcome::event, true};
        }
    }
    if (input.empty() && !carried_)
        return {0, state_ & failed ? outcome::too_large : outcome::need_more, false};
    if (state_ & failed)
        return {input.size(), outcome::too_large, false};
    const std::size_t skipped = skip_byte_order_mark(input);
    decode_result result = decode_lines(input.substr(skipped), out);
    result.consumed += skipped;
    if (result.what == outcome::too_large) {
        carried_.reset();
        state_ = failed;
        result.consumed = input.size();
    } else if (result.what == outcome::need_more) {
        release_idle();
    }
    return result;
}

// The mark may arrive byte by byte. Bytes that turn out to be none begin the first line.
std::size_t decoder::skip_byte_order_mark(std::string_view input)
{
    if (!(state_ & at_start))
        return 0;
    std::size_t skipped = 0;
    while (skipped < input.size() && byte_order_mark_ < mark.size() &&
           input[skipped] == mark[byte_order_mark_]) {
        ++skipped;
        ++byte_order_mark_;
    }
    if (byte_order_mark_ == mark.size()) {
        state_ &= static_cast<std::uint8_t>(~at_start);
    } else if (skipped < input.size()) {
        state_ &= static_cast<std::uint8_t>(~at_start);
        if (byte_order_mark_ != 0) {
            carry().line.assign(mark.substr(0, byte_order_mark_));
            state_ |= in_line;
        }
    }
    return skipped;
}

decode_result decoder::decode_lines(std::string_view input, event& out)
{
    const char* const begin = input.data();
    const char* const end = begin + input.size();
    const char* at = begin;
    pass now;
    bool progress = false;

    for (;;) {
        if ((state_ & after_cr) && at != end) {
            state_ &= static_cast<std::uint8_t>(~after_cr);
            at += *at == '\n';
        }
        const char* const line_end = find_line_end(at, end);
        std::string_view line(at, static_cast<std::size_t>(line_end - at));
        if (line_end == end) {
            const bool kept = keep_rest(line, now);
            return {input.size(), kept ? outcome::need_more : outcome::too_large, progress};
        }
        at = line_end + 1;
        if (*line_end == '\r')
            state_ |= after_cr;
        progress = true;

        if (state_ & in_comment) {
            state_ &= static_cast<std::uint8_t>(~in_comment);
            continue;
        }
        const bool from_input = !(state_ & in_line);
        if (!from_input) {
            if (line.size() > limit_ - carried_->line.size())
                return {input.size(), outcome::too_large, progress};
            line = carried_->line.append(line);
        }
        if (!line.empty()) {
            if (!take_line(line, from_input, now))
                return {input.size(), outcome::too_large, progress};
            if (!from_input) {
                carried_->line.clear();
                state_ &= static_cast<std::uint8_t>(~in_line);
            }
        } else if (dispatch(now, out)) {
            return {static_cast<std::size_t>(at - begin), outcome::event, progress};
        }
    }
}

// False if the line, or the data with it, exceeds the limit.
bool decoder::take_line(std::string_view line, bool from_input, pass& now)
{
    if (line.front() == ':')
        return true;
    if (line.size() > limit_)
        return false;
    const std::size_t colon = std::min(line.find(':'), line.size());
    const std::string_view name = line.substr(0, colon);
    const std::string_view value =
        without_leading_space(line.substr(std::min(colon + 1, line.size())));
    if (name == "data")
        return take_data(value, from_input, now);
    if (name == "event") {
        now.has_type = from_input;
        now.type = value;
        if (!from_input) {
            carry().type = value;
            state_ |= in_block;
        }
    } else if (name == "id") {
        take_id(value);
    } else if (name == "retry") {
        take_retry(value);
    }
    return true;
}

bool decoder::take_data(std::string_view value, bool from_input, pass& now)
{
    const bool first = !now.has_data && !((state_ & in_block) && carried_->has_data);
    if (first && from_input) {
        now.data = value;
        now.has_data = true;
        return true;
    }
    carried& kept = carry();
    state_ |= in_block;
    if (now.has_data) {
        kept.data = now.data;
        now.has_data = false;
    }
    if (!first)
        kept.data += '\n';
    kept.has_data = true;
    if (value.size() > limit_ - std::min(limit_, kept.data.size()))
        return false;
    kept.data += value;
    return true;
}

void decoder::take_id(std::string_view value)
{
    if (value.find('\0') != std::string_view::npos || (!carried_ && value.empty()))
        return;
    carry().id = value;
    state_ |= in_block;
}

void decoder::take_retry(std::string_view value)
{
    const bool digits =
        std::all_of(value.begin(), value.end(), [](char c) { return c >= '0' && c <= '9'; });
    if (value.empty() || !digits)
        return;
    std::int64_t milliseconds = 0;
    const auto parsed = std::from_chars(value.data(), value.data() + value.size(), milliseconds);
    if (parsed.ec == std::errc())
        carry().retry = std::chrono::milliseconds(milliseconds);
}

// An empty line. False if the block has no data, and so is no event.
bool decoder::dispatch(pass& now, event& out)
{
    const pass seen = std::exchange(now, pass());
    if (carried_)
        carried_->last_id = carried_->id;
    const bool block = state_ & in_block;
    state_ &= static_cast<std::uint8_t>(~in_block);
    if (!seen.has_data && !(block && carried_->has_data)) {
        if (block)
            carried_->type.clear();
        return false;
    }
    out.last_event_id = last_event_id();
    out.data = seen.data;
    out.type = seen.type;
    if (block) {
        state_ |= delivered;
        if (!seen.has_data) {
            const std::size_t size = carried_->data.size();
            carried_->data.append(slack, '\0');
            out.data = std::string_view(carried_->data).substr(0, size);
        }
        if (!seen.has_type)
            out.type = carried_->type;
    }
    if (out.type.empty())
        out.type = "message";
    return true;
}

// The end of the input: what is unfinished moves out of it. False if it exceeds the limit.
bool decoder::keep_rest(std::string_view rest, pass& now)
{
    if (now.has_data || now.has_type) {
        carried& kept = carry();
        state_ |= in_block;
        if (now.has_data)
            kept.data = now.data;
        if (now.has_type)
            kept.type = now.type;
        kept.has_data |= now.has_data;
    }
    if (rest.empty() || (state_ & in_comment))
        return true;
    if (!(state_ & in_line) && rest.front() == ':') {
        state_ |= in_comment;
        return true;
    }
    std::string& line = carry().line;
    if (rest.size() > limit_ - line.size())
        return false;
    line += rest;
    state_ |= in_line;
    return true;
}

decoder::carried& decoder::carry()
{
    if (!carried_)
        carried_ = std::make_unique<carried>();
    return *carried_;
}

void decoder::forget_delivered() noexcept
{
    state_ &= static_cast<std::uint8_t>(~delivered);
    carried_->data.clear();
    carried_->type.clear();
    carried_->has_data = false;
}

void decoder::release_idle() noexcept
{
    if (!carried_ || (state_ & (in_block | in_line)))
        return;
    if (carried_->id.empty() && carried_->last_id.empty() && !carried_->retry) {
        carried_.reset();
        return;
    }
    std::string().swap(carried_->line);
    std::string().swap(carried_->data);
    std::string().swap(carried_->type);
}

} // namespace aloft::sse
