// Reads the content of a chunk with simdjson, and nothing else of it.
#pragma once

#include "bench/peers/common/command_line.hpp"

#include <simdjson.h>

#include <string_view>

namespace bench {

class content_reader {
public:
    /// At least 64 bytes may be read behind `chunk`.
    void count(std::string_view chunk, counts& into)
    {
        auto document =
            parser_.iterate(chunk.data(), chunk.size(), chunk.size() + simdjson::SIMDJSON_PADDING);
        std::string_view content;
        if (document["choices"].at(0)["delta"]["content"].get_string().get(content) ==
            simdjson::SUCCESS)
            ++into.events;
        else
            ++into.errors;
    }

private:
    simdjson::ondemand::parser parser_;
};

} // namespace bench
