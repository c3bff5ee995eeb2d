#include <aloft/chat_delta.hpp>

#include <benchmark/benchmark.h>
#include <string>

namespace {

void decode_chunk(benchmark::State& state, std::string json)
{
    const auto size = json.size();
    json.append(64, '\0');
    const auto data = std::string_view(json).substr(0, size);
    aloft::chat::chunk_decoder decoder;
    aloft::chat::chunk chunk;
    for (auto _ : state) {
        if (decoder.decode(data, chunk))
            state.SkipWithError("not a chunk");
        benchmark::DoNotOptimize(chunk.deltas().data());
    }
    state.SetBytesProcessed(static_cast<std::int64_t>(state.iterations() * size));
}

void chunk_of_one_token(benchmark::State& state)
{
    decode_chunk(
        state, R"({"id":"chatcmpl-AbCdEfGhIjKlMnOpQrStUvWxYz01","object":"chat.completion.chunk",)"
               R"("created":1732352001,"model":"autoglm-phone-9b","choices":[{"index":0,)"
               R"("delta":{"content":" token"},"logprobs":null,"finish_reason":null}]})");
}
BENCHMARK(chunk_of_one_token);

void chunk_with_escapes(benchmark::State& state)
{
    decode_chunk(
        state, R"({"id":"chatcmpl-AbCdEfGhIjKlMnOpQrStUvWxYz01","object":"chat.completion.chunk",)"
               R"("created":1732352001,"model":"autoglm-phone-9b","choices":[{"index":0,)"
               R"("delta":{"content":"\"a\"\n\u70b9\u51fb"},"finish_reason":null}]})");
}
BENCHMARK(chunk_with_escapes);

void chunk_of_usage(benchmark::State& state)
{
    decode_chunk(
        state, R"({"id":"chatcmpl-AbCdEfGhIjKlMnOpQrStUvWxYz01","object":"chat.completion.chunk",)"
               R"("created":1732352001,"model":"autoglm-phone-9b","choices":[],"usage":)"
               R"({"prompt_tokens":1234,"completion_tokens":56,"total_tokens":1290,)"
               R"("prompt_tokens_details":{"cached_tokens":1024}}})");
}
BENCHMARK(chunk_of_usage);

} // namespace
