#include "sim/chunk_text.hpp"

#include <array>
#include <utility>

namespace aloft::sim {
namespace {

// Only what was set is told; a stop at a token is a chunk without text.
constexpr chunk_text vllm{
    .role = R"({"role":"assistant","content":""})",
    .before_token = R"(,"delta":{"content":")",
    .after_token = R"("})",
    .before_thought = R"(,"delta":{"reasoning":")",
    .after_thought = R"("})",
    .thought_name = "reasoning",
    .unfinished = R"(,"logprobs":null,"finish_reason":null})",
    .last_delta = R"({"content":""})",
    .before_reason = R"(,"logprobs":null,"finish_reason":")",
    .after_stop = R"(,"stop_reason":null})",
    .after_length = R"(,"stop_reason":null})",
};

// Nulls wherever there is nothing; what stopped it is told.
constexpr chunk_text sglang{
    .role = R"({"role":"assistant","content":"","reasoning_content":null,"tool_calls":null})",
    .before_token = R"(,"delta":{"role":null,"content":")",
    .after_token = R"(","reasoning_content":null,"tool_calls":null})",
    .before_thought = R"(,"delta":{"role":null,"content":null,"reasoning_content":")",
    .after_thought = R"(","tool_calls":null})",
    .thought_name = "reasoning_content",
    .unfinished = R"(,"logprobs":null,"finish_reason":null,"matched_stop":null})",
    .last_delta = R"({"role":null,"content":null,"reasoning_content":null,"tool_calls":null})",
    .before_reason = R"(,"logprobs":null,"finish_reason":")",
    .after_stop = R"(,"matched_stop":151336})",
    .after_length = R"(,"matched_stop":null})",
};

constexpr chunk_text llama{
    .header = R"(,"system_fingerprint":"b7054-aloft")",
    .role = R"({"role":"assistant","content":null})",
    .before_token = R"(,"delta":{"content":")",
    .after_token = R"("})",
    .before_thought = R"(,"delta":{"reasoning_content":")",
    .after_thought = R"("})",
    .thought_name = "reasoning_content",
    .unfinished = R"(,"finish_reason":null})",
    .last_delta = "{}",
    .before_reason = R"(,"finish_reason":")",
    .after_stop = "}",
    .after_length = "}",
};

constexpr chunk_text openai{
    .header = R"(,"service_tier":"default","system_fingerprint":null)",
    .role = R"({"role":"assistant","content":"","refusal":null})",
    .before_token = R"(,"delta":{"content":")",
    .after_token = R"("})",
    .unfinished = R"(,"logprobs":null,"finish_reason":null})",
    .last_delta = "{}",
    .before_reason = R"(,"logprobs":null,"finish_reason":")",
    .after_stop = "}",
    .after_length = "}",
};

// The role comes with every delta, and there is no chunk for it.
constexpr chunk_text zai{
    .before_token = R"(,"delta":{"role":"assistant","content":")",
    .after_token = R"("})",
    .before_thought = R"(,"delta":{"role":"assistant","reasoning_content":")",
    .after_thought = R"("})",
    .thought_name = "reasoning_content",
    .unfinished = "}",
    .last_delta = R"({"role":"assistant","content":""})",
    .before_reason = R"(,"finish_reason":")",
    .after_stop = "}",
    .after_length = "}",
};

} // namespace

const chunk_text& chunks_of(dialect which)
{
    switch (which) {
    case dialect::vllm: break;
    case dialect::sglang: return sglang;
    case dialect::llama_cpp: return llama;
    case dialect::openai: return openai;
    case dialect::zai: return zai;
    }
    return vllm;
}

error_form errors_of(dialect which)
{
    switch (which) {
    case dialect::vllm: break;
    case dialect::sglang: return error_form::sglang;
    case dialect::llama_cpp: return error_form::llama;
    case dialect::openai: return error_form::openai;
    case dialect::zai: return error_form::zai;
    }
    return error_form::vllm;
}

std::optional<dialect> find_dialect(std::string_view name) noexcept
{
    static constexpr std::array<std::pair<std::string_view, dialect>, 5> names{{
        {"vllm", dialect::vllm},
        {"sglang", dialect::sglang},
        {"llama.cpp", dialect::llama_cpp},
        {"openai", dialect::openai},
        {"zai", dialect::zai},
    }};
    for (const auto& [known, value] : names) {
        if (known == name)
            return value;
    }
    return std::nullopt;
}

} // namespace aloft::sim
