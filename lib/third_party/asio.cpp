// Asio, compiled once: every other translation unit sees declarations only.
#include <boost/asio/impl/src.hpp>
