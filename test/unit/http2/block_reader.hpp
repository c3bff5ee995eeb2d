#pragma once

#include "support/frames.hpp"

#include <nghttp2/nghttp2.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <new>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace aloft::test {

/// Reads field blocks one after the other, as the peer does that they are sent to.
class block_reader {
public:
    struct block {
        h2::field_list fields;
        std::vector<std::string> sensitive; // names of what must never be indexed
    };

    block_reader()
    {
        nghttp2_hd_inflater* made = nullptr;
        if (nghttp2_hd_inflate_new(&made) != 0)
            throw std::bad_alloc();
        inflater_.reset(made);
    }

    /// SETTINGS_HEADER_TABLE_SIZE, acknowledged.
    void limit_table(std::uint32_t bytes)
    {
        nghttp2_hd_inflate_change_table_size(inflater_.get(), bytes);
    }
    [[nodiscard]] std::size_t table() const
    {
        return nghttp2_hd_inflate_get_dynamic_table_size(inflater_.get());
    }

    /// Null when it is not HPACK.
    std::optional<block> read(std::string_view bytes)
    {
        block out;
        // In memory of its own, for the address sanitizer.
        const std::vector<std::uint8_t> own(bytes.begin(), bytes.end());
        std::size_t at = 0;
        int flags = 0;
        while ((flags & NGHTTP2_HD_INFLATE_FINAL) == 0) {
            nghttp2_nv field{};
            flags = 0;
            const auto took = nghttp2_hd_inflate_hd2(inflater_.get(), &field, &flags,
                                                     own.data() + at, own.size() - at, 1);
            if (took < 0)
                return std::nullopt;
            at += static_cast<std::size_t>(took);
            if ((flags & NGHTTP2_HD_INFLATE_EMIT) == 0)
                continue;
            out.fields.emplace_back(
                std::string(reinterpret_cast<const char*>(field.name), field.namelen),
                std::string(reinterpret_cast<const char*>(field.value), field.valuelen));
            if ((field.flags & NGHTTP2_NV_FLAG_NO_INDEX) != 0)
                out.sensitive.push_back(out.fields.back().first);
        }
        nghttp2_hd_inflate_end_headers(inflater_.get());
        return out;
    }

private:
    struct deleter {
        void operator()(nghttp2_hd_inflater* of) const noexcept { nghttp2_hd_inflate_del(of); }
    };
    std::unique_ptr<nghttp2_hd_inflater, deleter> inflater_;
};

} // namespace aloft::test
