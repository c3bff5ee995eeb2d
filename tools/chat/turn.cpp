#include "chat/turn.hpp"

#include "action_json.hpp"

#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <fmt/color.h>
#include <fmt/format.h>

#include <cstdio>

namespace aloft::tools {
namespace {

namespace json = boost::json;

void print_line(const json::object& what)
{
    fmt::print("{}\n", json::serialize(what));
    std::fflush(stdout);
}

void print_piece(std::string_view kind, std::string_view text)
{
    print_line({{"type", kind}, {"text", text}});
}

} // namespace

boost::asio::awaitable<void> turn::ask(const chat::request& what)
{
    auto reply = co_await glm_.stream(what);
    autoglm::thinking_splitter splitter;
    while (const auto* delta = co_await reply.next()) {
        show_thinking(delta->reasoning);
        const auto pieces = splitter.push(delta->content);
        show_thinking(pieces.thinking);
        show_action(pieces.action);
    }
    const auto rest = splitter.finish();
    show_thinking(rest.thinking);
    show_action(rest.action);
    text_ = reply.text();
    parts_ = reply.parts();
    show_end(reply);
}

void turn::show_thinking(std::string_view piece)
{
    if (piece.empty())
        return;
    if (json_)
        return print_piece("thinking", piece);
    fmt::print("{}", colour_(fmt::emphasis::faint, piece));
    std::fflush(stdout);
}

void turn::show_action(std::string_view piece)
{
    if (piece.empty())
        return;
    if (json_)
        return print_piece("action", piece);
    fmt::print("{}", colour_(fmt::emphasis::bold, piece));
    std::fflush(stdout);
}

void turn::show_end(const autoglm::reply& reply)
{
    const auto parsed = reply.action();
    has_action_ = static_cast<bool>(parsed);
    if (!json_) {
        fmt::print("\n");
        if (parsed)
            fmt::print("{} {}\n", colour_(fg(fmt::terminal_color::green), "=>"),
                       json::serialize(action_json(*parsed)));
        else if (meant_as_action(parsed))
            fmt::print("{} no action: {}\n", colour_(fg(fmt::terminal_color::red), "=>"),
                       autoglm::describe(parsed.error()));
        std::fflush(stdout);
        return;
    }
    json::object done{{"type", "done"}, {"action", nullptr}};
    if (parsed)
        done["action"] = action_json(*parsed);
    else if (meant_as_action(parsed))
        done["action_error"] = autoglm::describe(parsed.error());
    const auto& whole = reply.completion();
    if (!whole.choices().empty())
        done["finish_reason"] = whole.choices().front().finish_reason;
    if (const auto& used = whole.usage())
        done["usage"] = {{"prompt_tokens", used->prompt_tokens},
                         {"completion_tokens", used->completion_tokens}};
    print_line(done);
}

} // namespace aloft::tools
