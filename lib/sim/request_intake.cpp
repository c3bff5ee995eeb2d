#include "sim/script_words.hpp"
#include "sim/served_request.hpp"
#include "sim/server_connection.hpp"
#include "sim/server_core.hpp"

#include <algorithm>
#include <utility>

namespace aloft::sim {
namespace {

constexpr std::uint32_t enhance_your_calm = 11; // RFC 9113, 7

bool is_json(std::string_view type)
{
    return type.substr(0, type.find_first_of("; ")) == "application/json";
}

} // namespace

served_request::served_request(server_connection& connection) :
    detail::waiter([](detail::waiter& self, error_code, detail::delivery) {
        static_cast<served_request&>(self).resumed();
    }),
    timer_entry([](timer_entry& self) { static_cast<served_request&>(self).expired(); }),
    connection_(connection),
    exchange_(connection.core().pool())
{
    auto& count = core().count();
    ++count.requests;
    count.peak_in_flight = std::max(count.peak_in_flight, ++count.in_flight);
    exchange_.owner = this;
    wait();
}

served_request::~served_request()
{
    --core().count().in_flight;
}

server_core& served_request::core() const noexcept
{
    return connection_.core();
}

void served_request::wait() noexcept
{
    exchange_.reader_wants = exchange::wants::more;
    exchange_.reader = this;
    waiting_ = true;
}

void served_request::resumed()
{
    waiting_ = false;
    if (exchange_.closed)
        return leave();
    if (exchange_.head_complete) {
        if (!std::exchange(begun_, true) && !begin())
            return;
        if (!read_body())
            return;
    }
    wait();
}

/// The reader, if there was one, has been taken out already and is resumed after this.
void served_request::closed(exchange&)
{
    if (!waiting_)
        leave();
}

void served_request::leave()
{
    auto& count = core().count();
    const auto why = exchange_.error;
    if (!why) {
        ++count.finished;
    } else if (!own_doing_ && why != errc::client_closed) {
        ++count.cancelled;
        if (reply_)
            count.tokens_saved += reply_->tokens_after(step_);
    }
    connection_.release(*this);
}

/// False when this is gone.
bool served_request::begin()
{
    if (connection_.used_up())
        connection_.carrier().drain();
    route(exchange_.head.get(":path").value_or(""));
    if (!allowed() || !choose_fault())
        return true;
    if (fault_ == nullptr || (fault_->after && endpoint_ == endpoint::completions))
        return true;
    const auto next = strike();
    if (next == fate::silent)
        stage_ = stage::over;
    return next != fate::gone;
}

void served_request::route(std::string_view target)
{
    target = target.substr(0, target.find('?'));
    if (target.starts_with("/v1/"))
        target.remove_prefix(3);
    constexpr std::string_view one_model = "/models/";
    if (target == "/chat/completions")
        endpoint_ = endpoint::completions;
    else if (target == "/models")
        endpoint_ = endpoint::models;
    else if (target.starts_with(one_model))
        endpoint_ = endpoint::model;
    else if (target == "/health")
        endpoint_ = endpoint::health;
}

/// False when the request was answered for what its head says.
bool served_request::allowed()
{
    const auto& head = exchange_.head;
    const auto& settings = core().settings();
    const bool asks = endpoint_ == endpoint::completions;
    const auto method = head.get(":method").value_or("");
    const auto& key = settings.api_key();
    if (endpoint_ == endpoint::unknown)
        return respond_error(404, "Not Found"), false;
    if (method != (asks ? "POST" : "GET"))
        return head_.add("allow", asks ? "POST" : "GET"), respond_error(405, "Method Not Allowed"),
               false;
    if (!key.empty() && endpoint_ != endpoint::health &&
        head.get("authorization") != "Bearer " + key &&
        (settings.dialect() != dialect::llama_cpp || head.get("x-api-key") != key))
        return respond_error(401, "Unauthorized"), false;
    if (!asks)
        return true;
    if (!is_json(head.get("content-type").value_or("")))
        return respond_error(415, "Unsupported Media Type: only application/json is allowed"),
               false;
    if (parse_count(head.get("content-length").value_or("0")).value_or(0) > settings.body_limit())
        return respond_too_large(), false;
    reader_ = std::make_unique<completion_reader>();
    number_ = core().next_completion();
    return true;
}

void served_request::respond_too_large()
{
    respond_error(413, "The request body is larger than " +
                           std::to_string(core().settings().body_limit()) + " bytes");
}

/// False when the request was answered: it asked for a fault that does not exist.
bool served_request::choose_fault()
{
    if (const auto text = exchange_.head.get("x-sim-fault")) {
        std::string problem;
        auto made = fault::parse(*text, problem);
        if (!made) {
            respond_error(400, "x-sim-fault: " + problem);
            return false;
        }
        own_fault_ = std::make_unique<const fault>(std::move(*made));
        fault_ = own_fault_.get();
    } else if (number_ != 0) {
        fault_ = core().fault_of(number_);
    }
    return true;
}

/// False when this is gone.
bool served_request::read_body()
{
    const auto limit = core().settings().body_limit();
    if (const auto bytes = exchange_.received.readable(); !bytes.empty()) {
        body_size_ += bytes.size();
        if (reader_ && body_size_ <= limit)
            reader_->feed(bytes);
        const auto count = bytes.size();
        exchange_.received.consume(count, core().pool());
        exchange_.consumed += static_cast<std::uint32_t>(count);
        connection_.carrier().return_credit(exchange_);
    }
    if (body_size_ > limit) {
        if (!answered_)
            respond_too_large();
        if (body_size_ / 2 > limit) { // told, and still sending
            own_doing_ = true;
            connection_.carrier().abandon(exchange_, enhance_your_calm);
            connection_.release(*this);
            return false;
        }
    }
    if (exchange_.incoming_ended && stage_ == stage::reading)
        finish_request();
    return true;
}

void served_request::finish_request()
{
    stage_ = stage::over;
    if (answered_)
        return;
    started_ = core().timers().now();
    const auto what = fault_ != nullptr ? fault_->what : fault::kind::reset;
    if (what == fault::kind::status) {
        answer_status(*std::exchange(fault_, nullptr));
    } else if (what == fault::kind::stall && fault_->before_head) {
        const auto time = std::exchange(fault_, nullptr)->duration;
        ++core().count().faults;
        if (time.count() == 0)
            return;
        stage_ = stage::held_back;
        due_ = time.count();
        arm_next_step();
    } else if (endpoint_ == endpoint::completions) {
        answer_completion();
    } else {
        answer_lookup();
    }
}

void served_request::answer_lookup()
{
    const auto json = json_type();
    if (endpoint_ == endpoint::models)
        return respond_text(200, json, core().model_list());
    if (endpoint_ == endpoint::health && core().settings().dialect() == dialect::llama_cpp)
        return respond_text(200, json, R"({"status":"ok"})");
    if (endpoint_ == endpoint::health) {
        head_.add(":status", "200");
        return respond(head_, false);
    }
    const auto target = exchange_.head.get(":path").value_or("");
    constexpr std::string_view before = "/models/";
    const auto name = target.substr(target.find(before) + before.size());
    if (!core().knows_model(name))
        return respond_error(404, "The model `" + std::string(name) + "` does not exist.", "model");
    respond_text(200, json, core().model_object(name));
}

} // namespace aloft::sim
