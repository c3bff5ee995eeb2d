#pragma once

#include <aloft/action.hpp>

#include <boost/json/object.hpp>

namespace aloft::tools {

/// An action as JSON: {"name": "Tap", "element": [499, 182]}.
boost::json::object action_json(const autoglm::action& from);

/// Whether a text that could not be read as an action was meant to be one. Other models' answers,
/// and the phone agent's before its action, are not.
bool meant_as_action(const autoglm::parsed_action& parsed) noexcept;

} // namespace aloft::tools
