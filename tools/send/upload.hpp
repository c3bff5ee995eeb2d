#pragma once

#include <aloft/body_source.hpp>
#include <aloft/request.hpp>

#include <cstdint>
#include <fstream>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace aloft::tools {

/// A file as a request body, read piece by piece however large it is.
class file_source final : public body_source {
public:
    /// `problem` says why it cannot be read.
    file_source(const std::string& path, std::string& problem);

    run peek() override;
    void advance(std::size_t count) override;
    [[nodiscard]] std::optional<std::uint64_t> length() const override { return size_; }
    bool rewind() override;

private:
    std::ifstream file_;
    std::string piece_;
    std::size_t taken_ = 0; // of the piece
    std::uint64_t read_ = 0;
    std::uint64_t size_ = 0;
};

/// Gives `to` the body that curl's -d (lines joined, `&` between several) or --data-binary means:
/// text, or a file behind `@`, `@-` being standard input. Empty, or why it cannot be read.
std::string put_data(request& to, const std::vector<std::string>& data, bool binary);

} // namespace aloft::tools
