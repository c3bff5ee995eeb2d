#pragma once

#include <aloft/error.hpp>

#include <cstddef>

namespace aloft::net {

/// Where the result of one operation goes. Owned by whoever starts the operation, so that starting
/// one allocates nothing; it may start the next operation, or destroy the transport, from within.
class io_completion {
public:
    virtual void complete(error_code ec, std::size_t bytes) = 0;

protected:
    ~io_completion() = default;
};

} // namespace aloft::net
