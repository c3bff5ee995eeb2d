#pragma once

#include "terminal/paint.hpp"

#include <aloft/autoglm.hpp>

#include <boost/asio/awaitable.hpp>

#include <string>
#include <string_view>

namespace aloft::tools {

/// One answer of the model, shown as it arrives: thinking dimmed, the action bright, and what the
/// phone agent would do. As JSON it is an object a line.
class turn {
public:
    turn(autoglm::client& glm, bool as_json, const paint& colour) :
        glm_(glm), json_(as_json), colour_(colour)
    {
    }

    /// Asks and shows. Throws autoglm::error.
    boost::asio::awaitable<void> ask(const chat::request& what);

    /// The whole answer, for the history.
    [[nodiscard]] const std::string& text() const noexcept { return text_; }
    [[nodiscard]] const autoglm::reply_parts& parts() const noexcept { return parts_; }
    [[nodiscard]] bool has_action() const noexcept { return has_action_; }

private:
    void show_thinking(std::string_view piece);
    void show_action(std::string_view piece);
    void show_end(const autoglm::reply& reply);

    autoglm::client& glm_;
    bool json_;
    const paint& colour_;
    std::string text_;
    autoglm::reply_parts parts_;
    bool has_action_ = false;
};

} // namespace aloft::tools
