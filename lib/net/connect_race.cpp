#include "net/connect_race.hpp"

#include <boost/asio/error.hpp>
#include <boost/asio/steady_timer.hpp>

#include <list>
#include <utility>

namespace aloft::net {

/// Kept by the handlers of its attempts; `done` is null once the race is over.
struct connect_race::state : std::enable_shared_from_this<state> {
    using tcp = asio::ip::tcp;

    state(const asio::any_io_executor& on, tcp_endpoints order, std::chrono::milliseconds pause,
          race_completion& completion) :
        executor{on}, timer{on}, endpoints{std::move(order)}, stagger{pause}, done{&completion}
    {
    }

    void attempt_next();
    void attempted(std::list<tcp::socket>::iterator socket, const tcp::endpoint& to, error_code ec);
    void end();

    asio::any_io_executor executor;
    asio::steady_timer timer;
    tcp_endpoints endpoints;
    std::chrono::milliseconds stagger;
    race_completion* done;
    std::size_t next = 0;
    std::list<tcp::socket> attempts;
    std::string answers;
};

void connect_race::state::attempt_next()
{
    if (next == endpoints.size())
        return;
    const tcp::endpoint to = endpoints[next++];
    const auto socket = attempts.emplace(attempts.end(), executor);
    // The handler opens the socket: a family the machine lacks is one more answer, and not an
    // exception.
    socket->async_connect(to, [self = shared_from_this(), socket, to](error_code ec) {
        if (self->done != nullptr)
            self->attempted(socket, to, ec);
    });
    if (next == endpoints.size())
        return;
    timer.expires_after(stagger);
    timer.async_wait([self = shared_from_this()](error_code ec) {
        if (!ec && self->done != nullptr)
            self->attempt_next();
    });
}

void connect_race::state::attempted(std::list<tcp::socket>::iterator socket,
                                    const tcp::endpoint& to, error_code ec)
{
    tcp::socket answered = std::move(*socket);
    attempts.erase(socket);
    if (!ec) {
        race_completion* winner_to = done;
        end();
        winner_to->connected({}, std::move(answered));
        return;
    }

    answers.append(answers.empty() ? "" : "; ")
        .append(to_text(to))
        .append(": ")
        .append(ec.message());
    if (next < endpoints.size()) {
        attempt_next(); // rearming the timer withdraws its earlier wait
    } else if (attempts.empty()) {
        race_completion* loser_to = done;
        end();
        loser_to->connected({errc::connect_failed, std::move(answers)}, tcp::socket{executor});
    }
}

void connect_race::state::end()
{
    done = nullptr;
    timer.cancel();
    for (tcp::socket& socket : attempts) {
        error_code ignored;
        socket.close(ignored);
    }
}

connect_race::connect_race(const asio::any_io_executor& executor, const tcp_endpoints& endpoints,
                           std::chrono::milliseconds stagger, race_completion& done) :
    state_{std::make_shared<state>(executor, interleave_families(endpoints), stagger, done)}
{
    state_->attempt_next();
}

connect_race::~connect_race()
{
    state_->end();
}

tcp_endpoints interleave_families(const tcp_endpoints& endpoints)
{
    tcp_endpoints one;
    tcp_endpoints other;
    for (const auto& endpoint : endpoints)
        (endpoint.protocol() == endpoints.front().protocol() ? one : other).push_back(endpoint);

    tcp_endpoints merged;
    for (std::size_t i = 0; i < endpoints.size(); ++i) {
        if (i < one.size())
            merged.push_back(one[i]);
        if (i < other.size())
            merged.push_back(other[i]);
    }
    return merged;
}

std::string to_text(const asio::ip::tcp::endpoint& endpoint)
{
    std::string text = endpoint.address().to_string();
    if (endpoint.address().is_v6())
        text.insert(0, 1, '[').push_back(']');
    return text.append(":").append(std::to_string(endpoint.port()));
}

} // namespace aloft::net
