#include "coding/content_encoding.hpp"
#include "fuzz_input.hpp"

#include <array>
#include <limits>
#include <optional>
#include <string>
#include <vector>

// A body in content codings, whole and cut. The first byte says which codings, the second how it is
// cut.
namespace aloft::fuzz {
namespace {

constexpr std::size_t limit = 200'000;

std::vector<coding::content_coding> codings(std::uint8_t from)
{
    std::vector<coding::content_coding> all{static_cast<coding::content_coding>(from & 3U)};
    if ((from & 4U) != 0)
        all.push_back(static_cast<coding::content_coding>((from >> 4U) & 3U));
    return all;
}

decoding_limits bounded()
{
    decoding_limits limits;
    limits.size = limit;
    limits.ratio = std::numeric_limits<std::uint32_t>::max(); // a ratio depends on the pieces
    return limits;
}

class reader {
public:
    reader(std::uint8_t which, std::size_t room) :
        decoder_(coding::make_decoder(codings(which), bounded())), room_(room)
    {
    }

    void read(std::string_view piece)
    {
        std::array<char, 4096> out;
        const std::vector<char> own(piece.begin(), piece.end());
        std::string_view rest(own.data(), own.size());
        for (bool full = true; !failed_ && (full || !rest.empty());) {
            error_code ec;
            const auto done = decoder_->decode(rest, {out.data(), room_}, ec);
            require(done.read <= rest.size() && done.written <= room_, "no more than was given");
            require(ec || full || done.read != 0 || done.written != 0, "it goes on");
            rest.remove_prefix(done.read);
            text_.append(out.data(), done.written);
            require(text_.size() <= limit, "no more comes out than the limit");
            full = done.written == room_;
            failed_ = ec.failed();
        }
    }

    /// What came out, and whether anything is missing; nothing where it failed.
    [[nodiscard]] std::optional<std::string> outcome() const
    {
        if (failed_)
            return std::nullopt;
        return text_ + (decoder_->complete() ? "E" : "-");
    }

private:
    std::unique_ptr<coding::decoder> decoder_;
    std::size_t room_;
    std::string text_;
    bool failed_ = false;
};

} // namespace
} // namespace aloft::fuzz

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    using namespace aloft::fuzz;
    input in(data, size);
    const auto which = in.byte();
    const auto cuts = in.byte();
    const auto bytes = in.rest();
    reader whole(which, 4096);
    whole.read(bytes);
    reader cut(which, 1 + cuts);
    in_pieces(bytes, cuts, [&cut](std::string_view piece) { cut.read(piece); });
    require(whole.outcome() == cut.outcome(), "a body is the same however it is cut");
    return 0;
}
