#include <aloft/client_handle.hpp>

#include <boost/asio/use_future.hpp>
#include <boost/system/system_error.hpp>

#include <future>
#include <stdexcept>
#include <string>

namespace aloft {

namespace asio = boost::asio;

namespace {

void must_not_be_a_shard(const char* blocking, const char* other)
{
    const auto* here = detail::shard::current();
    if (here != nullptr)
        throw std::logic_error("aloft: " + std::string(blocking) + " would block shard " +
                               std::to_string(here->index()) +
                               ", on whose thread it is called; use " + other +
                               ", or the client that sharded::local() gives");
}

template <class Error, class Result, class Failure>
Result wait(std::future<Result> answer, Failure& why)
{
    try {
        return answer.get();
    } catch (const std::future_error&) { // destroyed with the runtime
        why.code = errc::client_closed;
    } catch (const boost::system::system_error&) { // told in `why`
    }
    throw Error(why);
}

} // namespace

whole_response client_handle::fetch(request what) const
{
    must_not_be_a_shard("client_handle::fetch()", "async_fetch()");
    failure why;
    return wait<error>(async_fetch(std::move(what), why, asio::use_future), why);
}

chat::completion autoglm::client_handle::complete(chat::request ask) const
{
    must_not_be_a_shard("client_handle::complete()", "async_complete()");
    failure why;
    return wait<error>(async_complete(std::move(ask), why, asio::use_future), why);
}

} // namespace aloft
