#pragma once

#include <boost/json/value.hpp>

#include <string>

namespace aloft::tools::bench {

/// `what` on one line, with numbers as people write them: 5349.69, never 5.34969E3.
std::string plain_json(const boost::json::value& what);

} // namespace aloft::tools::bench
