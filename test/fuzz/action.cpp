#include "fuzz_input.hpp"

#include <aloft/action.hpp>
#include <aloft/thinking.hpp>

#include <string>

// A model's reply: thinking and action taken apart, whole and in pieces, and the action read. The
// first byte says how it is cut.
namespace aloft::fuzz {
namespace {

void read_action(std::string_view text)
{
    const auto parsed = autoglm::parse_action(text);
    if (!parsed) {
        require(parsed.error() != autoglm::action_error::none, "no action has a reason");
        require(parsed.offset() <= text.size(), "an error lies within the text");
        require(!autoglm::describe(parsed.error()).empty(), "an error has words");
        return;
    }
    require(!parsed->name().empty() || parsed->kind() == autoglm::action_kind::other,
            "a known action has a name");
    const auto wait = parsed->duration();
    require(wait.count() >= 0 && wait <= std::chrono::hours(24), "a wait is bounded");
    for (const auto& place : {parsed->element(), parsed->start(), parsed->end()}) {
        if (place)
            (void)place->to_pixels(1080, 2400);
    }
    for (const auto& one : parsed->arguments())
        require(parsed->find(one.name) != nullptr, "an argument is found by its name");
}

} // namespace
} // namespace aloft::fuzz

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    using namespace aloft::fuzz;
    input in(data, size);
    const auto cuts = in.byte();
    const auto reply = in.rest();
    read_action(reply);
    const auto parts = aloft::autoglm::split_reply(reply);
    read_action(parts.action);

    aloft::autoglm::thinking_splitter splitter;
    std::string all;
    bool ended = false;
    const auto take = [&](const aloft::autoglm::split_pieces& pieces) {
        require(!ended || pieces.thinking.empty(), "no thinking follows the action");
        ended = ended || !pieces.action.empty();
        all.append(pieces.thinking).append(pieces.action);
    };
    in_pieces(reply, cuts, [&](std::string_view piece) { take(splitter.push(piece)); });
    take(splitter.finish());
    require(all == reply, "the pieces together are the reply");
    return 0;
}
