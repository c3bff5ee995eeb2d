#include "answers.hpp"

#include <array>
#include <cstdio>
#include <cstdlib>

namespace bench {

namespace {

double parameter(std::string_view path, std::string_view name, double otherwise)
{
    const auto question = path.find('?');
    if (question == std::string_view::npos)
        return otherwise;
    path.remove_prefix(question + 1);
    while (!path.empty()) {
        const auto pair = path.substr(0, path.find('&'));
        const auto equals = pair.find('=');
        if (equals != std::string_view::npos && pair.substr(0, equals) == name)
            return std::strtod(std::string(pair.substr(equals + 1)).c_str(), nullptr);
        path.remove_prefix(pair.size() == path.size() ? pair.size() : pair.size() + 1);
    }
    return otherwise;
}

std::string completion()
{
    std::string text =
        R"({"id":"chatcmpl-AbC123","object":"chat.completion","created":1732352000,)"
        R"("model":"gpt-4o-2024-08-06","choices":[{"index":0,"message":{"role":"assistant",)"
        R"("content":")";
    const std::string_view rest =
        R"("},"finish_reason":"stop"}],"usage":{"prompt_tokens":9,"completion_tokens":12,)"
        R"("total_tokens":21}})";
    constexpr std::string_view words = "lorem ipsum dolor sit amet ";
    while (text.size() + rest.size() < 1024)
        text += words[text.size() % words.size()];
    return text.append(rest);
}

std::array<std::string, 64> chunks()
{
    std::array<std::string, 64> made;
    for (int i = 0; i != 64; ++i) {
        std::array<char, 512> text{};
        const int size = std::snprintf(
            text.data(), text.size(),
            "data: {\"id\":\"chatcmpl-AbCdEfGhIjKlMnOpQrStUvWxYz%02d\","
            "\"object\":\"chat.completion.chunk\",\"created\":17323520%02d,"
            "\"model\":\"gpt-4o-2024-08-06\",\"system_fingerprint\":\"fp_0a1b2c3d4e\","
            "\"choices\":[{\"index\":0,\"delta\":{\"content\":\" tok%02d\"},\"logprobs\":null,"
            "\"finish_reason\":null}]}\n\n",
            i, i, i);
        made[static_cast<std::size_t>(i)].assign(text.data(), static_cast<std::size_t>(size));
    }
    return made;
}

} // namespace

answer answer_for(std::string_view path)
{
    if (!path.starts_with("/sse"))
        return {};
    const double rate = parameter(path, "rate", 0);
    const double apart = rate > 0 ? 1e9 / rate : 0;
    return {true, static_cast<std::uint32_t>(parameter(path, "n", 200)),
            std::chrono::nanoseconds(static_cast<std::int64_t>(apart))};
}

std::string_view document()
{
    static const std::string text = completion();
    return text;
}

std::string_view event(std::uint32_t number)
{
    static const auto texts = chunks();
    return texts[number % texts.size()];
}

} // namespace bench
