#include "sse/event_printer.hpp"

#include "remedy.hpp"

#include <boost/asio/error.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <boost/nowide/utf/convert.hpp>
#include <fmt/color.h>
#include <fmt/format.h>

#include <cerrno>
#include <cstdio>
#include <system_error>

namespace aloft::tools {
namespace {

// Event streams are UTF-8, and what is not is replaced by U+FFFD (WHATWG HTML, 9.2.6); JSON could
// not hold it.
std::string utf8(const std::string& text)
{
    return boost::nowide::utf::convert_string<char>(text.data(), text.data() + text.size());
}

} // namespace

void event_printer::print(const source_event& told)
{
    if (json_)
        print_json(told);
    else if (told.what == source_event::kind::message)
        print_message(told);
}

void event_printer::print_json(const source_event& told)
{
    boost::json::object line;
    switch (told.what) {
    case source_event::kind::open: line = {{"type", "open"}}; break;
    case source_event::kind::message:
        line = {{"type", "event"},
                {"event", utf8(told.type)},
                {"data", utf8(told.data)},
                {"lastEventId", utf8(told.last_event_id)}};
        break;
    case source_event::kind::error:
        line = {{"type", "error"}, {"fatal", told.fatal}, {"message", utf8(explain(told))}};
        if (!told.fatal)
            line["retryInMs"] = told.retry_in.count();
        break;
    }
    write(boost::json::serialize(line) + "\n");
}

// The data; before it a line of its own for what is not the rule, a type or a new id.
void event_printer::print_message(const source_event& told)
{
    std::string title;
    if (told.last_event_id != shown_id_)
        title = fmt::format("-- {} (id {})", told.type, told.last_event_id);
    else if (told.type != "message")
        title = fmt::format("-- {}", told.type);
    shown_id_ = told.last_event_id;
    if (!title.empty())
        title = colour_(fmt::emphasis::faint, title) + "\n";
    write(title + told.data + "\n");
}

void event_printer::write(std::string_view text)
{
    if (!problem_.empty())
        return;
    if (std::fwrite(text.data(), 1, text.size(), stdout) != text.size() ||
        std::fflush(stdout) != 0) {
        problem_ = fmt::format("standard output cannot be written: {}",
                               std::generic_category().message(errno));
    }
}

std::string explain(const source_event& error)
{
    const auto& why = error.why;
    if (why.code == boost::asio::error::eof)
        return why.origin + ": the server ended the stream";
    const auto whom = why.origin.empty() ? std::string() : why.origin + ": ";
    if (why.code == errc::http_status)
        return whom + "the server answered with " + why.detail;
    if (why.code == errc::unexpected_content)
        return whom + why.code.message() + ": " + why.detail;
    if (why.code == errc::invalid_url)
        return whom + why.code.message() + ": " + why.detail;
    autoglm::failure all;
    static_cast<failure&>(all) = why;
    return explain(all);
}

} // namespace aloft::tools
