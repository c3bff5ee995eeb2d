#include "chat/chat_command.hpp"

#include "chat/turn.hpp"
#include "configuration/configuration_arguments.hpp"
#include "image_file.hpp"
#include "remedy.hpp"

#include <CLI/CLI.hpp>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <fmt/format.h>

#include <csignal>
#include <exception>
#include <iostream>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unistd.h>
#include <utility>

namespace aloft::tools {
namespace {

namespace asio = boost::asio;

constexpr int failed = 1;
constexpr int bad_usage = 2;
constexpr int interrupted = 130;

class chat_arguments {
public:
    configuration_arguments settings;
    std::optional<std::string> prompt;
    std::string image;
    std::string system;
    bool json = false;
};

int complain(const std::string& problem, int code)
{
    fmt::print(stderr, "aloft chat: {}\n", problem);
    return code;
}

/// A conversation: what was said, and the client that goes on with it.
class talk {
public:
    explicit talk(const chat_arguments& given) :
        given_(given),
        config_(given.settings.read(command::chat)),
        glm_(loop_.get_executor(), config_.make_server())
    {
        reset();
    }

    /// Forgets what was said.
    void reset()
    {
        history_ = autoglm::chat_request();
        const auto& values = config_.values();
        history_.model(values.model).include_usage(true);
        if (!given_.system.empty())
            history_.system(given_.system);
        if (values.temperature)
            history_.temperature(*values.temperature);
        if (values.top_p)
            history_.top_p(*values.top_p);
        if (values.frequency_penalty)
            history_.frequency_penalty(*values.frequency_penalty);
        if (values.max_tokens)
            history_.max_tokens(static_cast<std::int64_t>(*values.max_tokens));
    }

    /// Says `text`, with a picture where there is one; 0, or the exit code of what went wrong. What
    /// failed is not part of the conversation.
    int say(std::string text, chat::image picture)
    {
        auto asked = history_;
        if (picture.empty()) {
            asked.user(std::move(text));
        } else {
            for (auto& earlier : asked.messages()) // one picture at a time, the newest
                earlier.drop_images();
            asked.user(std::move(text), std::move(picture));
        }
        turn now(glm_, given_.json, colour_);
        const int code = run(now, asked);
        if (code != 0)
            return code;
        history_ = std::move(asked);
        const auto& parts = now.parts();
        // As the phone agent writes its own turns down.
        history_.assistant(now.has_action() ? "<think>" + parts.thinking + "</think><answer>" +
                                                  parts.action + "</answer>"
                                            : now.text());
        return 0;
    }

private:
    int run(turn& now, const chat::request& what)
    {
        asio::cancellation_signal stop;
        asio::signal_set signals(loop_, SIGINT);
        signals.async_wait([&](const error_code& ec, int) {
            if (!ec)
                stop.emit(asio::cancellation_type::all);
        });
        std::exception_ptr wrong;
        auto ended = [&](std::exception_ptr why) {
            wrong = std::move(why);
            loop_.stop();
        };
        loop_.restart();
        asio::co_spawn(loop_, now.ask(what), asio::bind_cancellation_slot(stop.slot(), ended));
        loop_.run();
        signals.cancel();
        loop_.restart();
        loop_.poll(); // a reset leaves now, not with the next question
        return wrong ? explain_end(wrong) : 0;
    }

    int explain_end(const std::exception_ptr& wrong)
    {
        try {
            std::rethrow_exception(wrong);
        } catch (const autoglm::error& why) {
            if (why.why().code != asio::error::operation_aborted)
                return complain(explain(why.why()), failed);
        } catch (const boost::system::system_error& why) {
            if (why.code() != asio::error::operation_aborted)
                return complain(said(why), failed);
        }
        fmt::print(given_.json ? stderr : stdout, "\n");
        return complain("interrupted", interrupted);
    }

    const chat_arguments& given_;
    configured config_;
    asio::io_context loop_{1};
    autoglm::client glm_;
    autoglm::chat_request history_;
    paint colour_{STDOUT_FILENO};
};

/// The picture in `path`; nothing, after a message, where there is none.
std::optional<chat::image> picture_of(const std::string& path)
{
    std::string problem;
    auto picture = read_image(path, problem);
    if (problem.empty())
        return picture;
    complain(fmt::format("the image {} {}", path, problem), bad_usage);
    return std::nullopt;
}

bool read_line(std::string& into, bool prompted)
{
    if (prompted) {
        fmt::print("> ");
        std::fflush(stdout);
    }
    return static_cast<bool>(std::getline(std::cin, into));
}

/// A conversation from standard input; the code of the last turn.
int converse(const chat_arguments& given, talk& with, chat::image picture)
{
    const bool prompted = isatty(STDIN_FILENO) == 1 && !given.json;
    if (prompted)
        fmt::print(
            "/image FILE shows a picture, /reset forgets, /quit or Ctrl-D ends; Ctrl-C ends an "
            "answer\n");
    int code = 0;
    for (std::string line; read_line(line, prompted);) {
        if (line.empty())
            continue;
        if (line == "/quit")
            break;
        if (line == "/reset") {
            with.reset();
        } else if (line.starts_with("/image ")) {
            if (auto shown = picture_of(line.substr(7)))
                picture = std::move(*shown);
        } else if (line.front() == '/') {
            complain(fmt::format("there is no \"{}\"; /image FILE, /reset and /quit there are",
                                 line.substr(0, line.find(' '))),
                     bad_usage);
        } else {
            code = with.say(line, std::exchange(picture, {}));
        }
    }
    if (prompted)
        fmt::print("\n");
    return code;
}

int run(const chat_arguments& given)
{
    if (given.prompt && given.prompt->empty())
        return complain("the prompt is empty; without one, the lines of standard input are asked",
                        bad_usage);
    try {
        talk with(given);
        chat::image picture;
        if (!given.image.empty()) {
            auto read = picture_of(given.image);
            if (!read)
                return bad_usage;
            picture = std::move(*read);
        }
        return given.prompt ? with.say(*given.prompt, std::move(picture))
                            : converse(given, with, std::move(picture));
    } catch (const boost::system::system_error& wrong) {
        return complain(said(wrong), bad_usage);
    }
}

} // namespace

void add_chat_command(CLI::App& app, std::function<int()>& chosen)
{
    const auto given = std::make_shared<chat_arguments>();
    auto& to =
        *app.add_subcommand("chat", "Ask a model, once or in a conversation from the terminal");
    to.add_option("prompt", given->prompt, "What to ask; without it, each line of standard input")
        ->type_name("PROMPT");
    to.add_option("--image", given->image, "A picture for the first question")->type_name("FILE");
    to.add_option("--system", given->system, "The system message")->type_name("TEXT");
    given->settings.add_to(to, command::chat);
    to.add_flag("--json", given->json, "An object a line: thinking, action, done");
    to.footer("Exit codes: 0 answered, 1 the last question was not answered, 2 wrong usage, 130 "
              "interrupted.");
    to.callback([given, &chosen] { chosen = [given] { return run(*given); }; });
}

} // namespace aloft::tools
