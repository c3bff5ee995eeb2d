#pragma once

#include <aloft/api_error.hpp>
#include <aloft/failure.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace aloft {

/// What an error means for another attempt.
enum class error_class : std::uint8_t {
    permanent, ///< the same request fails again: a wrong key, a bad field, an empty balance
    quota, ///< nothing is left until a later time; worth an attempt only where that is named
    transient, ///< the next attempt may succeed
    overload, ///< the server has too much to do: the next attempt may succeed, if it comes later
};

std::string_view to_string(error_class) noexcept;

/// What the codes in servers' errors mean, and where they say nothing, their statuses. It knows
/// those of OpenAI, vLLM, SGLang, llama.cpp and z.ai; others are added, and take the place of what
/// is known. A value.
class error_table {
public:
    error_table();

    /// \param word  a code or a type as servers send it, "1302" or "insufficient_quota"; a `*` at
    /// its beginning stands for any text
    error_table& add(std::string_view word, error_class means);

    /// What the code or type means, if it is known.
    [[nodiscard]] std::optional<error_class> find(std::string_view word) const noexcept;
    /// By its code, else its type, else its status. An error of which nothing is known, as they
    /// come inside streams, is transient.
    [[nodiscard]] error_class classify(const chat::api_error& said) const noexcept;

private:
    std::vector<std::pair<std::string, error_class>> added_;
};

/// What an HTTP status means that is not 2xx or 3xx. 429, 503 and 529 are overload; 408, 409, 425
/// and 5xx but 501 and 505 are transient; all else is permanent.
error_class classify_status(int status) noexcept;

/// What an attempt means that ended without a response: a connection that failed or a clock that
/// ran out is transient; what the caller, a limit of this side, or a certificate caused is
/// permanent.
error_class classify(const failure& why) noexcept;

} // namespace aloft
