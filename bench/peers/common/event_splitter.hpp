// Finds the events of a stream that says "data: ..." and nothing else: what a client by hand does.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace bench {

class event_splitter {
public:
    /// Calls `take(data)` for each whole event. At least 64 bytes may be read behind `data`.
    template <class Take>
    void feed(std::string_view bytes, Take take)
    {
        if (rest_.empty()) {
            bytes.remove_prefix(split(bytes, take));
            rest_.assign(bytes);
        } else {
            rest_.append(bytes);
            rest_.reserve(rest_.size() + 64);
            rest_.erase(0, split(rest_, take));
        }
    }

    void clear() { rest_.clear(); }

private:
    template <class Take>
    static std::size_t split(std::string_view bytes, Take& take)
    {
        constexpr std::string_view field = "data: ";
        std::size_t begin = 0;
        for (auto end = blank_line(bytes, 0); end != std::string_view::npos;
             end = blank_line(bytes, begin)) {
            const auto event = bytes.substr(begin, end - begin);
            if (event.starts_with(field) && event != "data: [DONE]")
                take(event.substr(field.size()));
            begin = end + 2;
        }
        return begin;
    }

    static std::size_t blank_line(std::string_view bytes, std::size_t from)
    {
        for (auto at = bytes.find('\n', from); at < bytes.size(); at = bytes.find('\n', at + 1)) {
            if (at + 1 < bytes.size() && bytes[at + 1] == '\n')
                return at;
        }
        return std::string_view::npos;
    }

    std::string rest_;
};

} // namespace bench
