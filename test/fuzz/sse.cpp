#include "fuzz_input.hpp"

#include <aloft/sse.hpp>

#include <string>

// An event stream, whole and cut: the events are the same. The first byte says how it is cut.
namespace aloft::fuzz {
namespace {

constexpr std::size_t limit = 500;

class reader {
public:
    void read(std::string_view piece)
    {
        const slack_text text(piece, '\n');
        auto rest = text.view();
        for (;;) {
            sse::event got;
            const auto result = decoder_.decode(rest, got);
            require(result.consumed <= rest.size(), "no more is consumed than was shown");
            if (result.what == sse::outcome::too_large) {
                failed_ = true;
                return;
            }
            require(!failed_, "too large stays too large");
            if (result.what == sse::outcome::need_more) {
                require(result.consumed == rest.size(), "need_more consumes all");
                return;
            }
            require(got.data.size() <= limit, "an event stays within the limit");
            all_.append(got.type).append("|").append(got.data).append("|");
            all_.append(got.last_event_id).append("\n");
            rest.remove_prefix(result.consumed);
        }
    }

    [[nodiscard]] std::string outcome() const
    {
        // Where a stream fails depends on the piece; that it does, does not.
        auto all = all_ + (failed_ ? "too large" : "");
        if (!failed_) {
            all.append(decoder_.last_event_id());
            if (const auto retry = decoder_.retry())
                all.append(std::to_string(retry->count()));
        }
        return all;
    }

private:
    sse::decoder decoder_{limit};
    std::string all_;
    bool failed_ = false;
};

} // namespace
} // namespace aloft::fuzz

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    using namespace aloft::fuzz;
    input in(data, size);
    const auto cuts = in.byte();
    const auto bytes = in.rest();
    reader whole;
    whole.read(bytes);
    reader cut;
    in_pieces(bytes, cuts, [&cut](std::string_view piece) { cut.read(piece); });
    require(whole.outcome() == cut.outcome(), "events are the same however a stream is cut");
    return 0;
}
