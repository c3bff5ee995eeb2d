#pragma once

#include "report.hpp"
#include "settings.hpp"

#include <aloft/client.hpp>

#include <boost/asio/awaitable.hpp>

namespace aloft::interop {

/// A scenario runs to its end in one coroutine, and says in the report what it found. What servers
/// have to offer stands in ../peers/peer.py.
using scenario = boost::asio::awaitable<void>(client&, const settings&, report&);

scenario unary; ///< `count` small requests, `in_flight` at once
scenario download; ///< `count` bytes
scenario upload; ///< `count` bytes
scenario streams; ///< `count` responses open at once
scenario cancel; ///< `count` requests, most of them cancelled
scenario load; ///< `count` named requests, each accounted for

} // namespace aloft::interop
