#include "sim/server_core.hpp"

#include "chat/json_text.hpp"
#include "sim/completion.hpp"
#include "sim/server_connection.hpp"

#include <algorithm>
#include <utility>

namespace aloft::sim {
namespace {

constexpr std::size_t read_size = 64 * 1024;

} // namespace

server_core::server_core(timer_service& timers, options settings) :
    timers_(timers), settings_(std::move(settings)), space_(read_size)
{
    stream_head_.add(":status", "200");
    stream_head_.add("content-type", "text/event-stream; charset=utf-8");
    stream_head_.add("cache-control", "no-cache");
}

server_core::~server_core()
{
    stop();
}

void server_core::serve(std::unique_ptr<net::transport> stream)
{
    ++count_.connections;
    if (connections_.size() >= settings_.max_connections())
        return;
    ++count_.connections_open;
    connections_.push_back(std::make_unique<server_connection>(*this, std::move(stream)));
    auto& made = *connections_.back();
    made.begin(std::prev(connections_.end()));
}

void server_core::stop()
{
    while (!connections_.empty())
        remove(*connections_.front());
}

void server_core::remove(server_connection& ended)
{
    // Its destruction fails requests, which may come back to us: it must be out of the list then.
    const auto at = ended.place();
    const auto gone = std::move(*at);
    connections_.erase(at);
    --count_.connections_open;
}

const fault* server_core::fault_of(std::uint64_t request) const noexcept
{
    const auto& rules = settings_.faults().rules();
    for (std::size_t index = 0; index != rules.size(); ++index) {
        if (rules[index]->holds(request, settings_.seed(), index))
            return &rules[index]->what;
    }
    return nullptr;
}

bool server_core::knows_model(std::string_view name) const noexcept
{
    const auto& models = settings_.models();
    return std::find(models.begin(), models.end(), name) != models.end();
}

std::string server_core::model_object(std::string_view name) const
{
    const auto whose = settings_.dialect();
    std::string out = "{\"id\":";
    chat::json::append_string(out, name);
    out.append(",\"object\":\"model\",\"created\":").append(created);
    out += ",\"owned_by\":\"aloft-sim\"";
    if (whose == dialect::vllm || whose == dialect::sglang) {
        out += ",\"root\":";
        chat::json::append_string(out, name);
    }
    if (whose == dialect::vllm)
        out += ",\"parent\":null";
    if (whose == dialect::vllm || whose == dialect::sglang)
        out += ",\"max_model_len\":25480";
    if (whose == dialect::llama_cpp)
        out += ",\"meta\":{\"n_ctx_train\":25480}";
    return out + "}";
}

std::string server_core::model_list() const
{
    std::string out = "{\"object\":\"list\",\"data\":[";
    for (const auto& name : settings_.models())
        out.append(out.back() == '[' ? "" : ",").append(model_object(name));
    out += "]";
    if (settings_.dialect() == dialect::llama_cpp) {
        out += ",\"models\":[";
        for (const auto& name : settings_.models()) {
            out += out.back() == '[' ? "{\"name\":" : ",{\"name\":";
            chat::json::append_string(out, name);
            out += "}";
        }
        out += "]";
    }
    return out + "}";
}

} // namespace aloft::sim
