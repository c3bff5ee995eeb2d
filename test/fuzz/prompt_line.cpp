#include "fuzz_input.hpp"
#include "run/prompt.hpp"

#include <boost/json/parse.hpp>

#include <string>

// A line of a file of prompts.
int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    using namespace aloft;
    tools::text_line line;
    line.number = 7;
    line.text = fuzz::input(data, size).rest();
    tools::prompt_defaults defaults;
    defaults.model = "model";
    defaults.parameters.emplace_back("temperature", "0.5");
    auto read = tools::prompt::read(line, defaults);
    fuzz::require(!read.custom_id.empty() || !read.problem.empty(), "a good line has an id");
    if (!read.problem.empty() || read.has_image())
        return 0;
    fuzz::require(read.path.starts_with('/'), "a request has a path");
    const auto body = read.make_body().flatten();
    fuzz::require(read.problem.empty(), "a body without an image can be made");
    error_code ec;
    const auto parsed = boost::json::parse(body, ec);
    fuzz::require(!ec && parsed.is_object(), "a body is a JSON object");
    return 0;
}
