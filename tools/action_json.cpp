#include "action_json.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include <string_view>

namespace aloft::tools {
namespace {

namespace json = boost::json;

json::value value_of(const autoglm::literal& from)
{
    if (const auto* truth = from.if_bool())
        return *truth;
    if (const auto* whole = from.if_integer())
        return *whole;
    if (const auto* text = from.if_text())
        return json::value(std::string_view(*text));
    if (const auto number = from.number())
        return *number;
    if (const auto* list = from.if_list()) {
        json::array all;
        for (const auto& one : *list)
            all.push_back(value_of(one));
        return all;
    }
    return nullptr;
}

} // namespace

json::object action_json(const autoglm::action& from)
{
    json::object made{{"name", std::string_view(from.name())}};
    for (const auto& argument : from.arguments())
        made[argument.name] = value_of(argument.value);
    return made;
}

bool meant_as_action(const autoglm::parsed_action& parsed) noexcept
{
    using autoglm::action_error;
    return parsed ||
           (parsed.error() != action_error::empty && parsed.error() != action_error::not_a_call);
}

} // namespace aloft::tools
