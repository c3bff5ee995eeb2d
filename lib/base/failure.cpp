#include <aloft/failure.hpp>

#include <utility>

namespace aloft {

std::string_view to_string(phase value) noexcept
{
    switch (value) {
    case phase::prepare: return "preparing the request";
    case phase::queue: return "waiting for a place";
    case phase::resolve: return "resolving the host name";
    case phase::connect: return "connecting";
    case phase::tls: return "negotiating TLS";
    case phase::head: return "waiting for the response";
    case phase::body: return "reading the response";
    }
    return "";
}

std::string_view to_string(initiator value) noexcept
{
    switch (value) {
    case initiator::caller: return "caller";
    case initiator::aloft: return "aloft";
    case initiator::peer: return "peer";
    }
    return "";
}

std::string_view to_string(processing value) noexcept
{
    switch (value) {
    case processing::never_sent: return "the request was not sent";
    case processing::refused: return "the server did not process it";
    case processing::maybe: return "the server may have processed it";
    case processing::partly_delivered: return "part of the response was received";
    }
    return "";
}

std::string failure::message() const
{
    std::string text;
    if (!origin.empty())
        text.append(origin).append(": ");
    text.append(code.message());
    if (!detail.empty())
        text.append(": ").append(detail);
    text.append(" (while ").append(to_string(phase)).append("; ").append(to_string(processing));
    if (bytes_delivered != 0)
        text.append(", ").append(std::to_string(bytes_delivered)).append(" bytes");
    if (attempts > 1)
        text.append("; ").append(std::to_string(attempts)).append(" attempts");
    if (waited.count() != 0)
        text.append(", ").append(std::to_string(waited.count())).append(" ms between them");
    if (!elsewhere.empty())
        text.append("; elsewhere: ").append(elsewhere);
    if (!stopped.empty())
        text.append("; not tried again: ").append(stopped);
    return text.append(")");
}

error::error(failure why) : system_error(why.code), why_(std::move(why)), text_(why_.message()) {}

} // namespace aloft
