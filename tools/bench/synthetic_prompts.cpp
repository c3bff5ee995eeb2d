#include "bench/synthetic_prompts.hpp"

#include "bench/test_image.hpp"

#include <aloft/error.hpp>

#include <boost/system/system_error.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string_view>

namespace aloft::tools::bench {
namespace {

constexpr std::array<std::string_view, 64> words{
    "time",    "year",     "people", "way",    "day",     "man",    "thing",    "woman",
    "life",    "child",    "world",  "school", "state",   "family", "group",    "country",
    "problem", "hand",     "part",   "place",  "case",    "week",   "company",  "system",
    "program", "question", "work",   "number", "night",   "point",  "home",     "water",
    "room",    "mother",   "area",   "money",  "story",   "fact",   "month",    "lot",
    "right",   "study",    "book",   "eye",    "job",     "word",   "business", "issue",
    "side",    "kind",     "head",   "house",  "service", "friend", "father",   "power",
    "hour",    "game",     "line",   "end",    "member",  "law",    "car",      "city"};

constexpr std::size_t most_images = 16;

std::string some_words(std::uint32_t count, std::mt19937_64& random)
{
    std::string text;
    std::uint64_t bits = 0;
    for (std::uint32_t i = 0; i != count; ++i) {
        if (i % 10 == 0)
            bits = random(); // six bits a word
        if (i != 0)
            text += ' ';
        text += words[bits % words.size()];
        bits /= words.size();
    }
    return text;
}

} // namespace

synthetic_prompts::synthetic_prompts(settings with) : with_(std::move(with))
{
    const auto wanted = with_.images == 0 ? 0 : std::max<std::size_t>(most_images, with_.images);
    for (std::size_t i = 0; i != wanted; ++i)
        images_.push_back(
            chat::png(test_image(with_.image_width, with_.image_height, with_.seed + i)));
}

payload synthetic_prompts::make(std::uint64_t number, const arrival& due)
{
    std::mt19937_64 random(with_.seed * 0x9e3779b97f4a7c15U + number);
    const auto input = due.input_tokens != 0 ? due.input_tokens : with_.input.draw(random);
    const auto output = due.output_tokens != 0 ? due.output_tokens : with_.output.draw(random);
    chat::message question("user");
    for (std::uint32_t i = 0; i != with_.images; ++i)
        question.add_image(images_[(number * with_.images + i) % images_.size()]);
    question.add_text(some_words(input, random));
    chat::request ask;
    ask.model(with_.model).max_tokens(output).include_usage(true).add(std::move(question));
    if (with_.ignore_eos)
        ask.extra("ignore_eos", "true");
    for (const auto& [name, json] : with_.extra)
        ask.extra(name, json);
    error_code ec;
    auto body = ask.body(true, ec);
    if (ec)
        throw boost::system::system_error(ec, "--extra wants NAME=JSON");
    return body;
}

std::string synthetic_prompts::text() const
{
    auto said = fmt::format("synthetic, {} tokens in, {} out", with_.input_text, with_.output_text);
    if (with_.images != 0)
        said += fmt::format(", {} image{} of {}x{}", with_.images, with_.images == 1 ? "" : "s",
                            with_.image_width, with_.image_height);
    return said;
}

} // namespace aloft::tools::bench
