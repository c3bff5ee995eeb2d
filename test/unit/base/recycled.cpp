#include "base/recycled.hpp"

#include "support/allocations.hpp"
#include "support/catch.hpp"

#include <cstddef>
#include <memory>
#include <optional>
#include <thread>
#include <vector>

using aloft::test::allocations;

namespace {

struct item : aloft::recycled<item> {
    char bytes[200] = {};
};

std::size_t allocated_for_one()
{
    const auto before = allocations();
    const auto made = std::make_unique<item>();
    return allocations() - before;
}

std::optional<std::size_t> at_the_end; // what an item takes when its thread's blocks are gone

struct late {
    ~late()
    {
        allocated_for_one();
        at_the_end = allocated_for_one();
    }
};

} // namespace

TEST_CASE("no more blocks are kept than a few, and what outlives them is allocated and freed")
{
    std::thread([] {
        static thread_local late made_before_the_blocks; // and so destroyed after them
        (void)&made_before_the_blocks;
        std::vector<std::unique_ptr<item>> many(100);
        for (auto& one : many)
            one = std::make_unique<item>();
        many.clear();
        allocated_for_one();
    }).join();
    REQUIRE(at_the_end);
    CHECK(*at_the_end == 1);
}
