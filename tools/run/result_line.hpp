#pragma once

#include "run/prompt.hpp"

#include <aloft/autoglm.hpp>

#include <string>
#include <string_view>

namespace aloft::tools {

/// A line of OpenAI Batch output, with its end. Its `id` holds the prompt's fingerprint, so that a
/// file of results says for itself which prompts it answers.
std::string response_line(const prompt& of, unsigned status, std::string_view request_id,
                          std::string_view body);
/// The same for a streamed reply, put together; with the action the phone agent would take.
std::string reply_line(const prompt& of, const autoglm::reply& reply);
/// \param server  what a server said that answered with an error, which is put into the shape of
///     OpenAI's error bodies; its status is 0 where there was no such answer
std::string error_line(const prompt& of, const chat::api_error& server, std::string_view code,
                       std::string_view message);

/// `json` on one line; empty where it is not JSON.
std::string compact(std::string_view json);

/// What the `id` of a line begins with.
constexpr std::string_view result_id_prefix = "batch_req_";

} // namespace aloft::tools
