#include "http2/nghttp2_setup.hpp"

#include <aloft/fields.hpp>
#include <aloft/request.hpp>

#include <nghttp2/nghttp2.h>

#include <array>
#include <benchmark/benchmark.h>
#include <string>

namespace {

aloft::fields request_head()
{
    aloft::fields head;
    head.add_lowered(":method", "POST");
    head.add_lowered(":scheme", "https");
    head.add_lowered(":authority", "model.example");
    head.add_lowered(":path", "/v1/chat/completions");
    head.add_lowered("content-type", "application/json");
    head.add_lowered("accept", "text/event-stream");
    head.add_lowered("authorization", "Bearer sk-0123456789abcdef0123456789abcdef");
    head.add_lowered("content-length", "1024");
    return head;
}

void fields_listed(benchmark::State& state)
{
    for (auto _ : state) {
        auto head = request_head();
        benchmark::DoNotOptimize(head);
    }
}
BENCHMARK(fields_listed);

void fields_looked_up(benchmark::State& state)
{
    const auto head = request_head();
    for (auto _ : state)
        benchmark::DoNotOptimize(head.get("content-length"));
}
BENCHMARK(fields_looked_up);

void request_validated(benchmark::State& state)
{
    aloft::request what("POST", "https://model.example/v1/chat/completions");
    what.header("Content-Type", "application/json")
        .header("Accept", "text/event-stream")
        .header("Authorization", "Bearer sk-0123456789abcdef0123456789abcdef");
    std::string detail;
    for (auto _ : state)
        benchmark::DoNotOptimize(aloft::validate(what, detail));
}
BENCHMARK(request_validated);

/// A head that was sent before on the same connection, as nearly all are.
void head_compressed(benchmark::State& state)
{
    nghttp2_hd_deflater* deflater = nullptr;
    nghttp2_hd_deflate_new(&deflater, 4096);
    const auto head = request_head();
    std::array<std::uint8_t, 1024> block{};
    for (auto _ : state) {
        const aloft::http2::field_array list(head, NGHTTP2_NV_FLAG_NO_COPY_NAME |
                                                       NGHTTP2_NV_FLAG_NO_COPY_VALUE);
        benchmark::DoNotOptimize(
            nghttp2_hd_deflate_hd(deflater, block.data(), block.size(), list.data(), list.size()));
    }
    nghttp2_hd_deflate_del(deflater);
}
BENCHMARK(head_compressed);

/// Calls `take(name, value)` for each field of a header block.
template <class Take>
void inflate(nghttp2_hd_inflater* inflater, const std::uint8_t* block, std::size_t size, Take take)
{
    for (;;) {
        nghttp2_nv found{};
        int flags = 0;
        const auto used = nghttp2_hd_inflate_hd2(inflater, &found, &flags, block, size, 1);
        if (used < 0)
            return;
        block += used;
        size -= static_cast<std::size_t>(used);
        if ((flags & NGHTTP2_HD_INFLATE_EMIT) != 0)
            take(std::string_view(reinterpret_cast<const char*>(found.name), found.namelen),
                 std::string_view(reinterpret_cast<const char*>(found.value), found.valuelen));
        if ((flags & NGHTTP2_HD_INFLATE_FINAL) != 0) {
            nghttp2_hd_inflate_end_headers(inflater);
            return;
        }
    }
}

void head_decompressed(benchmark::State& state)
{
    nghttp2_hd_deflater* deflater = nullptr;
    nghttp2_hd_inflater* inflater = nullptr;
    nghttp2_hd_deflate_new(&deflater, 4096);
    nghttp2_hd_inflate_new(&inflater);
    const auto head = request_head();
    const aloft::http2::field_array list(head, NGHTTP2_NV_FLAG_NONE);
    std::array<std::uint8_t, 1024> block{};
    std::size_t size = 0;
    const auto ignore = [](std::string_view, std::string_view) {};
    for (int i = 0; i != 2; ++i) { // the second has all fields from the table
        size = static_cast<std::size_t>(
            nghttp2_hd_deflate_hd(deflater, block.data(), block.size(), list.data(), list.size()));
        inflate(inflater, block.data(), size, ignore);
    }
    for (auto _ : state) {
        aloft::fields received;
        inflate(inflater, block.data(), size, [&](std::string_view name, std::string_view value) {
            received.add_lowered(name, value);
        });
        benchmark::DoNotOptimize(received);
    }
    nghttp2_hd_deflate_del(deflater);
    nghttp2_hd_inflate_del(inflater);
}
BENCHMARK(head_decompressed);

} // namespace
