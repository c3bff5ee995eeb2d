#include "autoglm/health_prober.hpp"

#include <aloft/client_options.hpp>
#include <aloft/request.hpp>

#include <optional>
#include <utility>

namespace aloft::autoglm::detail {
namespace {

// What a server says beyond its status is of no interest.
constexpr std::size_t longest_answer = 64 * 1024;

client_options plain_options(const client_options& all, const health_check& rules)
{
    client_options plain;
    plain.version(all.version()).max_connections(1).unix_socket(all.unix_socket());
    plain.idle_timeout(2 * rules.interval(), all.idle_http1());
    for (const auto [name, value] : all.headers())
        plain.header(name, value);
    return plain;
}

std::optional<unsigned> status_of(aloft::detail::call& over)
{
    if (!over.delivered() || !over.carried().head_complete)
        return std::nullopt;
    return over.carried().status;
}

endpoint_health meaning(std::optional<unsigned> status)
{
    if (!status)
        return endpoint_health::ill;
    if (*status / 100 == 2)
        return endpoint_health::well;
    return *status / 100 == 5 && *status != 501 ? endpoint_health::ill : endpoint_health::unknown;
}

} // namespace

health_prober::health_prober(aloft::detail::client_core& of,
                             std::shared_ptr<const server_list> servers,
                             const health_check& rules) :
    of_(of),
    servers_(std::move(servers)),
    timeout_(rules.timeout()),
    over_(std::make_shared<aloft::detail::client_core>(
        of.executor, plain_options(of.options, rules), of.connector, of.timers))
{
    for (std::size_t i = 0; i < servers_->size(); ++i)
        questions_.emplace_back(*this, i);
    of.close_listeners.push_back(*this);
}

health_prober::~health_prober()
{
    stop();
}

void health_prober::used()
{
    if (over_->closed)
        return;
    auto& timers = *of_.timers;
    servers_->balancer()->used(alarm_.armed() ? timers.now() : timers.update(), of_.random);
    if (!alarm_.armed())
        arm();
}

void health_prober::ask_all()
{
    while (const auto server = servers_->balancer()->ask(of_.timers->now()))
        ask(questions_[*server]);
    arm();
}

void health_prober::ask(question& next)
{
    const auto& of = servers_->at(next.server);
    request what("GET", *of.health());
    what.headers(of.headers(wants::models))
        .deadlines(deadlines().total(timeout_))
        .follow_redirects(false)
        .body_limit(longest_answer);
    next.call = over_->prepare(std::move(what), nullptr);
    error_code ec;
    if (!next.call->start(next, true, ec))
        answered(next);
}

void health_prober::answered(question& over)
{
    const auto asked = std::move(over.call);
    servers_->balancer()->endpoint_answered(over.server, meaning(status_of(*asked)),
                                            of_.timers->now(), of_.random);
    arm();
}

void health_prober::arm()
{
    if (const auto next = servers_->balancer()->next_question())
        of_.timers->arm(alarm_, *next);
}

void health_prober::stop()
{
    if (over_->closed)
        return;
    alarm_.disarm();
    for (auto& one : questions_) {
        if (one.call)
            one.call->cancelled_by(one);
    }
    over_->close();
}

} // namespace aloft::autoglm::detail
