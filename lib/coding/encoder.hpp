#pragma once

#include <aloft/content_coding.hpp>
#include <aloft/payload.hpp>

#include <memory>
#include <string>
#include <string_view>

namespace aloft::coding {

/// One content coding being applied, without I/O.
class encoder {
public:
    enum class flush {
        none, ///< output comes when it is worth it
        now, ///< all that went in so far can be decoded from what came out
        finish, ///< nothing follows
    };

    virtual ~encoder() = default;

    /// Appends to `out`.
    virtual void encode(std::string_view in, flush how, std::string& out) = 0;
};

/// `which` is not none.
std::unique_ptr<encoder> make_encoder(compression which);

/// As content-encoding has it.
std::string_view to_string(compression which) noexcept;

/// All of it at once.
std::string compress(const payload& bytes, compression which);

} // namespace aloft::coding
