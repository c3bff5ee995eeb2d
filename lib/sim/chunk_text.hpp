#pragma once

#include "sim/error_form.hpp"

#include <aloft/sim.hpp>

#include <optional>
#include <string_view>

namespace aloft::sim {

/// What the chunks of a server are made of, around what they say. A null view: it has no such part.
struct chunk_text {
    std::string_view header{}; ///< members behind the model's name
    std::string_view role{}; ///< the delta of a choice's first chunk, where that is one of its own
    std::string_view before_token{}; ///< from the delta on
    std::string_view after_token{}; ///< to the end of the delta
    std::string_view before_thought{}; ///< the same of a token that is thought, where that is told
    std::string_view after_thought{};
    std::string_view thought_name{}; ///< of the member of a whole message
    std::string_view unfinished{}; ///< behind a delta that is not the last one
    std::string_view last_delta{}; ///< with which the finish reason comes
    std::string_view before_reason{}; ///< from behind that delta on
    std::string_view after_stop{}; ///< behind finish_reason "stop", and any other
    std::string_view after_length{};
};

const chunk_text& chunks_of(dialect which);
error_form errors_of(dialect which);

} // namespace aloft::sim
