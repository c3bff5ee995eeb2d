#pragma once

#include "support/catch.hpp"

namespace aloft::test {

/// Runs its test case twice: over HTTP/2 where it says yes, over HTTP/1.1 where no.
inline bool any_version()
{
    return GENERATE(true, false);
}

} // namespace aloft::test
