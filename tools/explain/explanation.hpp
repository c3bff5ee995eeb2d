#pragma once

#include "configuration/configured.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace aloft::tools {

/// A configuration as people and programs read it: each setting, its value, and where that came
/// from. Secrets are only said to be set.
class explanation {
public:
    explicit explanation(const configured& config);

    [[nodiscard]] std::string text() const;
    /// As one JSON object; docs/guide/configuration.md describes it.
    [[nodiscard]] std::string json() const;
    /// What is there and not gone by: files and variables that look as if they were meant.
    [[nodiscard]] std::vector<std::string> notes() const;

private:
    class row {
    public:
        std::string key;
        const value_rules* rules;
        setting_value value;
        value_origin origin;
        std::string_view what;
        std::string flag;
        std::string variable;
    };

    void add_settings();
    void add_servers();
    void add(row one);

    const configured& config_;
    std::vector<row> rows_;
};

} // namespace aloft::tools
