#pragma once

#include "sim/chunk_text.hpp"
#include "sim/completion_reader.hpp"
#include "sim/random_source.hpp"
#include "sim/vocabulary.hpp"

#include <aloft/sim.hpp>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace aloft::sim {

/// The reply to one chat completion: what it says and in which pieces, as the dialect has it.
class completion {
public:
    completion(const completion_request& asked, const options& settings, random_source random);

    /// How long until step 0, and from one to the next. A step makes one token of every choice.
    distribution::microseconds first_step() { return draw(*first_token_); }
    distribution::microseconds next_step() { return draw(*token_gap_); }
    [[nodiscard]] std::size_t steps() const noexcept { return longest_; }
    /// Tokens made in steps `from` and later.
    [[nodiscard]] std::uint64_t tokens_after(std::size_t from) const noexcept;

    /// Appends the events of step `which`, in order; the last one brings what ends the stream.
    /// Returns how many events that were.
    std::size_t write_step(std::size_t which, std::string& out) const;
    /// The whole reply as one JSON object.
    [[nodiscard]] std::string write_whole() const;

private:
    struct choice {
        std::vector<token> tokens;
        std::size_t thought = 0; // so many of them are told apart, as thought
        std::size_t pieces = 0; // the reply is cut into so many, one an event
        std::size_t sent = 0; // and ends after so many
    };

    distribution::microseconds draw(const distribution& from)
    {
        const double u = random_.unit();
        return from.at(u, random_.unit());
    }
    static void write_tokens(const choice& from, std::size_t begin, std::size_t end,
                             std::string& out);
    void begin_event(std::size_t index, std::string& out) const;
    std::size_t write_piece(std::size_t index, std::size_t piece, std::string& out) const;
    void write_thought(std::size_t index, std::size_t begin, std::size_t end,
                       std::string& out) const;
    void write_message(const choice& of, std::string& out) const;
    void write_reason(const choice& of, std::string& out) const;
    void end_with_reason(std::size_t index, std::string& out) const;
    void end_event(std::string& out, std::string_view more = {}) const;
    std::size_t finish(std::string& out) const;
    void write_usage(std::string& out) const;
    void write_timings(std::string& out) const;
    [[nodiscard]] bool ends_with_token(const choice& one) const noexcept;
    [[nodiscard]] std::string_view finish_reason(const choice& of) const noexcept;

    random_source random_;
    const distribution* first_token_;
    const distribution* token_gap_;
    std::vector<choice> choices_;
    std::size_t longest_ = 0;
    std::uint64_t prompt_tokens_;
    std::string opening_; // of every event, up to the choices
    std::string event_; // of every content event, up to the token of choice 0
    const chunk_text* text_;
    dialect dialect_;
    bool include_usage_;
    bool obfuscated_;
};

/// `created` of all that a simulator says: the same run gives the same bytes.
inline constexpr std::string_view created = "1764000000";

} // namespace aloft::sim
