#pragma once

#include "base/timer_wheel.hpp"
#include "client/call.hpp"
#include "client/client_core.hpp"
#include "event_source/reconnect_pause.hpp"

#include <aloft/event_source.hpp>
#include <aloft/sse.hpp>
#include <aloft/url.hpp>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace aloft::detail {

/// An event source's machine: waits for one thing at a time, a head, bytes, or the time to connect
/// again. What there is to tell lies in `news_` until it is taken, and nothing goes on before.
///
///   idle -> head -> open -> pausing -> head ...      any -> closed
class source_state final : private waiter, private close_listener {
public:
    source_state(std::shared_ptr<client_core> core, std::string url,
                 const event_source_options& options);
    ~source_state();

    /// Waits until take() has something, or it is closed. False: so it is already.
    bool wait(waiter& user);
    void cancel_wait() noexcept { user_ = nullptr; }
    std::optional<source_event> take();
    void close();

    [[nodiscard]] event_source::state ready_state() const noexcept;
    [[nodiscard]] const std::string& last_event_id() const noexcept { return taken_id_; }
    [[nodiscard]] client_core& core() noexcept { return *core_; }

private:
    enum class step : std::uint8_t { idle, head, open, pausing, closed };

    class pause_timer : public timer_entry {
    public:
        explicit pause_timer(source_state& state) : timer_entry(&expired), owner(state) {}
        source_state& owner;
        static void expired(timer_entry& entry)
        {
            static_cast<pause_timer&>(entry).owner.pause_over();
        }
    };

    static void resumed(waiter& self, error_code ec, delivery how);
    void client_closed() override;
    void tell(delivery how);
    void shut();
    void let_go();

    void connect();
    void answered();
    void pause_over();

    void read();
    bool decode(std::string_view input);

    void lost(failure why);
    void fail(failure why);
    [[nodiscard]] failure problem(error_code code, initiator who, std::string detail) const;

    std::shared_ptr<client_core> core_;
    std::string text_;
    event_source_options options_;
    url url_;
    call_handle call_;
    std::optional<sse::decoder> decoder_;
    std::optional<source_event> news_;
    waiter* user_ = nullptr;
    std::string last_id_;
    std::string taken_id_; // last_id_ as of the news that was taken last
    reconnect_pause pause_;
    pause_timer timer_{*this};
    step step_ = step::idle;
    bool starting_ = false; // within wait(): whoever waits is told by its result
};

} // namespace aloft::detail
