#include "base/quoted.hpp"

namespace aloft {

std::string quoted(std::string_view bytes, std::size_t most)
{
    constexpr char digits[] = "0123456789abcdef";
    std::string text = "\"";
    for (const char c : bytes.substr(0, most)) {
        const auto byte = static_cast<unsigned char>(c);
        if (byte >= ' ' && byte < 0x7f && c != '"' && c != '\\')
            text.push_back(c);
        else
            text.append({'\\', 'x', digits[byte >> 4], digits[byte & 15]});
    }
    text.append(bytes.size() > most ? "...\"" : "\"");
    return text;
}

} // namespace aloft
