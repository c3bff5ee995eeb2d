#include "sim/sim_command.hpp"

#include <aloft/sim.hpp>

#include <CLI/CLI.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <fmt/format.h>

#include <charconv>
#include <chrono>
#include <cmath>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <fstream>
#include <iterator>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace aloft::tools {
namespace {

/// The command line as it was given; texts become values in run().
struct sim_arguments {
    std::string listen = "127.0.0.1:8000";
    std::string certificate;
    std::string key;
    std::string write_ca;
    std::string first_token;
    std::string gap;
    std::string tokens;
    std::string api_key;
    std::string fault_file;
    std::string dialect = "vllm";
    std::vector<std::string> faults;
    std::vector<std::string> models;
    std::uint64_t seed = 1;
    std::uint32_t streams = 1000;
    std::size_t body_limit = std::size_t{64} << 20;
    double idle_seconds = 75;
    bool reasoning = false;
    bool self_signed = false;
    bool by_prompt = false;
    bool quiet = false;
};

/// What is wrong with the command line, in words for who typed it.
class bad_argument : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

template <typename Number>
std::optional<Number> number(std::string_view text)
{
    Number value = 0;
    const auto [end, ec] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (ec != std::errc() || end != text.data() + text.size())
        return std::nullopt;
    return value;
}

void read_address(const std::string& text, sim::options& to)
{
    const auto colon = text.rfind(':');
    const auto port = number<std::uint16_t>(std::string_view(text).substr(colon + 1));
    if (!port)
        throw bad_argument("--listen wants HOST:PORT or a port, not \"" + text + "\"");
    to.port(*port);
    if (colon == std::string::npos)
        return;
    auto host = text.substr(0, colon);
    if (host.size() > 1 && host.front() == '[' && host.back() == ']')
        host = host.substr(1, host.size() - 2);
    to.address(host == "*" ? "" : host);
}

sim::distribution read_distribution(std::string_view option, const std::string& text)
{
    std::string problem;
    const auto made = sim::distribution::parse(text, problem);
    if (!made)
        throw bad_argument(fmt::format("{}: {}", option, problem));
    return *made;
}

void read_tokens(const std::string& text, sim::options& to)
{
    const auto dash = text.find('-');
    const auto low = number<std::size_t>(std::string_view(text).substr(0, dash));
    const auto high = dash == std::string::npos
                          ? low
                          : number<std::size_t>(std::string_view(text).substr(dash + 1));
    constexpr std::size_t most = 1'000'000;
    if (!low || !high || *low == 0 || *high < *low || *high > most)
        throw bad_argument("--tokens wants a number or a range such as 20-80, not \"" + text +
                           "\"");
    to.tokens(*low, *high);
}

sim::fault_script read_faults(const sim_arguments& given)
{
    sim::fault_script script;
    std::string problem;
    for (const auto& rule : given.faults) {
        const auto made = sim::fault_script::parse(rule, problem);
        if (!made)
            throw bad_argument(fmt::format("--fault '{}': {}", rule, problem));
        script.append(*made);
    }
    if (given.fault_file.empty())
        return script;
    std::ifstream file(given.fault_file);
    if (!file)
        throw bad_argument("--faults: cannot read " + given.fault_file);
    const std::string text(std::istreambuf_iterator<char>(file), {});
    const auto made = sim::fault_script::parse(text, problem);
    if (!made)
        throw bad_argument(fmt::format("{}: {}", given.fault_file, problem));
    return script.append(*made);
}

sim::options read_options(const sim_arguments& given)
{
    sim::options made;
    read_address(given.listen, made);
    made.seed(given.seed).max_concurrent_streams(given.streams).api_key(given.api_key);
    made.body_limit(given.body_limit).reply_by_prompt(given.by_prompt);
    made.idle_timeout(std::chrono::milliseconds(std::llround(given.idle_seconds * 1000)));
    made.self_signed(given.self_signed);
    const auto whose = sim::find_dialect(given.dialect);
    if (!whose)
        throw bad_argument("--dialect wants vllm, sglang, llama.cpp, openai or zai, not \"" +
                           given.dialect + "\"");
    made.dialect(*whose).separate_reasoning(given.reasoning);
    if (!given.certificate.empty())
        made.tls(tls_server_options().certificate_file(given.certificate, given.key));
    if (!given.first_token.empty())
        made.first_token(read_distribution("--first-token", given.first_token));
    if (!given.gap.empty())
        made.token_gap(read_distribution("--gap", given.gap));
    if (!given.tokens.empty())
        read_tokens(given.tokens, made);
    if (!given.models.empty())
        made.models(given.models);
    return made.faults(read_faults(given));
}

void print_counts(const sim::counters& count)
{
    fmt::print("{} connections, {} requests ({} in flight at most), {} events; {} finished, "
               "{} cancelled ({} tokens saved), {} rejected, {} faults\n",
               count.connections, count.requests, count.peak_in_flight, count.events,
               count.finished, count.cancelled, count.tokens_saved, count.rejected, count.faults);
}

void write_certificate(const std::string& path, const std::string& pem)
{
    std::ofstream file(path, std::ios::trunc);
    file << pem;
    if (!file.flush())
        throw bad_argument("--write-ca: cannot write " + path);
}

int serve(const sim_arguments& given)
{
    boost::asio::io_context context(1);
    sim::server server(context.get_executor(), read_options(given));
    std::string problem;
    if (server.listen(problem)) {
        fmt::print(stderr, "aloft sim: {}\n", problem);
        return 1;
    }
    if (!given.write_ca.empty())
        write_certificate(given.write_ca, server.certificate());

    boost::asio::signal_set signals(context, SIGINT, SIGTERM);
    signals.async_wait([&](const error_code& ec, int) {
        if (!ec)
            context.stop();
    });
    const bool tls = given.self_signed || !given.certificate.empty();
    fmt::print("listening on {} ({})\n", server.base_url(),
               tls ? "h2, http/1.1" : "h2 by prior knowledge, http/1.1");
    std::fflush(stdout);
    context.run();
    const auto count = server.counters();
    server.stop();
    if (!given.quiet)
        print_counts(count);
    return 0;
}

int run(const sim_arguments& given)
{
    try {
        return serve(given);
    } catch (const bad_argument& wrong) {
        fmt::print(stderr, "aloft sim: {}\n", wrong.what());
        return 2;
    }
}

} // namespace

