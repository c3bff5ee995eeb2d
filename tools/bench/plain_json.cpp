#include "bench/plain_json.hpp"

#include <boost/json/serialize.hpp>
#include <fmt/format.h>

#include <cmath>

namespace aloft::tools::bench {
namespace {

namespace json = boost::json;

void append(std::string& to, double number)
{
    if (!std::isfinite(number)) { // which JSON cannot say
        to += "null";
        return;
    }
    auto text = fmt::format("{}", number);
    if (text.find('e') != std::string::npos) {
        text = fmt::format("{:.9f}", number);
        text.erase(text.find_last_not_of('0') + 1);
        if (text.back() == '.')
            text.pop_back();
    }
    // Still a fraction for those who read it: 5 and 5.0 are not the same to all of them.
    to += text.find('.') == std::string::npos ? text + ".0" : text;
}

void append(std::string& to, const json::value& what)
{
    if (const auto* list = what.if_array()) {
        to += '[';
        for (std::size_t i = 0; i != list->size(); ++i) {
            to += i == 0 ? "" : ",";
            append(to, (*list)[i]);
        }
        to += ']';
    } else if (const auto* members = what.if_object()) {
        to += '{';
        for (const auto& one : *members) {
            to += to.back() == '{' ? "" : ",";
            to += json::serialize(json::string(one.key())) + ":";
            append(to, one.value());
        }
        to += '}';
    } else if (const auto* number = what.if_double()) {
        append(to, *number);
    } else {
        to += json::serialize(what);
    }
}

} // namespace

std::string plain_json(const json::value& what)
{
    std::string text;
    append(text, what);
    return text;
}

} // namespace aloft::tools::bench
