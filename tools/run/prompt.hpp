#pragma once

#include "run/fingerprint.hpp"
#include "run/line_reader.hpp"

#include <aloft/autoglm.hpp>
#include <aloft/payload.hpp>

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace aloft::tools {

/// What holds for lines that do not say otherwise.
class prompt_defaults {
public:
    std::string model;
    std::vector<std::pair<std::string, std::string>> parameters; ///< name and JSON value
    std::filesystem::path folder; ///< images are found from here

    /// Changes with everything that changes what is sent.
    [[nodiscard]] std::string context() const;
};

/// One line of the input as a request to come, or what is wrong with it.
class prompt {
public:
    /// Reads a line: OpenAI Batch (custom_id, method, url, body) or the short form {"prompt": ...,
    /// "image": "screen.png", "system": ..., "custom_id": ..., and any parameter}.
    static prompt read(const text_line& line, const prompt_defaults& defaults);

    std::uint64_t line = 0;
    std::string custom_id; ///< "line-N" where the line gives none
    std::string path; ///< behind the base URL: "/chat/completions"
    bool chat = false; ///< to be streamed and put together; other endpoints pass through
    fingerprint request; ///< of all that decides what is sent
    std::string problem; ///< empty where the line is good
    bool duplicate = false; ///< the custom_id belongs to an earlier line, and so does its result

    /// Looks at the image, without reading it, and at the size; fills in `problem` where the prompt
    /// cannot be sent. \param body_limit  bytes that a body may have
    void check(std::size_t body_limit);
    /// About how many bytes the body has; known before the image is read.
    [[nodiscard]] std::size_t body_size() const;
    /// The body. Reads and encodes the image, so it may block; fills in `problem` on failure.
    payload make_body();
    [[nodiscard]] bool has_image() const noexcept { return !image_.empty(); }

private:
    class parser;

    payload body_; // of a batch line
    std::optional<autoglm::chat_request> ask_; // of the short form, without text and image
    std::string text_;
    std::filesystem::path image_;
    std::uintmax_t image_size_ = 0;
    std::size_t line_size_ = 0;
};

} // namespace aloft::tools
