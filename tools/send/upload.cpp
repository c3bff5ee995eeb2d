#include "send/upload.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <iostream>
#include <iterator>
#include <system_error>

namespace aloft::tools {
namespace {

constexpr std::size_t piece_size = 64 * 1024;
// What is held in memory: files for --data-binary are not.
constexpr std::size_t data_limit = std::size_t{64} << 20;

std::string read_all(const std::string& name, std::string& problem)
{
    std::ifstream file;
    if (name != "-") {
        file.open(name, std::ios::binary);
        std::error_code ec;
        if (!file || std::filesystem::is_directory(name, ec)) {
            problem =
                fmt::format("cannot read {}: {}", name,
                            file ? "it is a directory" : std::generic_category().message(errno));
            return {};
        }
    }
    auto& in = name == "-" ? std::cin : static_cast<std::istream&>(file);
    std::string all;
    std::string piece(piece_size, '\0');
    while (in.read(piece.data(), piece_size), in.gcount() != 0) {
        all.append(piece, 0, static_cast<std::size_t>(in.gcount()));
        if (all.size() > data_limit) {
            problem = fmt::format(
                "{} has more than 64 MiB; --data-binary @FILE sends it piece by piece", name);
            return {};
        }
    }
    return all;
}

} // namespace

file_source::file_source(const std::string& path, std::string& problem) :
    file_(path, std::ios::binary)
{
    std::error_code ec;
    if (std::filesystem::is_directory(path, ec))
        problem = fmt::format("cannot read {}: it is a directory", path);
    else if (!file_)
        problem = fmt::format("cannot read {}: {}", path, std::generic_category().message(errno));
    else
        size_ = std::filesystem::file_size(path, ec);
    if (problem.empty() && ec)
        problem = fmt::format("cannot read {}: {}", path, ec.message());
}

body_source::run file_source::peek()
{
    if (taken_ == piece_.size() && read_ != size_) {
        taken_ = 0;
        piece_.resize(std::min<std::uint64_t>(piece_size, size_ - read_));
        if (!file_.read(piece_.data(), static_cast<std::streamsize>(piece_.size())))
            return {{}, state::failed}; // it became shorter
        read_ += piece_.size();
    }
    return {std::string_view(piece_).substr(taken_), read_ == size_ ? state::last : state::more};
}

void file_source::advance(std::size_t count)
{
    taken_ += count;
}

bool file_source::rewind()
{
    file_.clear();
    file_.seekg(0);
    piece_.clear();
    taken_ = 0;
    read_ = 0;
    return static_cast<bool>(file_);
}

std::string put_data(request& to, const std::vector<std::string>& data, bool binary)
{
    std::string problem;
    if (binary && data.size() == 1 && data[0].starts_with('@') && data[0] != "@-") {
        to.body(std::make_shared<file_source>(data[0].substr(1), problem));
        return problem;
    }
    std::string all;
    for (const auto& one : data) {
        auto text = one.starts_with('@') ? read_all(one.substr(1), problem) : one;
        if (!problem.empty())
            return problem;
        if (!binary && one.starts_with('@'))
            std::erase_if(text, [](char c) { return c == '\n' || c == '\r'; });
        all.append(&one == data.data() ? "" : "&").append(text);
    }
    to.body(std::move(all));
    return {};
}

} // namespace aloft::tools