void add_sim_command(CLI::App& app, std::function<int()>& chosen)
{
    const auto given = std::make_shared<sim_arguments>();
    auto& sim = *app.add_subcommand("sim", "Serve chat completions without a model, at a chosen "
                                           "pace and with chosen faults");
    sim.add_option("--listen", given->listen, "HOST:PORT to listen on; port 0 takes a free one")
        ->type_name("ADDRESS")
        ->capture_default_str();
    auto* const cert =
        sim.add_option("--cert", given->certificate, "Speak TLS with this certificate (PEM file)")
            ->type_name("FILE");
    auto* const key =
        sim.add_option("--key", given->key, "Its private key (PEM file)")->type_name("FILE");
    cert->needs(key);
    key->needs(cert);
    auto* const own = sim.add_flag("--self-signed", given->self_signed,
                                   "Speak TLS with a certificate for localhost made at start");
    own->excludes(cert);
    sim.add_option("--write-ca", given->write_ca, "Write that certificate here, for clients")
        ->type_name("FILE")
        ->needs(own);
    sim.add_option("--dialect", given->dialect,
                   "Whose wire: vllm, sglang, llama.cpp, openai or zai")
        ->type_name("NAME")
        ->capture_default_str();
    sim.add_flag("--reasoning", given->reasoning,
                 "Tell thinking apart, in the field that the dialect has for it");
    sim.add_option("--seed", given->seed, "What all chance follows from")
        ->type_name("N")
        ->capture_default_str();
    sim.add_flag("--by-prompt", given->by_prompt,
                 "The same messages get the same reply, whatever came before");
    sim.add_option("--first-token", given->first_token,
                   "Time to the first token: 20ms, uniform:10ms,30ms, exponential:20ms or "
                   "lognormal:150ms,0.4 (the default)")
        ->type_name("TIME");
    sim.add_option("--gap", given->gap, "Time between tokens; default lognormal:25ms,0.3")
        ->type_name("TIME");
    sim.add_option("--tokens", given->tokens, "Tokens of a reply, N or LOW-HIGH; default 50")
        ->type_name("N");
    sim.add_option("--model", given->models, "Name of a model there is (repeatable)")
        ->type_name("NAME");
    sim.add_option("--max-streams", given->streams, "HTTP/2 streams a connection may have open")
        ->type_name("N")
        ->capture_default_str();
    sim.add_option("--api-key", given->api_key, "Answer 401 to requests without this key")
        ->type_name("KEY");
    sim.add_option("--body-limit", given->body_limit, "Largest request body, bytes")
        ->type_name("BYTES")
        ->capture_default_str();
    sim.add_option("--idle", given->idle_seconds, "Seconds after which an idle connection ends")
        ->type_name("SECONDS")
        ->capture_default_str()
        ->check(CLI::Range(0.001, 1e6));
    sim.add_option("--fault", given->faults,
                   "A rule such as 'every 10: status 503 retry-after 2' (repeatable)")
        ->type_name("RULE")
        ->allow_extra_args(false);
    sim.add_option("--faults", given->fault_file, "A file with such rules, one a line")
        ->type_name("FILE");
    sim.add_flag("--quiet", given->quiet, "Print no counts at the end");
    sim.footer(
        "Exit codes: 0 stopped by a signal, 1 it cannot listen or write, 2 wrong usage. Faults are "
        "described in docs/guide/sim.md.");
    sim.callback([given, &chosen] { chosen = [given] { return run(*given); }; });
}

} // namespace aloft::tools
