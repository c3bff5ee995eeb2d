#pragma once

#include "base/outgoing_head.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

struct nghttp2_hd_deflater;

namespace aloft::http2 {

/// Codes the field blocks (RFC 9113, 4.3) that one side of a connection sends. HPACK is nghttp2's;
/// but a head like one before is not coded again: its bytes are copied.
///
/// An index into the dynamic table is right for as long as nothing is inserted. So what was coded
/// is kept with the number of insertions before it, and fields that differ from one head to the
/// next are written as literals, which insert nothing.
class field_block_encoder {
public:
    field_block_encoder();

    /// The peer's SETTINGS_HEADER_TABLE_SIZE: several of one frame are told in their order. More
    /// than the 4,096 bytes that are the protocol's default is not made use of.
    void limit_table(std::uint32_t bytes);

    /// The block of `list`, whose names are in lower case; valid until the next call. Blocks must
    /// be sent in the order in which they were coded, all of them.
    [[nodiscard]] std::string_view encode(const outgoing_head& list);

private:
    struct piece {
        std::uint32_t name_size = 0;
        std::uint32_t value_size = 0; // 0 where it varies
        std::uint8_t changes = 0; // how often it was seen to differ
        bool varies = false;
    };
    struct hole {
        std::size_t field; // whose value goes here
        std::size_t at; // in `code`
    };
    /// Heads whose names are the same, and whose values are but for those that vary.
    struct shape {
        std::string text; // names and values, one behind the other
        std::vector<piece> pieces;
        std::string code; // without the values that vary
        std::vector<hole> holes;
        std::uint64_t generation = 0; // in which `code` is right
        std::uint64_t used = 0;
    };
    struct deleter {
        void operator()(nghttp2_hd_deflater* deflater) const noexcept;
    };

    static bool matches(const shape& known, const outgoing_head& list) noexcept;
    shape* find(const outgoing_head& list) noexcept;
    shape* nearest(const outgoing_head& list) noexcept;
    shape& learn(const outgoing_head& list);
    shape& slot();
    void code(shape& of, const outgoing_head& list);
    std::string_view filled(const shape& known, const outgoing_head& list);
    void append(std::string& to, std::string_view name, std::string_view value, std::uint8_t flags);

    std::unique_ptr<nghttp2_hd_deflater, deleter> deflater_;
    std::vector<shape> shapes_;
    std::size_t last_ = 0; // the shape that was used last
    std::string block_;
    std::uint64_t generation_ = 1; // another one whenever indices may have shifted
    std::uint64_t encoded_ = 0;
    bool update_due_ = false; // the next block begins with a dynamic table size update
};

} // namespace aloft::http2
