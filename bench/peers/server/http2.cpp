// HTTP/2 over nghttp2: each event is a DATA frame of its own, as model servers send them.
#include "connection.hpp"

#include <nghttp2/nghttp2.h>

#include <algorithm>
#include <cstring>
#include <unordered_set>

namespace bench {

namespace {

constexpr std::uint32_t most_streams = 1000;
constexpr std::int32_t stream_window = 1 << 20;
constexpr std::int32_t connection_window = 64 << 20;

class http2 final : public protocol {
public:
    explicit http2(connection& owner) : owner_(owner)
    {
        nghttp2_session_server_new(&session_, callbacks(), this);
        const nghttp2_settings_entry settings[] = {
            {NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS, most_streams},
            {NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, stream_window},
        };
        nghttp2_submit_settings(session_, NGHTTP2_FLAG_NONE, settings, 2);
        nghttp2_session_set_local_window_size(session_, NGHTTP2_FLAG_NONE, 0, connection_window);
    }
    http2(const http2&) = delete;
    http2& operator=(const http2&) = delete;
    ~http2() override
    {
        nghttp2_session_del(session_);
        for (auto* left : streams_)
            abandon(left);
    }

    bool received(std::string_view bytes) override
    {
        const auto* data = reinterpret_cast<const std::uint8_t*>(bytes.data());
        return nghttp2_session_mem_recv(session_, data, bytes.size()) >= 0;
    }

    bool produce(std::vector<std::uint8_t>& out, std::size_t room) override
    {
        const std::size_t full = out.size() + room;
        while (out.size() < full) {
            const std::uint8_t* data = nullptr;
            const auto size = nghttp2_session_mem_send(session_, &data);
            if (size < 0)
                return false;
            if (size == 0)
                break;
            out.insert(out.end(), data, data + size);
        }
        return !out.empty() || nghttp2_session_want_read(session_) != 0;
    }

    void event_due(stream& which) override
    {
        if (which.deferred) {
            which.deferred = false;
            nghttp2_session_resume_data(session_, which.id);
        }
    }

private:
    static http2& self(void* user) { return *static_cast<http2*>(user); }

    static stream* find(nghttp2_session* session, std::int32_t id)
    {
        return static_cast<stream*>(nghttp2_session_get_stream_user_data(session, id));
    }

    static int on_begin(nghttp2_session* session, const nghttp2_frame* frame, void* user)
    {
        if (frame->hd.type != NGHTTP2_HEADERS || frame->headers.cat != NGHTTP2_HCAT_REQUEST)
            return 0;
        auto* begun = new stream;
        begun->owner = &self(user).owner_;
        begun->id = frame->hd.stream_id;
        self(user).streams_.insert(begun);
        nghttp2_session_set_stream_user_data(session, begun->id, begun);
        return 0;
    }

    static int on_header(nghttp2_session* session, const nghttp2_frame* frame,
                         const std::uint8_t* name, std::size_t name_size, const std::uint8_t* value,
                         std::size_t value_size, std::uint8_t, void*)
    {
        if (name_size == 5 && std::memcmp(name, ":path", 5) == 0) {
            if (auto* which = find(session, frame->hd.stream_id))
                which->path.assign(value, value + value_size);
        }
        return 0;
    }

    static int on_frame(nghttp2_session* session, const nghttp2_frame* frame, void* user)
    {
        const bool ends = (frame->hd.type == NGHTTP2_HEADERS || frame->hd.type == NGHTTP2_DATA) &&
                          (frame->hd.flags & NGHTTP2_FLAG_END_STREAM) != 0;
        if (auto* which = ends ? find(session, frame->hd.stream_id) : nullptr)
            self(user).respond(*which);
        return 0;
    }

    static int on_close(nghttp2_session* session, std::int32_t id, std::uint32_t, void* user)
    {
        if (auto* which = find(session, id)) {
            self(user).streams_.erase(which);
            abandon(which);
        }
        return 0;
    }

    static nghttp2_session_callbacks* callbacks()
    {
        static nghttp2_session_callbacks* const made = [] {
            nghttp2_session_callbacks* all = nullptr;
            nghttp2_session_callbacks_new(&all);
            nghttp2_session_callbacks_set_on_begin_headers_callback(all, on_begin);
            nghttp2_session_callbacks_set_on_header_callback(all, on_header);
            nghttp2_session_callbacks_set_on_frame_recv_callback(all, on_frame);
            nghttp2_session_callbacks_set_on_stream_close_callback(all, on_close);
            return all;
        }();
        return made;
    }

    static nghttp2_nv field(std::string_view name, std::string_view value)
    {
        // nghttp2 takes them as not const, and does not write.
        return {reinterpret_cast<std::uint8_t*>(const_cast<char*>(name.data())),
                reinterpret_cast<std::uint8_t*>(const_cast<char*>(value.data())), name.size(),
                value.size(), NGHTTP2_NV_FLAG_NO_COPY_NAME | NGHTTP2_NV_FLAG_NO_COPY_VALUE};
    }

    void respond(stream& which)
    {
        which.what = answer_for(which.path);
        nghttp2_data_provider body{};
        body.source.ptr = &which;
        body.read_callback = which.what.events ? send_events : send_document;
        const nghttp2_nv head[] = {
            field(":status", "200"),
            field("content-type", which.what.events ? "text/event-stream" : "application/json"),
            which.what.events ? field("cache-control", "no-cache")
                              : field("content-length", "1024"),
        };
        nghttp2_submit_response(session_, which.id, head, 3, &body);
        if (which.what.events && which.what.apart.count() != 0)
            owner_.where().keep_time(which);
        else
            which.ready = which.what.count + 1;
    }

    static std::size_t copy(stream& which, std::string_view text, std::uint8_t* into,
                            std::size_t room)
    {
        const std::size_t size = std::min(room, text.size() - which.offset);
        std::memcpy(into, text.data() + which.offset, size);
        which.offset += size;
        return size;
    }

    static ssize_t send_document(nghttp2_session*, std::int32_t, std::uint8_t* into,
                                 std::size_t room, std::uint32_t* flags,
                                 nghttp2_data_source* source, void*)
    {
        auto& which = *static_cast<stream*>(source->ptr);
        const auto size = copy(which, document(), into, room);
        if (which.offset == document().size())
            *flags |= NGHTTP2_DATA_FLAG_EOF;
        return static_cast<ssize_t>(size);
    }

    static ssize_t send_events(nghttp2_session*, std::int32_t, std::uint8_t* into, std::size_t room,
                               std::uint32_t* flags, nghttp2_data_source* source, void*)
    {
        auto& which = *static_cast<stream*>(source->ptr);
        if (which.ready == 0) {
            which.deferred = true;
            return NGHTTP2_ERR_DEFERRED;
        }
        const auto text = which.next_event();
        const auto size = copy(which, text, into, room);
        if (which.offset == text.size()) {
            which.offset = 0;
            --which.ready;
            ++which.sent;
            if (which.over())
                *flags |= NGHTTP2_DATA_FLAG_EOF;
        }
        return static_cast<ssize_t>(size);
    }

    connection& owner_;
    nghttp2_session* session_ = nullptr;
    std::unordered_set<stream*> streams_;
};

} // namespace

std::unique_ptr<protocol> speak_http2(connection& owner)
{
    return std::make_unique<http2>(owner);
}

} // namespace bench
