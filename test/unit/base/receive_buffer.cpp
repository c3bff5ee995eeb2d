#include "base/receive_buffer.hpp"

#include "support/catch.hpp"

#include <random>
#include <string>
#include <vector>

using aloft::buffer_pool;
using aloft::receive_buffer;

namespace {

void append(receive_buffer& buffer, const std::string& bytes, buffer_pool& pool)
{
    buffer.append(bytes.data(), bytes.size(), pool);
}

} // namespace

TEST_CASE("bytes come out in the order they went in")
{
    buffer_pool pool;
    receive_buffer buffer;
    append(buffer, "hello ", pool);
    append(buffer, "world", pool);
    CHECK(buffer.readable() == "hello world");
    buffer.consume(6, pool);
    CHECK(buffer.readable() == "world");
    buffer.clear(pool);
}

TEST_CASE("an empty buffer holds no block")
{
    buffer_pool pool;
    receive_buffer buffer;
    CHECK(buffer.readable().empty());
    append(buffer, "x", pool);
    CHECK(pool.bytes_in_use() == 512);
    buffer.consume(1, pool);
    CHECK(buffer.empty());
    CHECK(pool.bytes_in_use() == 0);
    CHECK(pool.bytes_kept() == 512);
}

TEST_CASE("appending nothing to an empty buffer takes no block")
{
    buffer_pool pool;
    receive_buffer buffer;
    buffer.append(nullptr, 0, pool);
    CHECK(buffer.empty());
    CHECK(pool.bytes_in_use() == 0);
    buffer.clear(pool);
}

TEST_CASE("a released block is given out again")
{
    buffer_pool pool;
    std::size_t capacity = 600;
    char* block = pool.allocate(capacity);
    CHECK(capacity == 1024);
    pool.release(block, capacity);
    std::size_t again = 1000;
    CHECK(pool.allocate(again) == block);
    CHECK(again == 1024);
    pool.release(block, again);
}

TEST_CASE("the slack behind every block is readable")
{
    buffer_pool pool;
    for (std::size_t size : {1U, 512U, 513U, 65536U, 65537U, 1000000U}) {
        auto capacity = size;
        char* block = pool.allocate(capacity);
        CHECK(capacity >= size);
        for (std::size_t i = 0; i < aloft::read_slack; ++i)
            CHECK(block[capacity + i] == 0);
        pool.release(block, capacity);
    }
}

TEST_CASE("a pool keeps at most a mebibyte")
{
    buffer_pool pool;
    std::vector<char*> blocks;
    for (int i = 0; i < 40; ++i) {
        std::size_t capacity = 65536;
        blocks.push_back(pool.allocate(capacity));
    }
    std::size_t huge = 1 << 20;
    char* large = pool.allocate(huge);
    for (auto* block : blocks)
        pool.release(block, 65536);
    pool.release(large, huge);
    CHECK(pool.bytes_in_use() == 0);
    CHECK(pool.bytes_kept() == std::size_t{1} << 20);
}

TEST_CASE("a buffer that is filled piece by piece copies each byte a bounded number of times")
{
    buffer_pool pool;
    receive_buffer buffer;
    const std::string piece(4096, 'p');
    int moves = 0;
    for (int i = 0; i < 1024; ++i) { // 4 MiB
        const auto* before = buffer.readable().data();
        append(buffer, piece, pool);
        moves += buffer.readable().data() != before ? 1 : 0;
    }
    CHECK(moves < 24);
    CHECK(buffer.size() == 4 * 1024 * 1024);
    CHECK(pool.bytes_in_use() <= 8 * 1024 * 1024);
    buffer.clear(pool);
}

TEST_CASE("a buffer begins with a block for as much as lately came before it was read")
{
    buffer_pool pool;
    receive_buffer buffer;
    const std::string piece(250, 'p');
    const auto moves_for = [&](int pieces) {
        int moves = 0;
        append(buffer, piece, pool);
        for (int i = 1; i < pieces; ++i) {
            const auto* before = buffer.readable().data();
            append(buffer, piece, pool);
            moves += buffer.readable().data() != before ? 1 : 0;
        }
        return moves;
    };
    CHECK(moves_for(16) > 0);
    buffer.consume(buffer.size(), pool);
    CHECK(moves_for(16) == 0);
    CHECK(pool.bytes_in_use() == 4096);
    buffer.consume(buffer.size(), pool);
    for (int i = 0; i != 16; ++i) { // which is forgotten, once less comes
        moves_for(1);
        buffer.consume(buffer.size(), pool);
    }
    moves_for(1);
    CHECK(pool.bytes_in_use() == 512);
    buffer.clear(pool);
    moves_for(400);
    buffer.consume(buffer.size(), pool);
    moves_for(1);
    CHECK(pool.bytes_in_use() == 8192); // at most
    buffer.clear(pool);
}

TEST_CASE("a nearly full buffer read in small steps is not moved at each append")
{
    buffer_pool pool;
    receive_buffer buffer;
    append(buffer, std::string(1000, 'a'), pool);
    int moves = 0;
    for (int i = 0; i < 1000; ++i) {
        buffer.consume(10, pool);
        const auto* before = buffer.readable().data();
        append(buffer, "0123456789", pool);
        moves += buffer.readable().data() != before ? 1 : 0;
    }
    CHECK(moves < 30);
    CHECK(buffer.size() == 1000);
    CHECK(pool.bytes_in_use() <= 4096);
    buffer.clear(pool);
}

TEST_CASE("random appends and reads match a string")
{
    std::mt19937 random(11);
    buffer_pool pool;
    receive_buffer buffer;
    std::string model;
    for (int i = 0; i < 20000; ++i) {
        if (random() % 2 == 0) {
            const std::string bytes(random() % (random() % 50 == 0 ? 100000 : 700),
                                    static_cast<char>('a' + random() % 26));
            append(buffer, bytes, pool);
            model += bytes;
        } else if (!model.empty()) {
            const auto count = 1 + random() % model.size();
            buffer.consume(count, pool);
            model.erase(0, count);
        }
        REQUIRE(buffer.readable() == model);
        REQUIRE(pool.bytes_kept() <= std::size_t{1} << 20);
    }
    buffer.clear(pool);
    CHECK(pool.bytes_in_use() == 0);
}
