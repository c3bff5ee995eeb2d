#pragma once

#include <cstddef>

namespace aloft::test {

/// How often this program has called operator new. Linking it replaces operator new.
std::size_t allocations() noexcept;

} // namespace aloft::test
