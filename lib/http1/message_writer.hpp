#pragma once

#include "base/outgoing_head.hpp"
#include "base/output_buffer.hpp"

#include <aloft/body_source.hpp>
#include <aloft/error.hpp>
#include <aloft/fields.hpp>

#include <cstdint>
#include <string>

namespace aloft::http1 {

/// How the end of a body is told (RFC 9112, 6).
enum class framing : std::uint8_t { none, length, chunked, until_close };

/// What was found out about a message while its head was written.
struct outgoing_plan {
    framing body = framing::none;
    std::uint64_t length = 0; ///< of framing::length
    bool close = false; ///< the head says `connection: close`
};

/// Who will read a response.
struct response_reader {
    bool to_head = false; ///< the request was HEAD
    bool http11 = true;
    bool close = false; ///< the connection ends with this response
};

/// Writes the head of a request with `body`, which may be null. Whatever a server could take for
/// more than one request is errc::invalid_request; `out` then holds nothing of use.
error_code write_request_head(const outgoing_head& head, const body_source* body, std::string& out,
                              outgoing_plan& plan);
error_code write_response_head(const fields& head, const body_source* body, response_reader reader,
                               std::string& out, outgoing_plan& plan);

/// Sends a body by pulling from its source.
class body_writer {
public:
    void start(body_source* source, const outgoing_plan& plan);
    /// Writes until `out` is full, the source is empty or the body has ended.
    error_code produce(output_buffer& out);
    void resume() noexcept { stalled_ = false; }

    [[nodiscard]] bool done() const noexcept { return done_; }
    /// The source was empty when last asked.
    [[nodiscard]] bool stalled() const noexcept { return stalled_; }

private:
    error_code write_piece(std::string_view piece, output_buffer& out);
    error_code finish(output_buffer& out);

    body_source* source_ = nullptr;
    framing framing_ = framing::none;
    std::uint64_t left_ = 0; // of framing::length
    bool stalled_ = false;
    bool done_ = true;
};

} // namespace aloft::http1
