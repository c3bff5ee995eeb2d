#pragma once

#include <aloft/error.hpp>
#include <aloft/fields.hpp>

#include <boost/beast/http/basic_parser.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace aloft::http1 {

/// A message as far as it was read; the sink may move from it.
struct incoming_message {
    std::string method; // of a request
    std::string target;
    unsigned status = 0; // of a response
    bool http11 = false;
    fields head;
    std::unique_ptr<fields> trailers;
};

/// What a message_reader tells while it reads.
class message_sink {
public:
    /// The head is whole; an error ends the reading.
    virtual error_code on_head(incoming_message& message) = 0;
    virtual void on_body(std::string_view bytes) = 0;

protected:
    ~message_sink() = default;
};

/// Beast's grammar, filling an incoming_message. Added is what Beast lets pass although a request
/// could hide in it (folded lines, transfer codings other than chunked), and that lists are
/// counted.
template <bool is_request>
class message_parser final : public boost::beast::http::basic_parser<is_request> {
public:
    message_parser(message_sink& sink, incoming_message& message, std::size_t list_limit);

    /// The bytes put() is about to see.
    void look_at(std::string_view input) noexcept { input_ = input; }
    /// What comes next is a chunk header, or the line end before it.
    [[nodiscard]] bool between_chunks() const { return this->chunked() && chunk_left_ == 0; }
    /// What was wrong, if it was not Beast who found it.
    [[nodiscard]] const char* reason() const noexcept { return reason_; }

private:
    using field = boost::beast::http::field;
    using text = boost::beast::string_view;

    void on_request_impl(boost::beast::http::verb, text method, text target, int version,
                         error_code& ec) override;
    void on_response_impl(int code, text reason, int version, error_code& ec) override;
    void on_field_impl(field name, text name_string, text value, error_code& ec) override;
    void on_header_impl(error_code& ec) override;
    void on_body_init_impl(const boost::optional<std::uint64_t>&, error_code&) override {}
    std::size_t on_body_impl(text body, error_code& ec) override;
    void on_chunk_header_impl(std::uint64_t size, text extensions, error_code& ec) override;
    std::size_t on_chunk_body_impl(std::uint64_t remain, text body, error_code& ec) override;
    void on_finish_impl(error_code&) override {}

    void count(std::size_t size, error_code& ec);
    error_code refuse(const char* reason) noexcept;
    [[nodiscard]] bool folded(std::string_view name, std::string_view value) const noexcept;

    message_sink* sink_;
    incoming_message* message_;
    std::string_view input_;
    std::size_t list_left_;
    std::size_t extensions_left_;
    std::uint64_t chunk_left_ = 0;
    const char* reason_ = nullptr;
};

/// Reads one message after another from bytes cut anywhere; what it finds does not depend on the
/// cuts.
template <bool is_request>
class message_reader {
public:
    message_reader(message_sink& sink, std::size_t list_limit);

    /// Begins the next message. `without_body`: the response to HEAD.
    void next(bool without_body);
    /// Takes bytes up to the end of the message, all if it does not end; returns how many.
    std::size_t feed(std::string_view bytes, error_code& ec);
    /// The peer closed its side: ends a body that has no length, else is an error.
    void feed_eof(error_code& ec);

    /// A byte of this message was seen.
    [[nodiscard]] bool started() const noexcept { return started_; }
    [[nodiscard]] bool done() const { return parser_->is_done(); }
    /// Once the head is whole: whether another message may follow.
    [[nodiscard]] bool keep_alive() const { return parser_->keep_alive(); }
    [[nodiscard]] incoming_message& message() noexcept { return message_; }
    /// What was wrong, once feed() failed.
    [[nodiscard]] std::string take_detail() { return std::move(detail_); }

private:
    std::size_t parse(std::string_view input, error_code& ec);
    void check_carry(error_code& ec);
    bool check_greeting(std::string_view bytes, error_code& ec);
    void explain(error_code& ec);

    message_sink* sink_;
    std::size_t list_limit_;
    incoming_message message_;
    std::optional<message_parser<is_request>> parser_;
    std::string carry_; // unfinished lines of the head, of a chunk header or of trailers
    std::string detail_;
    bool started_ = false;
    bool held_back_ = false; // parse() left bytes that need those behind them
};

extern template class message_parser<true>;
extern template class message_parser<false>;
extern template class message_reader<true>;
extern template class message_reader<false>;

} // namespace aloft::http1
