#pragma once

#include "base/timer_service.hpp"
#include "net/connector.hpp"

#include <aloft/client_options.hpp>

#include <boost/asio/any_io_executor.hpp>

#include <memory>

namespace aloft::detail {

/// How a client reaches servers, as its options say. Throws boost::system::system_error, with a
/// message for people, where they cannot be used.
std::unique_ptr<net::connector> make_connector(const boost::asio::any_io_executor& executor,
                                               const client_options& options,
                                               const std::shared_ptr<timer_service>& timers);

} // namespace aloft::detail
