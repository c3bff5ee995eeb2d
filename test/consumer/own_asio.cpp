// A user who already compiles Asio and Beast in a translation unit of their own.
#include <boost/asio/impl/src.hpp>
#include <boost/beast/src.hpp>
