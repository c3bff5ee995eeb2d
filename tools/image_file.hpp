#pragma once

#include <aloft/chat_image.hpp>

#include <cstdint>
#include <filesystem>
#include <string>

namespace aloft::tools {

/// Largest image file that is sent, bytes.
constexpr std::uintmax_t image_limit = std::uintmax_t{32} << 20;

/// What keeps a file from being sent as an image, to be read behind its name; empty where nothing
/// does, and then `size` is its size in bytes.
std::string image_problem(const std::filesystem::path& path, std::uintmax_t& size);

/// The image, encoded. `problem` as above where it cannot be read.
chat::image read_image(const std::filesystem::path& path, std::string& problem);

} // namespace aloft::tools
