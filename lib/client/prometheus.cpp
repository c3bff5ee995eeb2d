#include <aloft/prometheus.hpp>
#include <aloft/url.hpp>

#include <algorithm>
#include <cstdint>
#include <stdexcept>
#include <string_view>

namespace aloft {
namespace {

constexpr unsigned histogram_bounds = 21; // 1 ms to 1,048 s

bool is_name(std::string_view text)
{
    const auto letter = [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
    };
    const auto digit = [](char c) { return c >= '0' && c <= '9'; };
    return !text.empty() && letter(text.front()) &&
           std::all_of(text.begin(), text.end(), [&](char c) { return letter(c) || digit(c); });
}

bool is_ours(std::string_view name)
{
    return name == "le" || name == "outcome" || name == "phase" || name == "cause" ||
           name == "status" || name == "server" || name == "origin";
}

void append_label(std::string& to, std::string_view name, std::string_view value)
{
    if (!to.empty())
        to += ',';
    to.append(name).append("=\"");
    for (const char c : value) {
        if (c == '\n') {
            to += "\\n";
            continue;
        }
        if (c == '\\' || c == '"')
            to += '\\';
        to += c;
    }
    to += '"';
}

/// Milliseconds as seconds.
std::string seconds(std::uint64_t milliseconds)
{
    const auto rest = std::to_string(milliseconds % 1000);
    return std::to_string(milliseconds / 1000) + "." + std::string(3 - rest.size(), '0') + rest;
}

std::string_view label_of(phase value)
{
    switch (value) {
    case phase::prepare: return "prepare";
    case phase::queue: return "queue";
    case phase::resolve: return "resolve";
    case phase::connect: return "connect";
    case phase::tls: return "tls";
    case phase::head: return "head";
    case phase::body: return "body";
    }
    return "";
}

/// A family is all samples of one name; they stand together behind its HELP and TYPE.
class writer {
public:
    explicit writer(std::span<const labelled_metrics> clients) : clients_(clients) {}

    /// `value_of` of each client: a counter or a gauge.
    template <class ValueOf>
    void single(std::string_view name, std::string_view type, std::string_view help,
                const ValueOf& value_of)
    {
        begin(name, type, help);
        for (const auto& c : clients_)
            sample({}, labels_of(c), text(value_of(c.metrics())));
    }
    /// One sample for each of `counters_of`, told apart by `label`.
    template <class CountersOf, class NameOf>
    void counters(std::string_view name, std::string_view help, std::string_view label,
                  const CountersOf& counters_of, const NameOf& name_of)
    {
        begin(name, "counter", help);
        for (const auto& c : clients_) {
            std::size_t i = 0;
            for (const auto value : counters_of(c.metrics())) {
                auto labels = labels_of(c);
                append_label(labels, label, name_of(i++));
                sample({}, labels, std::to_string(value));
            }
        }
    }
    /// A sample for each of several servers.
    template <class ValueOf>
    void each_server(std::string_view name, std::string_view type, std::string_view help,
                     const ValueOf& value_of)
    {
        begin(name, type, help);
        for (const auto& c : clients_) {
            std::size_t number = 0;
            for (const auto& one : c.metrics().servers) {
                auto labels = labels_of(c);
                append_label(labels, "server", std::to_string(number++));
                error_code ec;
                append_label(labels, "origin", url::parse(one.base_url, ec).origin().name());
                sample({}, labels, text(value_of(one)));
            }
        }
    }
    [[nodiscard]] bool several_servers() const
    {
        return std::any_of(clients_.begin(), clients_.end(),
                           [](const auto& c) { return !c.metrics().servers.empty(); });
    }
    template <class HistogramOf>
    void distribution(std::string_view name, std::string_view help, const HistogramOf& histogram_of)
    {
        begin(name, "histogram", help);
        for (const auto& c : clients_) {
            const histogram& values = histogram_of(c.metrics());
            const auto labels = labels_of(c);
            for (unsigned i = 0; i != histogram_bounds; ++i) {
                const auto bound = std::uint64_t{1} << i;
                bucket(labels, seconds(bound), values.count_below(bound));
            }
            bucket(labels, "+Inf", values.count());
            sample("_sum", labels, seconds(values.sum()));
            sample("_count", labels, std::to_string(values.count()));
        }
    }
    std::string take() { return std::move(out_); }

private:
    void begin(std::string_view name, std::string_view type, std::string_view help)
    {
        name_ = name;
        out_.append("# HELP ").append(name).append(" ").append(help).append("\n");
        out_.append("# TYPE ").append(name).append(" ").append(type).append("\n");
    }
    void sample(std::string_view suffix, std::string_view labels, std::string_view value)
    {
        out_.append(name_).append(suffix);
        if (!labels.empty())
            out_.append("{").append(labels).append("}");
        out_.append(" ").append(value).append("\n");
    }
    void bucket(std::string labels, std::string_view bound, std::uint64_t count)
    {
        append_label(labels, "le", bound);
        sample("_bucket", labels, std::to_string(count));
    }
    static std::string labels_of(const labelled_metrics& c)
    {
        std::string text;
        for (const auto& [name, value] : c.labels())
            append_label(text, name, value);
        return text;
    }
    static std::string text(std::uint64_t value) { return std::to_string(value); }
    static std::string text(std::string value) { return value; }

