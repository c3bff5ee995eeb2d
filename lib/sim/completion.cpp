#include "sim/completion.hpp"

#include "chat/json_text.hpp"

#include <algorithm>

namespace aloft::sim {
namespace {

constexpr std::string_view before_token = ",\"delta\":{\"content\":\"";
constexpr std::string_view after_token = "\"},\"logprobs\":null,\"finish_reason\":null}]}\n\n";

void append_hex(std::string& out, std::uint64_t value)
{
    for (int shift = 60; shift >= 0; shift -= 4)
        out.push_back("0123456789abcdef"[value >> shift & 15]);
}

std::string id_of(random_source& random)
{
    std::string id = "chatcmpl-";
    append_hex(id, random.next());
    append_hex(id, random.next());
    return id;
}

} // namespace

completion::completion(const completion_request& asked, const options& settings,
                       random_source random) :
    random_(random),
    first_token_(&settings.first_token()),
    token_gap_(&settings.token_gap()),
    choices_(asked.n),
    prompt_tokens_(asked.prompt_tokens()),
    include_usage_(asked.include_usage)
{
    opening_ = "{\"id\":\"" + id_of(random_) + "\",\"object\":\"chat.completion";
    opening_ += asked.stream ? ".chunk" : "";
    opening_.append("\",\"created\":").append(created).append(",\"model\":");
    chat::json::append_string(opening_, asked.model);
    opening_ += ",\"choices\":[";
    event_ = "data: " + opening_ + "{\"index\":0";
    event_ += before_token;

    const auto low = std::max<std::size_t>(settings.tokens_low(), 1);
    const auto high = std::max(settings.tokens_high(), low);
    for (auto& one : choices_) {
        one.pieces = low + random_.below(high - low + 1);
        one.tokens = vocabulary::instance().compose(random_, one.pieces);
        one.sent = std::min<std::size_t>(one.pieces, asked.max_tokens.value_or(one.pieces));
        longest_ = std::max(longest_, one.sent);
    }
}

std::uint64_t completion::tokens_after(std::size_t from) const noexcept
{
    std::uint64_t count = 0;
    for (const auto& one : choices_)
        count += one.sent - std::min(one.sent, from);
    return count;
}

void completion::begin_event(std::size_t index, std::string& out) const
{
    out.append("data: ").append(opening_).append("{\"index\":").append(std::to_string(index));
}

/// There may be fewer tokens than pieces asked for, never more pieces than tokens.
void completion::write_piece(const choice& from, std::size_t piece, std::string& out) const
{
    const auto& words = vocabulary::instance();
    const auto count = from.tokens.size();
    auto at = piece * count / from.pieces;
    for (const auto end = (piece + 1) * count / from.pieces; at != end; ++at)
        out.append(words.escaped(from.tokens[at]));
}

std::size_t completion::write_step(std::size_t which, std::string& out) const
{
    std::size_t events = 0;
    for (std::size_t index = 0; index != choices_.size(); ++index) {
        const auto& one = choices_[index];
        if (which == 0) {
            begin_event(index, out);
            out += ",\"delta\":{\"role\":\"assistant\",\"content\":\"\"},\"logprobs\":null,"
                   "\"finish_reason\":null}]}\n\n";
            ++events;
        }
        if (which >= one.sent)
            continue;
        if (index == 0) {
            out.append(event_);
        } else {
            begin_event(index, out);
            out.append(before_token);
        }
        write_piece(one, which, out);
        out.append(after_token);
        ++events;
        if (which + 1 == one.sent) {
            begin_event(index, out);
            out += ",\"delta\":{\"content\":\"\"},\"logprobs\":null,\"finish_reason\":\"";
            out.append(finish_reason(one)).append("\",\"stop_reason\":null}]}\n\n");
            ++events;
        }
    }
    return which + 1 == longest_ ? events + finish(out) : events;
}

std::size_t completion::finish(std::string& out) const
{
    if (include_usage_) {
        out.append("data: ").append(opening_).append("],");
        write_usage(out);
        out += "}\n\n";
    }
    out += "data: [DONE]\n\n";
    return include_usage_ ? 2 : 1;
}

void completion::write_usage(std::string& out) const
{
    const auto made = tokens_after(0);
    out.append("\"usage\":{\"prompt_tokens\":").append(std::to_string(prompt_tokens_));
    out.append(",\"total_tokens\":").append(std::to_string(prompt_tokens_ + made));
    out.append(",\"completion_tokens\":").append(std::to_string(made)).append("}");
}

std::string_view completion::finish_reason(const choice& of) const noexcept
{
    return of.sent < of.pieces ? "length" : "stop";
}

std::string completion::write_whole() const
{
    std::string out = opening_;
    for (std::size_t index = 0; index != choices_.size(); ++index) {
        const auto& one = choices_[index];
        out.append(index == 0 ? "{\"index\":" : ",{\"index\":").append(std::to_string(index));
        out += ",\"message\":{\"role\":\"assistant\",\"content\":\"";
        for (std::size_t piece = 0; piece != one.sent; ++piece)
            write_piece(one, piece, out);
        out.append("\"},\"logprobs\":null,\"finish_reason\":\"").append(finish_reason(one));
        out += "\",\"stop_reason\":null}";
    }
    out += "],";
    write_usage(out);
    return out + "}";
}

} // namespace aloft::sim
