#include "send/send_command.hpp"

#include "configuration/configuration_arguments.hpp"
#include "exit_codes.hpp"
#include "header_argument.hpp"
#include "remedy.hpp"
#include "send/body_output.hpp"
#include "send/phase_printer.hpp"
#include "send/upload.hpp"
#include "url_problem.hpp"

#include <aloft/client.hpp>

#include <CLI/CLI.hpp>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <fmt/format.h>

#include <csignal>
#include <cstdint>
#include <limits>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace aloft::tools {
namespace {

namespace asio = boost::asio;

using namespace exit_code;

class send_arguments {
public:
    configuration_arguments settings;
    std::string url;
    std::string method;
    std::vector<std::string> headers;
    std::vector<std::string> data;
    std::vector<std::string> binary;
    std::string output = "-";
    unsigned max_redirects = redirect_rules().limit;
    bool follow = false;
    bool compressed = false;
    bool only_head = false;
    bool with_head = false;
    bool verbose = false;
    bool silent = false;
};

/// One request and its response.
class sending {
public:
    explicit sending(const send_arguments& given) :
        given_(given), output_(given.output), http_(loop_.get_executor(), options_of(given))
    {
    }

    int run()
    {
        if (!output_.problem().empty())
            return complain(output_.problem(), not_written);
        if (const int code = compose(); code != 0)
            return code;
        asio::cancellation_signal stop;
        asio::signal_set signals(loop_, SIGINT, SIGTERM);
        signals.async_wait([&](const error_code& ec, int) {
            if (!ec)
                stop.emit(asio::cancellation_type::all);
        });
        auto ended = [this](const std::exception_ptr&) { loop_.stop(); };
        asio::co_spawn(loop_, exchange(), asio::bind_cancellation_slot(stop.slot(), ended));
        loop_.run();
        return code_;
    }

private:
    static client_options options_of(const send_arguments& given)
    {
        auto made = given.settings.read(command::send).make_http(given.url);
        made.header("user-agent", "aloft/" ALOFT_VERSION).header("accept", "*/*");
        redirect_rules rules;
        rules.follow = given.follow;
        rules.limit = given.max_redirects;
        decoding_limits unfolds;
        unfolds.size = std::numeric_limits<std::uint64_t>::max(); // the ratio still holds
        made.redirects(rules).decompress(given.compressed).decoding(unfolds);
        if (given.verbose)
            made.observe(std::make_shared<phase_printer>());
        return made;
    }

    int compose()
    {
        const bool upload = !given_.data.empty() || !given_.binary.empty();
        const auto* otherwise = given_.only_head ? "HEAD" : upload ? "POST" : "GET";
        const auto url = std::string_view(given_.url).substr(0, given_.url.find('#'));
        what_ = request(given_.method.empty() ? otherwise : given_.method, url);
        if (what_.url_error())
            return complain(url_problem(url), bad_usage);
        if (upload) {
            const bool binary = !given_.binary.empty();
            if (const auto wrong = put_data(what_, binary ? given_.binary : given_.data, binary);
                !wrong.empty())
                return complain(wrong, no_upload);
            what_.set_header("content-type", "application/x-www-form-urlencoded");
        }
        for (const auto& header : given_.headers) {
            const auto field = header_argument(header);
            if (!field)
                return complain(fmt::format("-H wants 'name: value', not \"{}\"", header),
                                bad_usage);
            what_.set_header(field->first, field->second);
        }
        return 0;
    }

    asio::awaitable<void> exchange()
    {
        failure why;
        auto [ec, got] =
            co_await http_.async_send(std::move(what_), why, asio::as_tuple(asio::use_awaitable));
        if (ec) {
            fail(why);
            co_return;
        }
        if (given_.with_head || given_.only_head)
            write_head(got);
        auto& body = got.body();
        while (!ec && output_.problem().empty()) {
            output_.write(body.readable());
            body.consume(body.readable().size());
            if (body.ended())
                break;
            std::tie(ec) = co_await body.async_wait(asio::as_tuple(asio::use_awaitable));
        }
        if (ec) {
            fail(body.why() != nullptr ? *body.why() : interruption(ec));
            co_return;
        }
        end(got);
    }

