#pragma once

#include "terminal/paint.hpp"

#include <aloft/event_source.hpp>

#include <string>
#include <string_view>
#include <unistd.h>

namespace aloft::tools {

/// Writes what an event source tells to standard output, each at once: for people, or as a JSON
/// object a line.
class event_printer {
public:
    explicit event_printer(bool json) : json_(json) {}

    void print(const source_event& told);
    /// Why it could not be written; empty while it could.
    [[nodiscard]] const std::string& problem() const noexcept { return problem_; }

private:
    void print_json(const source_event& told);
    void print_message(const source_event& told);
    void write(std::string_view text);

    bool json_;
    paint colour_{STDOUT_FILENO};
    std::string shown_id_;
    std::string problem_;
};

/// One line for people: why the stream is lost, or cannot be had.
std::string explain(const source_event& error);

} // namespace aloft::tools
