#include "send/phase_printer.hpp"

#include <fmt/color.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string>

namespace aloft::tools {

std::string masked(std::string_view name, std::string_view value)
{
    constexpr std::array<std::string_view, 6> secret{"cookie",  "set-cookie",     "x-api-key",
                                                     "api-key", "x-goog-api-key", "x-auth-token"};
    if (name == "authorization" || name == "proxy-authorization") {
        const auto scheme = value.substr(0, value.find(' '));
        return scheme.size() == value.size() ? "***" : std::string(scheme) + " ***";
    }
    return std::find(secret.begin(), secret.end(), name) != secret.end() ? "***"
                                                                         : std::string(value);
}

void phase_printer::note(std::string_view what) const
{
    const auto passed =
        std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - started_);
    fmt::print(
        stderr, "{}\n",
        colour_(fmt::emphasis::faint, fmt::format("* {:7.1f} ms  {}", passed.count(), what)));
}

void phase_printer::show(char mark, const fields& head) const
{
    for (const auto [name, value] : head) {
        if (!name.starts_with(':'))
            fmt::print(stderr, "{} {}: {}\n", mark, name, masked(name, value));
    }
    fmt::print(stderr, "{}\n", mark);
}

void phase_printer::dialing(const origin& to)
{
    note("connecting to " + to.name());
}

void phase_printer::connected(const origin&, const connection_facts& facts)
{
    note(fmt::format("connected to {}, speaking {}", facts.peer, facts.protocol));
    if (!facts.security.empty())
        note(facts.security);
}

void phase_printer::dial_failed(const origin& to, phase during, const error_code& ec,
                                std::string_view detail)
{
    note(fmt::format("{} failed while {}: {}: {}", to.name(), to_string(during), ec.message(),
                     detail));
}

void phase_printer::queued(request_number)
{
    note("waiting for a permit");
}

void phase_printer::waiting(request_number)
{
    note("waiting for a connection");
}

void phase_printer::sent(request_number, const fields& head, const connection_facts& over)
{
    note(fmt::format("sending over {}", over.protocol));
    fmt::print(stderr, "> {} {}\n> host: {}\n", head.get(":method").value_or(""),
               head.get(":path").value_or(""), head.get(":authority").value_or(""));
    show('>', head);
}

void phase_printer::interim(request_number, unsigned status, const fields& head)
{
    fmt::print(stderr, "< {}\n", status);
    show('<', head);
}

void phase_printer::redirected(request_number, unsigned, const url& to)
{
    note("redirected to " + to.text());
}

void phase_printer::answered(request_number, unsigned status, const fields& head)
{
    note("the response began");
    fmt::print(stderr, "< {}\n", status);
    show('<', head);
}

void phase_printer::sent_again(request_number, const error_code& why)
{
    note("sending again: " + why.message());
}

void phase_printer::ended(request_number, const error_code& ec, std::uint64_t received)
{
    note(ec ? "failed: " + ec.message() : fmt::format("complete, {} bytes of body", received));
}

} // namespace aloft::tools
