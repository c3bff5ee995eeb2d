#pragma once

#include <aloft/autoglm.hpp>

#include <boost/system/system_error.hpp>

#include <string>

namespace aloft::tools {

/// One line for people: what happened, with whom, what the server said, and what to do about it.
/// \param proven  the server has answered other requests well: the scheme and the port are right
std::string explain(const autoglm::failure& why, bool proven = false);

/// What a thrown error says, without the category's name and number.
std::string said(const boost::system::system_error& thrown);

/// True where no byte of the request left, because the server could not be reached.
bool unreachable(const aloft::failure& why) noexcept;

} // namespace aloft::tools
