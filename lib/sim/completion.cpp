#include "sim/completion.hpp"

#include "chat/json_text.hpp"

#include <algorithm>

namespace aloft::sim {
namespace {

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
    text_(&chunks_of(settings.dialect())),
    dialect_(settings.dialect()),
    include_usage_(asked.include_usage),
    obfuscated_(dialect_ == dialect::openai && asked.include_obfuscation)
{
    opening_ = "{\"id\":\"" + id_of(random_) + "\",\"object\":\"chat.completion";
    opening_ += asked.stream ? ".chunk" : "";
    opening_.append("\",\"created\":").append(created).append(",\"model\":");
    chat::json::append_string(opening_, asked.model);
    opening_.append(text_->header).append(",\"choices\":[");
    event_ = "data: " + opening_ + "{\"index\":0";
    event_ += text_->before_token;

    const auto low = std::max<std::size_t>(settings.tokens_low(), 1);
    const auto high = std::max(settings.tokens_high(), low);
    for (auto& one : choices_) {
        one.pieces = low + random_.below(high - low + 1);
        one.tokens = vocabulary::instance().compose(random_, one.pieces);
        if (settings.separate_reasoning())
            one.thought = vocabulary::instance().thought_of(one.tokens);
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

void completion::write_tokens(const choice& from, std::size_t begin, std::size_t end,
                              std::string& out)
{
    const auto& words = vocabulary::instance();
    for (auto at = begin; at != end; ++at) {
        if (at >= from.thought || !words.is_tag(from.tokens[at]))
            out.append(words.escaped(from.tokens[at]));
    }
}

std::size_t completion::write_step(std::size_t which, std::string& out) const
{
    std::size_t events = 0;
    for (std::size_t index = 0; index != choices_.size(); ++index) {
        const auto& one = choices_[index];
        if (which == 0 && !text_->role.empty()) {
            begin_event(index, out);
            out.append(",\"delta\":").append(text_->role).append(text_->unfinished);
            end_event(out);
            ++events;
        }
        if (which >= one.sent)
            continue;
        events += write_piece(index, which, out);
        if (which + 1 == one.sent && !ends_with_token(one)) {
            begin_event(index, out);
            out.append(",\"delta\":").append(text_->last_delta);
            end_with_reason(index, out);
            ++events;
        }
    }
    return which + 1 == longest_ ? events + finish(out) : events;
}

/// vLLM tells that a text was cut together with its last token.
bool completion::ends_with_token(const choice& one) const noexcept
{
    return dialect_ == dialect::vllm && one.sent < one.pieces;
}

/// There may be fewer tokens than pieces asked for, never more pieces than tokens. Returns how many
/// events it takes: where a thought ends within the piece, two; none for a thought nobody is told.
std::size_t completion::write_piece(std::size_t index, std::size_t piece, std::string& out) const
{
    const auto& one = choices_[index];
    const auto count = one.tokens.size();
    const auto begin = piece * count / one.pieces;
    const auto end = (piece + 1) * count / one.pieces;
    const auto turn = std::clamp(one.thought, begin, end);
    const bool ends = piece + 1 == one.sent && ends_with_token(one);
    const bool tells = turn != begin && !text_->before_thought.empty();
    if (tells)
        write_thought(index, begin, turn, out);
    if (turn == end && turn != begin && !ends)
        return tells ? 1 : 0;

    if (index == 0) {
        out.append(event_);
    } else {
        begin_event(index, out);
        out.append(text_->before_token);
    }
    write_tokens(one, turn, end, out);
    out.append(text_->after_token);
    if (ends) {
        end_with_reason(index, out);
    } else {
        out.append(text_->unfinished);
        end_event(out);
    }
    return tells ? 2 : 1;
}

void completion::write_thought(std::size_t index, std::size_t begin, std::size_t end,
                               std::string& out) const
{
    begin_event(index, out);
    out.append(text_->before_thought);
    write_tokens(choices_[index], begin, end, out);
    out.append(text_->after_thought).append(text_->unfinished);
    end_event(out);
}

void completion::write_reason(const choice& of, std::string& out) const
{
    out.append(text_->before_reason).append(finish_reason(of)).append("\"");
    out.append(of.sent < of.pieces ? text_->after_length : text_->after_stop);
}

/// Ends the last event of a choice. z.ai counts with the last finish reason of all; llama.cpp
/// measures with whatever comes last.
void completion::end_with_reason(std::size_t index, std::string& out) const
{
    write_reason(choices_[index], out);
    const auto is_earlier = [&](const choice& other) {
        return other.sent < longest_ || &other <= &choices_[index];
    };
    const bool last = choices_[index].sent == longest_ &&
                      std::all_of(choices_.begin(), choices_.end(), is_earlier);
    std::string more;
    if (last && dialect_ == dialect::zai)
        write_usage(more);
    else if (last && dialect_ == dialect::llama_cpp && !include_usage_)
        write_timings(more);
    end_event(out, more);
}

/// Closes an event behind its last choice; `more`: members that stand behind the choices.
void completion::end_event(std::string& out, std::string_view more) const
{
    out += "]";
    if (!more.empty())
        out.append(",").append(more);
    if (dialect_ == dialect::openai && include_usage_)
        out += ",\"usage\":null";
    if (obfuscated_) // pads events, so that their length tells nothing of the token's
        out.append(",\"obfuscation\":\"").append(1 + out.size() % 13, 'x').append("\"");
    out += "}\n\n";
}

std::size_t completion::finish(std::string& out) const
{
    const bool usage = include_usage_ && dialect_ != dialect::zai;
    if (usage) {
        out.append("data: ").append(opening_).append("],");
        write_usage(out);
        if (dialect_ == dialect::llama_cpp)
            write_timings(out.append(","));
        out += "}\n\n";
    }
    out += "data: [DONE]\n\n";
    return usage ? 2 : 1;
}

/// Of the mean times, since nothing is measured here.
void completion::write_timings(std::string& out) const
{
    const auto made = std::to_string(tokens_after(0));
    out.append("\"timings\":{\"prompt_n\":").append(std::to_string(prompt_tokens_));
    out.append(",\"prompt_ms\":").append(std::to_string(first_token_->mean().count() / 1000));
    out.append(",\"predicted_n\":").append(made);
    out.append(",\"predicted_per_token_ms\":");
    out.append(std::to_string(token_gap_->mean().count() / 1000)).append("}");
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

void completion::write_message(const choice& of, std::string& out) const
{
    const auto end = of.sent * of.tokens.size() / of.pieces;
    const auto turn = std::min(of.thought, end);
    out += ",\"message\":{\"role\":\"assistant\",\"content\":\"";
    write_tokens(of, turn, end, out);
    if (turn != 0 && !text_->thought_name.empty()) {
        out.append("\",\"").append(text_->thought_name).append("\":\"");
        write_tokens(of, 0, turn, out);
    }
    out += "\"}";
}

std::string completion::write_whole() const
{
    std::string out = opening_;
    for (std::size_t index = 0; index != choices_.size(); ++index) {
        const auto& one = choices_[index];
        out.append(index == 0 ? "{\"index\":" : ",{\"index\":").append(std::to_string(index));
        write_message(one, out);
        write_reason(one, out);
    }
    out += "],";
    write_usage(out);
    if (dialect_ == dialect::llama_cpp)
        write_timings(out.append(","));
    return out + "}";
}

} // namespace aloft::sim
