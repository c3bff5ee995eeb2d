#pragma once

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

/// HTTP/2 frames by hand (RFC 9113, 4 and 6), so that a test reads as a protocol trace and shares
/// no code with what it tests.
namespace aloft::test::h2 {

enum frame_type : std::uint8_t {
    DATA = 0,
    HEADERS = 1,
    RST_STREAM = 3,
    SETTINGS = 4,
    PING = 6,
    GOAWAY = 7,
    WINDOW_UPDATE = 8,
    CONTINUATION = 9,
};
enum flag : std::uint8_t { none = 0, end_stream = 1, ack = 1, end_headers = 4, padded = 8 };
enum setting : std::uint16_t {
    header_table_size = 1,
    enable_push = 2,
    max_concurrent_streams = 3,
    initial_window_size = 4,
    max_frame_size = 5,
    max_header_list_size = 6,
    enable_connect_protocol = 8, // RFC 8441
    no_rfc7540_priorities = 9, // RFC 9218
};
enum code : std::uint32_t {
    no_error = 0,
    protocol_error = 1,
    internal_error = 2,
    flow_control_error = 3,
    stream_closed = 5,
    refused_stream = 7,
    cancel = 8,
    enhance_your_calm = 11,
};

inline constexpr std::string_view preface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

using field_list = std::vector<std::pair<std::string, std::string>>;

inline std::string number(std::uint64_t value, int bytes)
{
    std::string out;
    while (bytes-- > 0)
        out.push_back(static_cast<char>(value >> (8 * bytes)));
    return out;
}

inline std::string frame(std::uint8_t type, std::uint8_t flags, std::int32_t stream,
                         std::string_view payload)
{
    return number(payload.size(), 3) + number(type, 1) + number(flags, 1) +
           number(static_cast<std::uint32_t>(stream), 4) + std::string(payload);
}

inline std::string settings(std::initializer_list<std::pair<setting, std::uint32_t>> entries = {})
{
    std::string payload;
    for (const auto& [id, value] : entries)
        payload += number(id, 2) + number(value, 4);
    return frame(SETTINGS, none, 0, payload);
}
inline std::string settings_ack()
{
    return frame(SETTINGS, ack, 0, "");
}

inline std::string data(std::int32_t stream, std::string_view payload, bool end = false)
{
    return frame(DATA, end ? end_stream : none, stream, payload);
}
inline std::string padded_data(std::int32_t stream, std::string_view payload, std::uint8_t padding,
                               bool end = false)
{
    return frame(DATA, static_cast<std::uint8_t>(padded | (end ? end_stream : none)), stream,
                 number(padding, 1) + std::string(payload) + std::string(padding, '\0'));
}

/// A string literal as HPACK has it (RFC 7541, 5.2), never Huffman-coded.
inline std::string hpack_string(std::string_view text)
{
    std::string out;
    if (text.size() < 127) {
        out.push_back(static_cast<char>(text.size()));
    } else {
        out.push_back(127);
        auto rest = text.size() - 127;
        for (; rest >= 128; rest /= 128)
            out.push_back(static_cast<char>(128 + rest % 128));
        out.push_back(static_cast<char>(rest));
    }
    return out.append(text);
}
/// Literal fields without indexing and with new names (RFC 7541, 6.2.2).
inline std::string hpack(const field_list& fields)
{
    std::string block;
    for (const auto& [name, value] : fields)
        block += std::string(1, '\0') + hpack_string(name) + hpack_string(value);
    return block;
}

/// HEADERS, followed by CONTINUATION where the list is larger than a frame.
inline std::string headers(std::int32_t stream, const field_list& fields, bool end = false)
{
    constexpr std::size_t most = 16384;
    const auto block = hpack(fields);
    std::string out;
    for (std::size_t at = 0; at == 0 || at < block.size(); at += most) {
        const bool last = at + most >= block.size();
        const auto flags = (last ? end_headers : none) | (at == 0 && end ? end_stream : none);
        out += frame(at == 0 ? HEADERS : CONTINUATION, static_cast<std::uint8_t>(flags), stream,
                     std::string_view(block).substr(at, most));
    }
    return out;
}

inline std::string rst_stream(std::int32_t stream, std::uint32_t why)
{
    return frame(RST_STREAM, none, stream, number(why, 4));
}
inline std::string goaway(std::int32_t last_stream, std::uint32_t why, std::string_view debug = "")
{
    return frame(GOAWAY, none, 0,
                 number(static_cast<std::uint32_t>(last_stream), 4) + number(why, 4) +
                     std::string(debug));
}
inline std::string ping(std::string_view opaque = "opaque!!")
{
    return frame(PING, none, 0, opaque);
}
inline std::string ping_ack(std::string_view opaque = std::string_view("\0\0\0\0\0\0\0\0", 8))
{
    return frame(PING, ack, 0, opaque);
}
inline std::string window_update(std::int32_t stream, std::uint32_t increment)
{
    return frame(WINDOW_UPDATE, none, stream, number(increment, 4));
}

struct parsed_frame {
    std::uint8_t type;
    std::uint8_t flags;
    std::int32_t stream;
    std::string payload;

    [[nodiscard]] std::uint32_t number(std::size_t at) const
    {
        std::uint32_t value = 0;
        for (std::size_t i = 0; i < 4; ++i)
            value = value << 8 | static_cast<std::uint8_t>(payload.at(at + i));
        return value;
    }
};

/// Whole frames from the front of `bytes`, which loses them; the client's preface is skipped.
inline std::vector<parsed_frame> take_frames(std::string& bytes)
{
    std::vector<parsed_frame> out;
    if (bytes.starts_with(preface))
        bytes.erase(0, preface.size());
    const auto byte = [&bytes](std::size_t at) {
        return static_cast<std::size_t>(static_cast<std::uint8_t>(bytes[at]));
    };
    while (bytes.size() >= 9) {
        const auto size = byte(0) << 16 | byte(1) << 8 | byte(2);
        if (bytes.size() < 9 + size)
            break;
        const auto stream = (byte(5) & 0x7f) << 24 | byte(6) << 16 | byte(7) << 8 | byte(8);
        out.push_back({static_cast<std::uint8_t>(byte(3)), static_cast<std::uint8_t>(byte(4)),
                       static_cast<std::int32_t>(stream), bytes.substr(9, size)});
        bytes.erase(0, 9 + size);
    }
    return out;
}

} // namespace aloft::test::h2
