// A thousand questions at once from one thread, two hundred of them in flight at a time.
#include <aloft/autoglm.hpp>
#include <aloft/sim.hpp>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

#include <exception>
#include <iostream>
#include <string>

namespace asio = boost::asio;

namespace {

asio::awaitable<void> ask(aloft::autoglm::client& glm, int number)
{
    aloft::autoglm::chat_request what;
    what.user("Question " + std::to_string(number));
    auto reply = co_await glm.stream(what); // waits for its turn, too
    while (co_await reply.next()) {
    }
}

} // namespace

int main()
{
    asio::io_context loop(1);
    aloft::sim::server model(loop.get_executor(),
                             aloft::sim::options().tokens(5).self_signed(true));
    model.listen();

    aloft::client_options http; // over TLS, HTTP/2 is agreed upon: few connections, many streams
    http.max_in_flight(200).tls(aloft::tls_options().ca_pem(model.certificate()));
    aloft::autoglm::client glm(loop.get_executor(),
                               aloft::autoglm::options(model.base_url()).http(http));

    int left = 1000;
    int failed = 0;
    const auto done = [&](std::exception_ptr why) {
        failed += why ? 1 : 0;
        if (--left == 0)
            loop.stop();
    };
    for (int i = 0; i != 1000; ++i)
        asio::co_spawn(loop, ask(glm, i), done);
    loop.run();
    std::cout << 1000 - failed << " answered over " << model.counters().connections
              << " connections, " << model.counters().peak_in_flight << " in flight at most\n";
    return failed == 0 ? 0 : 1;
}
