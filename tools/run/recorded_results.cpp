#include "run/recorded_results.hpp"

#include "run/result_line.hpp"

#include <fmt/format.h>
#include <simdjson.h>

#include <algorithm>
#include <cerrno>
#include <fstream>
#include <system_error>

namespace aloft::tools {
namespace {

bool read_line(simdjson::dom::parser& parser, const std::string& text, recorded_line& into)
{
    simdjson::dom::element object;
    std::string_view id;
    std::string_view custom_id;
    simdjson::dom::element error;
    if (parser.parse(text).get(object) || object["id"].get(id) ||
        object["custom_id"].get(custom_id) || object["error"].get(error) ||
        !id.starts_with(result_id_prefix)) {
        return false;
    }
    id.remove_prefix(result_id_prefix.size());
    into.text = text;
    into.custom_id = fingerprint(custom_id);
    into.request = fingerprint::parse(id);
    into.failed = !error.is_null();
    return true;
}

} // namespace

bool read_results(const std::string& path, std::uint64_t& whole, std::string& problem,
                  const std::function<void(const recorded_line&)>& show)
{
    std::ifstream file(path, std::ios::binary);
    if (!file) {
        problem = fmt::format("cannot read {}: {}", path, std::generic_category().message(errno));
        return false;
    }
    simdjson::dom::parser parser;
    std::string text;
    recorded_line line;
    whole = 0;
    // What has no end was torn; what has one was written whole, and is a result or not ours.
    for (std::uint64_t number = 1; std::getline(file, text) && !file.eof(); ++number) {
        if (!read_line(parser, text, line)) {
            problem = fmt::format("{} is no file of aloft's results (see its line {}) and is left "
                                  "alone; choose another -o",
                                  path, number);
            return false;
        }
        whole += text.size() + 1;
        show(line);
    }
    if (file.bad()) { // or the lines behind would pass for a torn one
        problem = fmt::format("cannot read {} behind byte {}", path, whole);
        return false;
    }
    if (whole == 0 && !text.empty()) {
        problem = fmt::format(
            "{} is no file of aloft's results and is left alone; choose another -o", path);
        return false;
    }
    return true;
}

void recorded_results::add(const recorded_line& line)
{
    entries_[line.custom_id] = {line.request, line.failed, false};
    failed_ += line.failed ? 1 : 0;
}

std::size_t recorded_results::strange() const
{
    return static_cast<std::size_t>(std::count_if(entries_.begin(), entries_.end(),
                                                  [](const auto& one) { return !one.second.met; }));
}

} // namespace aloft::tools
