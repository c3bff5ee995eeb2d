#include "fuzz_input.hpp"

#include <aloft/chat_completion.hpp>
#include <aloft/chat_delta.hpp>

#include <string>

// The data of one event of a chat stream, or a whole completion.
namespace aloft::fuzz {
namespace {

std::string text(const chat::delta& one)
{
    std::string all = std::to_string(one.index);
    for (const auto part :
         {one.id, one.model, one.role, one.content, one.reasoning, one.refusal, one.finish_reason})
        all.append(part.data() == nullptr ? "-" : "+").append(part).append("|");
    for (const auto& call : one.tool_calls) {
        all.append(std::to_string(call.index)).append(call.id).append("|").append(call.name);
        all.append("|").append(call.arguments).append("|");
    }
    return all.append(std::to_string(one.created()));
}

/// What a decoder makes of the text, and that copies and sums of it agree.
std::string decoded(std::string_view data, char behind, chat::chunk_decoder& decoder)
{
    const slack_text own(data, behind);
    chat::chunk got;
    if (const auto ec = decoder.decode(own.view(), got)) {
        require(ec == errc::invalid_event, "what is no chunk is an invalid event");
        return "invalid";
    }
    std::string all = std::to_string(static_cast<int>(got.kind()));
    chat::completion sum(1 << 20);
    chat::stream_state state;
    state.saw(got);
    for (const auto& one : got.deltas()) {
        all.append(text(one));
        require(text(*chat::owned_delta(one)) == text(one), "a copy says the same");
        require(one.index < chat::chunk_decoder::max_index, "an index is bounded");
    }
    require(!sum.append(got), "a text within the limit is taken");
    if (got.error() != nullptr)
        all.append(got.error()->message);
    chat::completion again;
    if (!sum.choices().empty())
        require(!chat::parse_completion(sum.to_json(), again), "what is written can be read");
    return all;
}

} // namespace
} // namespace aloft::fuzz

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    using namespace aloft::fuzz;
    const auto bytes = input(data, size).rest();
    // It has seen what came before, and may know the shape of this.
    static aloft::chat::chunk_decoder experienced;
    aloft::chat::chunk_decoder decoder;
    require(decoded(bytes, '\\', experienced) == decoded(bytes, '"', decoder),
            "neither what lies behind the text has a say, nor what was read before");
    const slack_text own(bytes);
    aloft::chat::chunk got;
    (void)decoder.decode(own.view(), got, "error");
    return 0;
}
