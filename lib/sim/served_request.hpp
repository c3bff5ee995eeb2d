#pragma once

#include "base/exchange.hpp"
#include "base/timer_wheel.hpp"
#include "sim/completion.hpp"
#include "sim/completion_reader.hpp"
#include "sim/fault_rule.hpp"
#include "sim/reply_body.hpp"

#include <aloft/detail/waiter.hpp>

#include <boost/intrusive/list_hook.hpp>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace aloft::sim {

class server_connection;
class server_core;

/// One request from its head to its last byte. Where a function says that this may be gone, it is
/// not to be touched after.
class served_request final : private exchange_owner, private detail::waiter, private timer_entry {
public:
    explicit served_request(server_connection& connection);
    ~served_request();
    served_request(const served_request&) = delete;
    served_request& operator=(const served_request&) = delete;

    exchange& carried() noexcept { return exchange_; }

    boost::intrusive::list_member_hook<> listed; // among its connection's

private:
    enum class endpoint : std::uint8_t { unknown, completions, models, model, health };
    /// Whether a fault lets its request live on.
    enum class fate : std::uint8_t { goes_on, silent, gone };
    enum class stage : std::uint8_t {
        reading, ///< the request
        held_back, ///< nothing is answered until a stall is over
        thinking, ///< a reply in one piece is being made
        streaming,
        over, ///< all that will be sent was handed over
    };

    // News of the exchange (request_intake.cpp).
    void resumed();
    void closed(exchange&) override;
    void wait() noexcept;
    void leave();
    bool begin();
    void route(std::string_view target);
    bool allowed();
    bool choose_fault();
    bool read_body();
    void finish_request();
    void answer_lookup();

    // The reply (served_request.cpp).
    void answer_completion();
    void begin_reply();
    void expired();
    void next_steps();
    void answer_whole();
    void arm_next_step();
    [[nodiscard]] tick due() const noexcept;
    [[nodiscard]] bool fault_is_next() const noexcept;

    void answer_status(const fault& what);
    [[nodiscard]] error_form form_of(const fault& what) const noexcept;
    [[nodiscard]] std::string_view json_type() const noexcept;
    [[nodiscard]] bool begins_with_token() const noexcept;
    [[nodiscard]] bool sends_comments() const noexcept;
    fate strike();
    fate strike_reply();
    void cut();

    void respond(const fields& head, bool with_body);
    void respond_text(unsigned status, std::string_view type, std::string text);
    void respond_error(unsigned status, std::string_view message, std::string_view param = {});
    void respond_too_large();
    [[nodiscard]] server_core& core() const noexcept;

    server_connection& connection_;
    exchange exchange_;
    reply_body body_;
    fields head_;
    std::unique_ptr<completion_reader> reader_;
    std::unique_ptr<completion> reply_;
    std::optional<completion_request> asked_;
    std::unique_ptr<const fault> own_fault_; // of x-sim-fault
    const fault* fault_ = nullptr; // null once it has struck
    std::uint64_t number_ = 0; // of a completion
    std::uint64_t body_size_ = 0;
    std::size_t step_ = 0;
    tick started_ = 0; // the request was read
    tick written_ = 0; // something of the reply, last
    std::int64_t due_ = 0; // the next step, in microseconds from then
    endpoint endpoint_ = endpoint::unknown;
    stage stage_ = stage::reading;
    bool begun_ = false;
    bool waiting_ = false; // our waiter is in the exchange
    bool answered_ = false;
    bool own_doing_ = false; // that it ends before its time
};

} // namespace aloft::sim
