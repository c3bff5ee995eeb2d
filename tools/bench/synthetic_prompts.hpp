#pragma once

#include "bench/length_distribution.hpp"
#include "bench/workload.hpp"

#include <aloft/chat_image.hpp>
#include <aloft/chat_request.hpp>

#include <string>
#include <utility>
#include <vector>

namespace aloft::tools::bench {

/// Questions made of common words, about a token each. No two begin alike, so that a server's
/// prefix cache does not answer for it.
class synthetic_prompts final : public workload {
public:
    class settings {
    public:
        std::string model;
        length_distribution input{512};
        length_distribution output{128};
        std::string input_text = "512";
        std::string output_text = "128";
        std::uint32_t images = 0; ///< in each request
        std::uint32_t image_width = 1080;
        std::uint32_t image_height = 2400;
        bool ignore_eos = false; ///< vLLM, SGLang: generate as many tokens as were asked for
        std::vector<std::pair<std::string, std::string>> extra; ///< field and JSON
        std::uint64_t seed = 1;
    };

    explicit synthetic_prompts(settings with);
    payload make(std::uint64_t number, const arrival& due) override;
    [[nodiscard]] std::string text() const override;

private:
    settings with_;
    std::vector<chat::image> images_; // encoded once
};

} // namespace aloft::tools::bench
