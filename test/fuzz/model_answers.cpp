#include "fuzz_input.hpp"

#include <aloft/api_error.hpp>
#include <aloft/chat_completion.hpp>
#include <aloft/model_info.hpp>

// What servers answer in one piece: completions, errors, lists of models.
int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    using namespace aloft;
    fuzz::input in(data, size);
    const auto status = in.byte() * 2;
    const auto body = in.rest();

    chat::completion whole(2'000);
    chat::api_error reported;
    if (!chat::parse_completion(body, whole, &reported))
        (void)whole.to_json();

    const auto error = chat::parse_api_error(status, body);
    fuzz::require(error.raw.size() <= chat::api_error::raw_limit, "what is kept is bounded");

    error_code ec;
    for (const auto& model : chat::parse_models(body, ec))
        fuzz::require(!model.id.empty(), "a model has an id");
    return 0;
}
