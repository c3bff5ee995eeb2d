// HTTP/1.1, as much of it as the clients of the comparison send: bodies with a length, one request
// after the other.
#include "connection.hpp"

#include <array>
#include <cstdio>
#include <cstdlib>
#include <strings.h>
#include <utility>

namespace bench {

namespace {

constexpr std::string_view document_head =
    "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 1024\r\n\r\n";
constexpr std::string_view events_head =
    "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nCache-Control: no-cache\r\n"
    "Transfer-Encoding: chunked\r\n\r\n";

std::string_view value_of(std::string_view head, std::string_view name)
{
    for (auto line = head.find('\n'); line != std::string_view::npos; line = head.find('\n')) {
        head.remove_prefix(line + 1);
        if (head.size() > name.size() && head[name.size()] == ':' &&
            strncasecmp(head.data(), name.data(), name.size()) == 0)
            return head.substr(name.size() + 1);
    }
    return {};
}

class http1 final : public protocol {
public:
    explicit http1(connection& owner) : owner_(owner) {}
    http1(const http1&) = delete;
    http1& operator=(const http1&) = delete;
    ~http1() override
    {
        if (streaming_ != nullptr)
            abandon(streaming_);
    }

    bool received(std::string_view bytes) override
    {
        in_.append(bytes);
        return true;
    }

    bool produce(std::vector<std::uint8_t>& out, std::size_t room) override
    {
        const std::size_t full = out.size() + room;
        while (out.size() < full) {
            if (streaming_ == nullptr && !answer_next(out))
                break;
            if (streaming_ != nullptr && !stream_some(out))
                break;
        }
        return true;
    }

    void event_due(stream&) override {}

private:
    static void put(std::vector<std::uint8_t>& out, std::string_view text)
    {
        out.insert(out.end(), text.begin(), text.end());
    }

    /// False if no whole request has arrived.
    bool answer_next(std::vector<std::uint8_t>& out)
    {
        const auto head_end = in_.find("\r\n\r\n");
        if (head_end == std::string::npos)
            return false;
        const auto head = std::string_view(in_).substr(0, head_end);
        const std::string length(value_of(head, "content-length").substr(0, 12));
        const auto size = head_end + 4 + std::strtoul(length.c_str(), nullptr, 10);
        if (in_.size() < size)
            return false;
        const auto path = head.substr(head.find(' ') + 1);
        const auto what = answer_for(path.substr(0, path.find(' ')));
        in_.erase(0, size);
        if (what.events)
            begin_events(what, out);
        else {
            put(out, document_head);
            put(out, document());
        }
        return true;
    }

    void begin_events(const answer& what, std::vector<std::uint8_t>& out)
    {
        put(out, events_head);
        streaming_ = new stream;
        streaming_->owner = &owner_;
        streaming_->what = what;
        if (what.apart.count() != 0)
            owner_.where().keep_time(*streaming_);
        else
            streaming_->ready = what.count + 1;
    }

    /// False if no event is due.
    bool stream_some(std::vector<std::uint8_t>& out)
    {
        if (streaming_->ready == 0)
            return false;
        const auto text = streaming_->next_event();
        std::array<char, 16> size{};
        std::snprintf(size.data(), size.size(), "%zx\r\n", text.size());
        put(out, size.data());
        put(out, text);
        put(out, "\r\n");
        --streaming_->ready;
        ++streaming_->sent;
        if (streaming_->over()) {
            put(out, "0\r\n\r\n");
            abandon(std::exchange(streaming_, nullptr));
        }
        return true;
    }

    connection& owner_;
    std::string in_;
    stream* streaming_ = nullptr;
};

} // namespace

std::unique_ptr<protocol> speak_http1(connection& owner)
{
    return std::make_unique<http1>(owner);
}

} // namespace bench
