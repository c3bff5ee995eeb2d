#include "autoglm/prompt_scan.hpp"

#include <algorithm>
#include <charconv>
#include <string_view>

namespace aloft::autoglm::detail {
namespace {

/// The number behind `"name":`, or 0. A quotation mark within a JSON string has a backslash before
/// it, so nothing that a user wrote is taken for a field.
std::uint64_t number_of(std::string_view text, std::string_view name)
{
    const auto at = text.find(name);
    if (at == text.npos)
        return 0;
    text.remove_prefix(at + name.size());
    text.remove_prefix(std::min(text.find_first_not_of(" \t\r\n:"), text.size()));
    std::uint64_t number = 0;
    std::from_chars(text.data(), text.data() + text.size(), number);
    return number;
}

} // namespace

policy::prompt_size scan_prompt(const payload& body)
{
    constexpr std::string_view picture = ";base64,";
    policy::prompt_size found;
    bool in_picture = false;
    for (std::string_view rest : body) {
        while (!rest.empty()) {
            const auto end = in_picture ? rest.find('"') : rest.find(picture);
            const auto text = rest.substr(0, end);
            if (!in_picture) {
                found.bytes += text.size();
                found.max_tokens = std::max({found.max_tokens, number_of(text, "\"max_tokens\""),
                                             number_of(text, "\"max_completion_tokens\"")});
            }
            if (end == rest.npos)
                break;
            rest.remove_prefix(end + (in_picture ? 0 : picture.size()));
            found.pictures += in_picture ? 0 : 1;
            in_picture = !in_picture;
        }
    }
    return found;
}

} // namespace aloft::autoglm::detail
