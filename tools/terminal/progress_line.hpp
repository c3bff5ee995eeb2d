#pragma once

#include <chrono>
#include <cstdio>
#include <string>

namespace aloft::tools {

/// What a long job is doing, on standard error: one line rewritten in place on a terminal, a plain
/// line now and then elsewhere.
class progress_line {
public:
    /// \param quiet  show nothing at all
    explicit progress_line(bool quiet);

    /// How often show() is worth calling.
    [[nodiscard]] std::chrono::milliseconds interval() const;
    void show(const std::string& text);
    /// Clears the line, so that what follows starts on an empty one.
    void clear();

private:
    bool quiet_;
    bool terminal_;
};

} // namespace aloft::tools