    std::span<const labelled_metrics> clients_;
    std::string_view name_;
    std::string out_;
};

using metrics = client_metrics;

void write_requests(writer& to)
{
    to.single("aloft_requests_started_total", "counter", "Requests started.",
              [](const metrics& m) { return m.started; });
    to.single("aloft_requests_succeeded_total", "counter",
              "Requests whose response was read to its end, whatever its status.",
              [](const metrics& m) { return m.succeeded; });
    to.single("aloft_requests_cancelled_total", "counter", "Requests cancelled by the caller.",
              [](const metrics& m) { return m.cancelled; });
    to.counters(
        "aloft_requests_failed_total", "Requests that failed, by what they were doing.", "phase",
        [](const metrics& m) { return m.failed; },
        [](std::size_t i) { return label_of(static_cast<phase>(i)); });
    to.counters(
        "aloft_responses_total", "Final response heads, by class of status.", "status",
        [](const metrics& m) { return m.answered; },
        [](std::size_t i) { return std::to_string(i) + "xx"; });
    to.counters(
        "aloft_replays_total", "Attempts made again, by cause.", "cause",
        [](const metrics& m) { return m.replays; },
        [](std::size_t i) { return to_string(static_cast<replay_cause>(i)); });
    to.single("aloft_redirects_total", "counter", "Redirects followed.",
              [](const metrics& m) { return m.redirected; });
    to.single("aloft_attempts_abandoned_total", "counter",
              "Attempts given up before the server had ended them.",
              [](const metrics& m) { return m.abandoned; });
    to.single("aloft_streams_reset_total", "counter", "Streams the server reset or refused.",
              [](const metrics& m) { return m.reset; });
    to.single("aloft_received_bytes_total", "counter", "Body bytes of requests that are over.",
              [](const metrics& m) { return m.received; });
}

void write_times(writer& to)
{
    to.distribution("aloft_request_queue_seconds", "Until an attempt was sent.",
                    [](const metrics& m) -> const histogram& { return m.queue; });
    to.distribution("aloft_request_head_seconds", "From being sent to the response head.",
                    [](const metrics& m) -> const histogram& { return m.head; });
    to.distribution("aloft_request_body_seconds",
                    "From head to end of the response, of requests that succeeded.",
                    [](const metrics& m) -> const histogram& { return m.body; });
    to.distribution("aloft_request_duration_seconds",
                    "From start to end of requests that succeeded.",
                    [](const metrics& m) -> const histogram& { return m.total; });
    to.distribution("aloft_connect_seconds", "Until a connection could be used.",
                    [](const metrics& m) -> const histogram& { return m.connections.connect; });
}

void write_queues(writer& to)
{
    to.single("aloft_requests_in_flight", "gauge", "Requests that hold a permit.",
              [](const metrics& m) { return m.now.in_flight; });
    to.single("aloft_requests_queued", "gauge", "Requests that wait for a permit.",
              [](const metrics& m) { return m.now.queued; });
    to.single("aloft_concurrency_limit", "gauge",
              "Requests that servers are given at once, where that is learned.",
              [](const metrics& m) { return m.now.concurrency; });
    to.single("aloft_overloads_total", "counter",
              "Answers that say that a server has too much to do, where limits are set.",
              [](const metrics& m) { return m.overloads; });
    to.single("aloft_requests_waiting", "gauge", "Requests that wait for a stream.",
              [](const metrics& m) { return m.now.waiting; });
    to.single("aloft_requests_in_flight_seconds_total", "counter",
              "Requests in flight, summed over time: its rate is their mean number.",
              [](const metrics& m) { return seconds(m.in_flight.sum()); });
    to.single("aloft_requests_queued_seconds_total", "counter",
              "Requests that wait for a permit, summed over time.",
              [](const metrics& m) { return seconds(m.queued.sum()); });
    to.single("aloft_requests_waiting_seconds_total", "counter",
              "Requests that wait for a stream, summed over time.",
              [](const metrics& m) { return seconds(m.waiting.sum()); });
    to.single("aloft_response_stalls_total", "counter",
              "Times a server stood still since a stream's window was full of unread bytes.",
              [](const metrics& m) { return m.response_stalls; });
    to.single("aloft_upload_stalls_total", "counter",
              "Times a request body waited for the server to take more.",
              [](const metrics& m) { return m.upload_stalls; });
    to.single("aloft_upload_stalled_seconds_total", "counter",
              "How long request bodies waited for the server to take more.",
              [](const metrics& m) { return seconds(m.upload_stalled); });
    to.single("aloft_unread_bytes", "gauge", "Buffers that hold unread response bytes.",
              [](const metrics& m) { return m.now.unread_memory; });
}

void write_connections(writer& to)
{
    to.single("aloft_connections", "gauge", "Open connections.",
              [](const metrics& m) { return m.now.connections; });
    to.single("aloft_dialing", "gauge", "Connections being opened.",
              [](const metrics& m) { return m.now.dials; });
    to.single("aloft_streams", "gauge", "Streams in use on all connections.",
              [](const metrics& m) { return m.now.streams; });
    to.single("aloft_deferred_resets", "gauge",
              "Streams cancelled whose RST_STREAM is held back for now.",
              [](const metrics& m) { return m.now.deferred_resets; });
    to.single("aloft_dials_total", "counter", "Connections begun to be opened.",
              [](const metrics& m) { return m.connections.dials; });
    to.single("aloft_dials_failed_total", "counter", "Connections that could not be opened.",
              [](const metrics& m) { return m.connections.dials_failed; });
    to.single("aloft_connections_opened_total", "counter", "Connections opened.",
              [](const metrics& m) { return m.connections.opened; });
    to.single("aloft_connections_ended_total", "counter", "Connections that ended.",
              [](const metrics& m) { return m.connections.ended; });
}

void write_models(writer& to)
{
    to.single("aloft_hedges_total", "counter",
              "Second copies of requests whose answer was late; a server may bill each.",
              [](const metrics& m) { return m.hedges.sent; });
    to.single("aloft_hedges_won_total", "counter", "Second copies that were answered first.",
              [](const metrics& m) { return m.hedges.won; });
    to.single("aloft_hedges_lost_bytes_total", "counter",
              "Bytes sent and received for copies that were given up.",
              [](const metrics& m) { return m.hedges.lost_bytes; });
    to.single("aloft_early_ends_total", "counter",
              "Streams ended at their action while the server had more to send.",
              [](const metrics& m) { return m.early_ends.streams; });
    to.single("aloft_early_ends_tokens_at_most_total", "counter",
              "Tokens that those streams were spared, at the most.",
              [](const metrics& m) { return m.early_ends.tokens_at_most; });
}

void write_servers(writer& to)
{
    using server = server_state;
    if (!to.several_servers())
        return;
    to.each_server("aloft_server_attempts_total", "counter", "Attempts sent to a server.",
                   [](const server& s) { return s.attempts; });
    to.each_server("aloft_server_failures_total", "counter",
                   "Attempts that failed for its reasons.",
                   [](const server& s) { return s.failures; });
    to.each_server("aloft_server_failovers_total", "counter",
                   "Attempts after whose failure another server was given the next one.",
                   [](const server& s) { return s.failovers; });
    to.each_server("aloft_server_ejections_total", "counter",
                   "Times a server was left alone for failures, or because of its health endpoint.",
                   [](const server& s) { return s.ejections; });
    to.each_server("aloft_server_probes_total", "counter",
                   "Requests that were to find out whether a server is back.",
                   [](const server& s) { return s.probes; });
    to.each_server("aloft_server_checks_total", "counter", "Questions to its health endpoint.",
                   [](const server& s) { return s.checks; });
    to.each_server("aloft_server_checks_failed_total", "counter",
                   "Questions to its health endpoint that it failed.",
                   [](const server& s) { return s.checks_failed; });
    to.each_server("aloft_server_ejected", "gauge", "Whether a server is left alone, 1 or 0.",
                   [](const server& s) { return std::uint64_t{s.ejected}; });
    to.each_server(
        "aloft_server_resting_seconds", "gauge",
        "For how long a server is still left alone, or has no quota.",
        [](const server& s) { return seconds(static_cast<std::uint64_t>(s.resting.count())); });
    to.each_server("aloft_server_outstanding", "gauge",
                   "Attempts under way, streams being read included.",
                   [](const server& s) { return std::uint64_t{s.outstanding}; });
}

} // namespace

labelled_metrics::labelled_metrics(client_metrics of, labels_type labels) :
    metrics_(of), labels_(std::move(labels))
{
    for (const auto& [name, value] : labels_) {
        if (!is_name(name) || name.starts_with("__") || is_ours(name))
            throw std::invalid_argument("\"" + name + "\" cannot be the name of a label");
        const auto twice = [&name = name](const auto& other) { return other.first == name; };
        if (std::count_if(labels_.begin(), labels_.end(), twice) != 1)
            throw std::invalid_argument("the label \"" + name + "\" is given twice");
    }
}

std::string prometheus_text(std::span<const labelled_metrics> clients)
{
    writer to(clients);
    write_requests(to);
    write_times(to);
    write_queues(to);
    write_connections(to);
    write_models(to);
    write_servers(to);
    return to.take();
}

std::string prometheus_text(const client_metrics& client)
{
    const labelled_metrics only(client);
    return prometheus_text({&only, 1});
}

} // namespace aloft
