// Many coroutines that belong together: all of a list with a bound, several at once, and the first
// of several. Where one fails the others are cancelled, on the wire too, and none is left behind.
#include <aloft/autoglm.hpp>
#include <aloft/concurrent.hpp>
#include <aloft/sim.hpp>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

#include <exception>
#include <iostream>
#include <string>
#include <vector>

namespace asio = boost::asio;

namespace {

asio::awaitable<std::string> ask(aloft::autoglm::client& glm, std::string question)
{
    aloft::autoglm::chat_request what;
    what.user(question);
    std::string answer;
    auto reply = co_await glm.stream(what);
    while (const auto* delta = co_await reply.next())
        answer += delta->content;
    co_return answer;
}

// A thousand questions, fifty at once.
// [many]
asio::awaitable<void> many(aloft::autoglm::client& glm)
{
    std::vector<std::string> questions(1000, "What is on the screen?");
    std::size_t letters = 0;
    const auto count = [&](std::string& question) -> asio::awaitable<void> {
        letters += (co_await ask(glm, question)).size();
    };
    co_await aloft::for_each(questions, 50, count); // throws the first failure
    std::cout << questions.size() << " answers, " << letters << " letters\n";
}
// [many]

// Two different things at once.
asio::awaitable<void> both(aloft::autoglm::client& glm)
{
    const auto [plan, models] = co_await aloft::when_all(ask(glm, "What next?"), glm.models());
    std::cout << "a plan of " << plan.size() << " letters by " << models.front().id << '\n';
}

asio::awaitable<void> attempt(aloft::autoglm::client& glm, aloft::task_spawner& others,
                              std::string& best)
{
    best = co_await ask(glm, "Where is the button?");
    others.cancel(); // the server stops generating what nobody needs any more
}

// The first of three.
asio::awaitable<void> first(aloft::autoglm::client& glm)
{
    std::string best;
    const auto body = [&](aloft::task_spawner& group) -> asio::awaitable<void> {
        for (int i = 0; i != 3; ++i)
            group.spawn(attempt(glm, group, best));
        co_return;
    };
    co_await aloft::with_task_group(body); // resumes when all three have ended
    std::cout << "the first of three: " << best.size() << " letters\n";
}

asio::awaitable<void> all(aloft::autoglm::client& glm)
{
    co_await many(glm);
    co_await both(glm);
    co_await first(glm);
}

} // namespace

int main()
{
    asio::io_context loop(1);
    aloft::sim::server model(loop.get_executor(), aloft::sim::options().tokens(5));
    model.listen();
    aloft::autoglm::client glm(loop.get_executor(), aloft::autoglm::options(model.base_url()));
    int result = 0;
    const auto done = [&](std::exception_ptr why) {
        result = why ? 1 : 0;
        loop.stop();
    };
    asio::co_spawn(loop, all(glm), done);
    loop.run();
    std::cout << model.counters().peak_in_flight << " in flight at most\n";
    return result;
}