    void write_head(const response& got)
    {
        auto text =
            fmt::format("HTTP/{} {}\r\n", got.protocol() == "h2" ? "2" : "1.1", got.status());
        for (const auto [name, value] : got.headers())
            text.append(name).append(": ").append(value).append("\r\n");
        output_.write(text + "\r\n");
    }

    void end(const response& got)
    {
        if (output_.problem().empty())
            output_.finish();
        if (!output_.problem().empty()) {
            code_ = complain(output_.problem(), not_written);
        } else if (!got.ok()) {
            const auto location = got.headers().get("location");
            const bool moved = got.status() / 100 == 3 && location;
            code_ = complain(fmt::format("{}: the server answered {}{}", given_.url, got.status(),
                                         moved ? fmt::format(" to {}; -L follows it", *location)
                                               : std::string()),
                             bad_status);
        } else {
            code_ = 0;
        }
    }

    static failure interruption(const error_code& ec)
    {
        failure why;
        why.code = ec;
        why.processing = processing::partly_delivered;
        why.phase = phase::body;
        return why;
    }

    void fail(const failure& why)
    {
        autoglm::failure all;
        static_cast<failure&>(all) = why;
        code_ = exit_code_of(why);
        complain(code_ == interrupted ? fmt::format("interrupted ({})", to_string(why.processing))
                                      : explain(all),
                 code_);
    }

    int complain(const std::string& problem, int code) const
    {
        if (!given_.silent)
            fmt::print(stderr, "aloft send: {}\n", problem);
        return code;
    }

    const send_arguments& given_;
    body_output output_;
    asio::io_context loop_{1};
    client http_;
    request what_;
    int code_ = incomplete;
};

int run(const send_arguments& given)
{
    try {
        return sending(given).run();
    } catch (const boost::system::system_error& wrong) {
        fmt::print(stderr, "aloft send: {}\n", said(wrong));
        return bad_usage;
    }
}

} // namespace

void add_send_command(CLI::App& app, std::function<int()>& chosen)
{
    const auto given = std::make_shared<send_arguments>();
    auto& to = *app.add_subcommand("send", "Send one HTTP request, as curl does");
    to.add_option("url", given->url, "http:// or https://")->type_name("URL")->required();
    to.add_option("-X,--request", given->method, "Method; GET, or POST with data")
        ->type_name("METHOD");
    to.add_option("-H,--header", given->headers, "'name: value' (repeatable)")
        ->type_name("FIELD")
        ->allow_extra_args(false);
    auto* const data = to.add_option("-d,--data", given->data, "Text, @FILE or @- (repeatable)")
                           ->type_name("DATA")
                           ->allow_extra_args(false);
    to.add_option("--data-binary", given->binary, "The same, sent just as it is")
        ->type_name("DATA")
        ->allow_extra_args(false)
        ->excludes(data);
    to.add_option("-o,--output", given->output, "The body goes here, once it is whole")
        ->type_name("FILE")
        ->capture_default_str();
    to.add_flag("-I,--head", given->only_head, "Ask for the head only, and print it");
    to.add_flag("-i,--include", given->with_head, "Print the head, too");
    to.add_flag("-v,--verbose", given->verbose, "Print every phase; secrets are masked");
    to.add_flag("-s,--silent", given->silent, "Print no message");
    to.add_flag("-L,--location", given->follow, "Follow redirects");
    to.add_option("--max-redirs", given->max_redirects, "At most so many of them")
        ->type_name("N")
        ->capture_default_str();
    to.add_flag("--compressed", given->compressed, "Ask for a compressed body and decode it");
    given->settings.add_to(to, command::send);
    to.footer(
        "Exit codes, as curl's: 0 a complete 2xx, 2 usage, 5 proxy unknown, 6 host unknown, 7 not "
        "connected, 8 not HTTP, 18 cut short, 22 another status, 23 not written, 26 data not "
        "readable, 28 too late, 35 TLS, 47 too many redirects, 60 certificate, 61 bad coding, 63 "
        "over a limit, 90 not the pinned key, 97 proxy, 130 interrupted.");
    to.callback([given, &chosen] { chosen = [given] { return run(*given); }; });
}

} // namespace aloft::tools
