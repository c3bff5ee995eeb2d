#include "chat/action_finder.hpp"

#include "chat/action_space.hpp"

#include <aloft/action.hpp>

#include <algorithm>
#include <array>

namespace aloft::autoglm {
namespace {

constexpr std::string_view think = "<think>";
constexpr std::string_view thought = "</think>";
constexpr std::string_view finish_call = "finish(";
constexpr std::string_view finish_marker = "finish(message=";
constexpr std::string_view do_call = "do(";
constexpr std::string_view do_marker = "do(action=";

constexpr std::uint8_t deepest = 16; // beyond what parse_action takes

} // namespace

bool action_finder::look(std::string_view text)
{
    while (step_ != step::found && step_ != step::given_up) {
        if (step_ == step::seeking || step_ == step::thinking) {
            if (!seek(text))
                return false;
        } else if (at_ == text.size()) {
            return false;
        } else if (at_ - begin_ == max_action_size) {
            step_ = step::given_up;
        } else {
            take(text[at_++]);
            if (depth_ == 0)
                check(text.substr(begin_, at_ - begin_));
        }
    }
    return step_ == step::found;
}

// Goes to the next marker; false where there is none yet.
bool action_finder::seek(std::string_view text)
{
    const auto held_back = [&](std::string_view longest) {
        at_ = std::max(at_, text.size() - std::min(text.size(), longest.size() - 1));
        return false;
    };
    if (step_ == step::thinking) {
        const auto end = text.find(thought, at_);
        if (end == std::string_view::npos)
            return held_back(thought);
        at_ = end + thought.size();
        step_ = step::seeking;
        return true;
    }
    const auto thinks = text.find(think, at_);
    const auto does = text.find(do_marker, at_);
    const auto finishes = text.find(finish_marker, at_);
    const auto first = std::min({thinks, does, finishes});
    if (first == std::string_view::npos)
        return held_back(finish_marker);
    if (first == thinks) {
        at_ = first + think.size();
        step_ = step::thinking;
        return true;
    }
    begin_ = first;
    at_ = first + (first == does ? do_call : finish_call).size();
    depth_ = 1;
    step_ = step::after_comma;
    return true;
}

void action_finder::take(char c)
{
    switch (step_) {
    case step::text:
        if (c == '\\')
            step_ = step::escape;
        else if (c == quote_)
            step_ = step::after_text;
        return;
    case step::escape: step_ = step::text; return;
    case step::after_comma:
        if (is_space(c))
            return;
        step_ = c == '"' || c == '\'' ? step::given_up : step::call;
        break;
    case step::after_text:
        if (is_space(c))
            return;
        step_ = c == ',' || c == ')' || c == ']' ? step::call : step::given_up;
        break;
    default: break;
    }
    if (step_ == step::given_up)
        return;
    if (c == '"' || c == '\'') {
        quote_ = c;
        step_ = step::text;
    } else if (c == '(' || c == '[') {
        step_ = ++depth_ == deepest ? step::given_up : step::call;
    } else if (c == ')' || c == ']') {
        --depth_;
    } else if (c == ',' && depth_ == 1) {
        step_ = step::after_comma;
    }
}

// A call that is no action was spoken of, perhaps; the search goes on behind it.
void action_finder::check(std::string_view call)
{
    step_ = parse_action(call) ? step::found : step::seeking;
    depth_ = 1;
}

} // namespace aloft::autoglm
