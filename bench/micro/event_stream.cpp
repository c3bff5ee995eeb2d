#include <aloft/sse.hpp>

#include <benchmark/benchmark.h>
#include <string>

namespace {

/// As a chat completion's chunks come, and 64 readable bytes behind.
std::string stream_of(int events)
{
    std::string bytes;
    for (int i = 0; i != events; ++i)
        bytes += "data: " + std::string(246, 'x') + "\n\n";
    bytes.append(64, '\0');
    return bytes;
}

void decode_all(benchmark::State& state, const std::string& bytes, std::size_t piece)
{
    aloft::sse::decoder decoder;
    std::int64_t found = 0;
    for (auto _ : state) {
        for (std::size_t at = 0; at < bytes.size() - 64; at += piece) {
            auto left = std::string_view(bytes).substr(at, std::min(piece, bytes.size() - 64 - at));
            aloft::sse::event event;
            for (;;) {
                const auto done = decoder.decode(left, event);
                left.remove_prefix(done.consumed);
                if (done.what != aloft::sse::outcome::event)
                    break;
                benchmark::DoNotOptimize(event.data);
                ++found;
            }
        }
    }
    state.SetItemsProcessed(found);
    state.SetBytesProcessed(static_cast<std::int64_t>(state.iterations() * (bytes.size() - 64)));
}

void events_in_one_piece(benchmark::State& state)
{
    const auto bytes = stream_of(64);
    decode_all(state, bytes, bytes.size());
}
BENCHMARK(events_in_one_piece);

/// Each event is cut somewhere, so that the decoder has to keep its beginning.
void events_in_pieces_of_100_bytes(benchmark::State& state)
{
    decode_all(state, stream_of(64), 100);
}
BENCHMARK(events_in_pieces_of_100_bytes);

} // namespace
