#include "http2/credit.hpp"
#include "http2/nghttp2_allocator.hpp"
#include "http2/stream_slots.hpp"
#include "support/catch.hpp"

#include <cstdint>
#include <cstring>
#include <random>
#include <vector>

using namespace aloft::http2;

TEST_CASE("streams times window stays within the connection's memory")
{
    constexpr std::size_t memory = 64 << 20;
    stream_windows windows(1 << 20, memory);
    std::mt19937 random(7);
    for (int i = 0; i < 10000; ++i) {
        const std::size_t streams = random() % 4096;
        windows.fit(streams);
        REQUIRE(streams * windows.current() <= memory);
        REQUIRE(windows.current() >= stream_windows::smallest);
        REQUIRE(windows.current() <= 1 << 20);
    }
}

TEST_CASE("a window is told of only when it changes, and not with every stream")
{
    stream_windows windows(1 << 20, 64 << 20);
    int told = 0;
    for (std::size_t streams = 1; streams <= 1000; ++streams)
        told += windows.fit(streams);
    CHECK(told == 4); // 1 MiB, then 512, 256, 128 and 64 KiB
    CHECK(windows.current() == 64 * 1024);
    CHECK_FALSE(windows.fit(999));
    CHECK(windows.fit(10));
    CHECK(windows.current() == 1 << 20);
}

TEST_CASE("a window goes no lower than a frame, nor higher than configured")
{
    stream_windows windows(1 << 20, 1 << 20);
    windows.fit(100000);
    CHECK(windows.current() == stream_windows::smallest);
    windows.fit(0);
    CHECK(windows.current() == 1 << 20);

    stream_windows small(1000, 1 << 20);
    small.fit(100000);
    CHECK(small.current() == 1000);
}

TEST_CASE("connection credit and held bytes are counted apart")
{
    receive_credit credit(100);
    credit.passed(60);
    credit.held(60);
    CHECK(credit.take_owed() == 60);
    CHECK(credit.take_owed() == 0);
    CHECK_FALSE(credit.exceeded());
    credit.held(41);
    CHECK(credit.exceeded());
    credit.taken(1);
    CHECK_FALSE(credit.exceeded());
    CHECK(credit.held() == 100);
}

TEST_CASE("capacity is the smaller of the peer's limit and ours")
{
    stream_slots slots(1000, 100);
    CHECK(slots.capacity() == 100);
    slots.peer_allows(128);
    CHECK(slots.capacity() == 128);
    slots.peer_allows(0xffffffff);
    CHECK(slots.capacity() == 1000);
    slots.peer_allows(0);
    CHECK(slots.capacity() == 0);
    CHECK_FALSE(slots.closed());
}

TEST_CASE("a reset stream keeps its slot until the peer is heard after RST_STREAM went out")
{
    stream_slots slots(10, 10);
    slots.reset_waits();
    slots.heard();
    CHECK(slots.kept() == 1);
    slots.reset_written(true, false);
    slots.heard();
    CHECK(slots.kept() == 1);
    slots.handed_out();
    CHECK(slots.kept() == 1);
    slots.heard();
    CHECK(slots.kept() == 0);
}

TEST_CASE("no stream follows when identifiers run out")
{
    stream_slots slots(1000, 100);
    CHECK_FALSE(slots.opened(1));
    CHECK_FALSE(slots.opened(0x7ffefff1));
    CHECK(slots.capacity() == 100);
    CHECK(slots.opened(0x7fff0001));
    CHECK(slots.capacity() == 0);
    CHECK_FALSE(slots.opened(0x7fff0003));
}

TEST_CASE("the allocator hands a released block out again")
{
    nghttp2_allocator memory;
    void* first = memory.allocate(200);
    memory.release(first);
    CHECK(memory.bytes_kept() == 256);
    CHECK(memory.allocate(193) == first);
    CHECK(memory.bytes_kept() == 0);
    memory.release(first);
}

TEST_CASE("the allocator keeps no more than its bound")
{
    nghttp2_allocator memory;
    std::vector<void*> blocks;
    for (int i = 0; i < 2000; ++i)
        blocks.push_back(memory.allocate(1024));
    void* large = memory.allocate(100000);
    for (void* block : blocks)
        memory.release(block);
    memory.release(large);
    memory.release(nullptr);
    CHECK(memory.bytes_kept() == 256 * 1024);
}

TEST_CASE("the allocator grows a block with its bytes")
{
    nghttp2_allocator memory;
    auto* block = static_cast<char*>(memory.reallocate(nullptr, 10));
    std::memcpy(block, "0123456789", 10);
    CHECK(memory.reallocate(block, 60) == block);
    block = static_cast<char*>(memory.reallocate(block, 5000));
    CHECK(std::memcmp(block, "0123456789", 10) == 0);
    block = static_cast<char*>(memory.reallocate(block, 20000));
    CHECK(std::memcmp(block, "0123456789", 10) == 0);
    memory.release(block);
}
