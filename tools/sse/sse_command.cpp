#include "sse/sse_command.hpp"

#include "configuration/configuration_arguments.hpp"
#include "exit_codes.hpp"
#include "header_argument.hpp"
#include "remedy.hpp"
#include "seconds_argument.hpp"
#include "sse/event_printer.hpp"
#include "url_problem.hpp"

#include <aloft/event_source.hpp>

#include <CLI/CLI.hpp>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>
#include <fmt/format.h>

#include <chrono>
#include <csignal>
#include <cstdint>
#include <exception>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace aloft::tools {
namespace {

namespace asio = boost::asio;

using seconds = std::chrono::duration<double>;

class sse_arguments {
public:
    configuration_arguments settings;
    std::string url;
    std::string last_event_id;
    std::vector<std::string> headers;
    double gap = 0;
    std::uint64_t limit = 0;
    bool json = false;
};

int complain(const std::string& problem, int code)
{
    fmt::print(stderr, "aloft sse: {}\n", problem);
    return code;
}

event_source_options options_of(const sse_arguments& given)
{
    event_source_options made;
    for (const auto& header : given.headers) {
        const auto field = header_argument(header);
        if (!field)
            throw boost::system::system_error(
                errc::invalid_request, fmt::format("-H wants 'name: value', not \"{}\"", header));
        made.header(field->first, field->second);
    }
    if (!given.last_event_id.empty())
        made.last_event_id(given.last_event_id);
    if (given.gap > 0)
        made.gap(std::chrono::ceil<std::chrono::milliseconds>(seconds(given.gap)));
    return made;
}

/// Prints what one event source tells until there is a reason to end.
class watching {
public:
    explicit watching(const sse_arguments& given) :
        given_(given),
        config_(given.settings.read(command::sse)),
        http_(loop_.get_executor(),
              config_.make_http(given.url).header("user-agent", "aloft/" ALOFT_VERSION)),
        source_(http_, given.url, options_of(given)),
        printer_(given.json)
    {
    }

    int run()
    {
        asio::cancellation_signal stop;
        const auto end_with = [&](int code) {
            code_ = code;
            stop.emit(asio::cancellation_type::all);
        };
        asio::signal_set signals(loop_, SIGINT, SIGTERM);
        signals.async_wait([&](const error_code& ec, int) {
            if (!ec)
                end_with(exit_code::interrupted);
        });
        asio::steady_timer late(loop_);
        if (const auto most = config_.values().deadlines.total(); most.limited()) {
            late.expires_after(most.duration());
            late.async_wait([&](const error_code& ec) {
                if (!ec)
                    end_with(complain(config_.origin("deadlines.total").from ==
                                              value_origin::source::flag
                                          ? "--max-time is over"
                                          : "deadlines.total is over",
                                      exit_code::timed_out));
            });
        }
        const auto ended = [this](const std::exception_ptr&) { loop_.stop(); };
        asio::co_spawn(loop_, watch(), asio::bind_cancellation_slot(stop.slot(), ended));
        loop_.run();
        source_.close();
        loop_.restart();
        loop_.poll(); // a reset leaves before we do
        return code_;
    }

private:
    asio::awaitable<void> watch()
    {
        std::uint64_t messages = 0;
        while (const auto told = co_await source_.next()) {
            printer_.print(*told);
            if (!printer_.problem().empty()) {
                code_ = complain(printer_.problem(), exit_code::not_written);
                co_return;
            }
            if (told->fatal) {
                code_ = complain(explain(*told), code_of(told->why));
                co_return;
            }
            if (told->what == source_event::kind::error)
                note(fmt::format("{}; connecting again in {:.3g} s", explain(*told),
                                 seconds(told->retry_in).count()));
            if (told->what == source_event::kind::message && ++messages == given_.limit) {
                code_ = 0;
                co_return;
            }
        }
        note(given_.url + ": the server has no more events (204)");
        code_ = 0;
    }

    static int code_of(const failure& why)
    {
        return why.code == errc::unexpected_content ? exit_code::bad_status : exit_code_of(why);
    }

    void note(const std::string& text) const
    {
        if (!given_.json)
            complain(text, 0);
    }

    const sse_arguments& given_;
    configured config_;
    asio::io_context loop_{1};
    client http_;
    event_source source_;
    event_printer printer_;
    int code_ = exit_code::incomplete;
};

int run(const sse_arguments& given)
{
    const auto address = std::string_view(given.url).substr(0, given.url.find('#'));
    error_code ec;
    url::parse(address, ec);
    if (ec)
        return complain(url_problem(address), exit_code::bad_usage);
    try {
        return watching(given).run();
    } catch (const boost::system::system_error& wrong) {
        return complain(said(wrong), exit_code::bad_usage);
    }
}

} // namespace

void add_sse_command(CLI::App& app, std::function<int()>& chosen)
{
    const auto given = std::make_shared<sse_arguments>();
    auto& to = *app.add_subcommand("sse", "Print the events of a URL, connecting again");
    to.add_option("url", given->url, "http:// or https://")->type_name("URL")->required();
    to.add_option("-H,--header", given->headers, "'name: value' (repeatable)")
        ->type_name("FIELD")
        ->allow_extra_args(false);
    to.add_option("--last-event-id", given->last_event_id, "Go on behind this event")
        ->type_name("ID");
    to.add_option("--gap", given->gap,
                  "Silence after which the server is lost; no bound by default")
        ->type_name("SECONDS")
        ->check(seconds_argument());
    to.add_option("--limit", given->limit, "End after so many events")->type_name("N");
    to.add_flag("--json", given->json, "An object a line: open, event, error");
    given->settings.add_to(to, command::sse);
    to.footer(
        "Connects again until the server answers 204. Exit codes, as curl's: 0 that or --limit, 2 "
        "usage, 22 not an event stream, 23 not written, 28 --max-time, 47 redirects, 60 "
        "certificate, 63 an event over 16 MiB, 90 not the pinned key, 130 interrupted.");
    to.callback([given, &chosen] { chosen = [given] { return run(*given); }; });
}

} // namespace aloft::tools
