#pragma once

#include <aloft/chat_request.hpp>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace aloft::chat {

/// Writes the body of one request: text in segments of its own, large images as shared segments
/// between them.
class body_writer {
public:
    body_writer(const request& from, bool streaming) noexcept : from_(from), streaming_(streaming)
    {
    }

    payload write(error_code& ec);

private:
    void scalars();
    void messages();
    void extras();

    void one_message(const message& each);
    void parts(const message& each);
    void tool_calls(const message& each);
    void picture(const message::part& each);

    bool begin_field(std::string_view name);
    void field(std::string_view name, const std::optional<double>& value);
    void field(std::string_view name, const std::optional<std::int64_t>& value);
    void key(std::string_view name);
    void string(std::string_view text);

    const request& from_;
    bool streaming_;
    bool valid_ = true;
    std::string text_;
    std::vector<payload::segment> segments_;
};

} // namespace aloft::chat
