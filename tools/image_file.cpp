#include "image_file.hpp"

#include "size_text.hpp"

#include <fmt/format.h>

#include <cctype>
#include <cerrno>
#include <fstream>
#include <system_error>
#include <unistd.h>

namespace aloft::tools {
namespace {

std::string mime_of(const std::filesystem::path& path)
{
    auto ending = path.extension().string();
    for (auto& c : ending)
        c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    if (ending == ".jpg" || ending == ".jpeg")
        return "image/jpeg";
    return ending == ".webp" ? "image/webp" : "image/png";
}

} // namespace

std::string image_problem(const std::filesystem::path& path, std::uintmax_t& size)
{
    std::error_code ec;
    const auto kind = std::filesystem::status(path, ec).type();
    if (kind == std::filesystem::file_type::directory)
        return "is a directory";
    if (!ec && kind != std::filesystem::file_type::regular)
        return "is a device or a pipe, not a file";
    if (!ec)
        size = std::filesystem::file_size(path, ec);
    if (!ec && access(path.c_str(), R_OK) != 0)
        ec.assign(errno, std::generic_category());
    if (ec)
        return "cannot be read: " + ec.message();
    if (size > image_limit)
        return fmt::format("has {}; at most 32 MiB are sent", size_text(size));
    return size == 0 ? "is empty" : "";
}

chat::image read_image(const std::filesystem::path& path, std::string& problem)
{
    std::uintmax_t size = 0;
    problem = image_problem(path, size);
    if (!problem.empty())
        return {};
    std::string bytes(static_cast<std::size_t>(size), '\0');
    std::ifstream file(path, std::ios::binary);
    if (!file.read(bytes.data(), static_cast<std::streamsize>(bytes.size()))) {
        problem = "cannot be read";
        return {};
    }
    return {mime_of(path), bytes};
}

} // namespace aloft::tools
