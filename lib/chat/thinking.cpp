#include <aloft/thinking.hpp>

#include <algorithm>
#include <array>

namespace aloft::autoglm {
namespace {

constexpr std::string_view finish_marker = "finish(message=";
constexpr std::string_view do_marker = "do(action=";
constexpr std::array markers{finish_marker, do_marker};

std::string_view trimmed(std::string_view text) noexcept
{
    constexpr std::string_view spaces = " \t\r\n\f\v";
    text.remove_prefix(std::min(text.find_first_not_of(spaces), text.size()));
    text.remove_suffix(text.size() - (text.find_last_not_of(spaces) + 1));
    return text;
}

std::string without(std::string_view text, std::string_view tag)
{
    std::string rest;
    for (std::size_t at; (at = text.find(tag)) != std::string_view::npos;) {
        rest += text.substr(0, at);
        text.remove_prefix(at + tag.size());
    }
    return rest += text;
}

// The longest proper prefix of a marker that the text ends with, as a view of the marker.
std::string_view marker_begun(std::string_view text) noexcept
{
    std::string_view longest;
    for (std::string_view marker : markers) {
        for (std::size_t size = marker.size() - 1; size > longest.size(); --size) {
            if (text.ends_with(marker.substr(0, size)))
                longest = marker.substr(0, size);
        }
    }
    return longest;
}

} // namespace

reply_parts split_reply(std::string_view reply)
{
    reply_parts parts;
    for (std::string_view marker : markers) {
        const std::size_t at = reply.find(marker);
        if (at != std::string_view::npos) {
            parts.thinking = trimmed(reply.substr(0, at));
            parts.action = reply.substr(at);
            return parts;
        }
    }
    constexpr std::string_view answer = "<answer>";
    const std::size_t at = reply.find(answer);
    if (at == std::string_view::npos) {
        parts.action = reply;
        return parts;
    }
    parts.thinking = trimmed(without(without(reply.substr(0, at), "<think>"), "</think>"));
    parts.action = trimmed(without(reply.substr(at + answer.size()), "</answer>"));
    return parts;
}

split_pieces thinking_splitter::push(std::string_view content)
{
    split_pieces pieces;
    if (ended_) {
        pieces.action = content;
        return pieces;
    }
    if (!held_.empty()) {
        text_.assign(held_).append(content);
        held_ = {};
        content = text_;
    }
    const std::size_t at = std::min(content.find(finish_marker), content.find(do_marker));
    if (at != std::string_view::npos) {
        ended_ = true;
        pieces.thinking = content.substr(0, at);
        pieces.action = content.substr(at);
        return pieces;
    }
    held_ = marker_begun(content);
    pieces.thinking = content.substr(0, content.size() - held_.size());
    return pieces;
}

split_pieces thinking_splitter::finish() noexcept
{
    split_pieces pieces;
    pieces.thinking = held_;
    held_ = {};
    return pieces;
}

} // namespace aloft::autoglm
