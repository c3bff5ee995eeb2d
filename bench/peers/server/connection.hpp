// A connection of the server: bytes in and out, clear or TLS, and what is spoken over them.
#pragma once

#include "answers.hpp"

#include <openssl/ssl.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace bench {

class connection;

/// A request that is being answered.
struct stream {
    connection* owner = nullptr;
    std::int32_t id = 0;
    answer what;
    std::string path; ///< HTTP/2: as its header arrives
    std::uint32_t sent = 0; ///< events, "[DONE]" being one
    std::uint32_t ready = 0; ///< events that may be sent now
    std::size_t offset = 0; ///< in the document, or in the event being sent
    bool deferred = false; ///< HTTP/2: the session is told when there is more
    bool timed = false; ///< the clock holds it, and destroys it once it is abandoned
    bool abandoned = false;

    [[nodiscard]] bool over() const { return sent == what.count + 1; }
    [[nodiscard]] std::string_view next_event() const
    {
        return sent < what.count ? event(sent) : last_event;
    }
};

/// The loop's side, as a connection sees it.
class loop {
public:
    virtual ~loop() = default;
    /// Calls flush() once all that has arrived was read.
    virtual void flush_later(connection& who) = 0;
    /// Calls event_due() as often and as far apart as the stream's answer says.
    virtual void keep_time(stream& which) = 0;
    virtual void wait_for(connection& who, bool writable) = 0;
};

/// What is spoken: HTTP/2 or HTTP/1.1.
class protocol {
public:
    virtual ~protocol() = default;
    /// False for what the protocol forbids.
    virtual bool received(std::string_view bytes) = 0;
    /// Appends at most about that much. False if the connection is over.
    virtual bool produce(std::vector<std::uint8_t>& out, std::size_t room) = 0;
    virtual void event_due(stream& which) = 0;
};

std::unique_ptr<protocol> speak_http2(connection& owner);
std::unique_ptr<protocol> speak_http1(connection& owner);

class connection {
public:
    /// `tls` may be null.
    connection(loop& where, int descriptor, SSL* tls, bool http2);
    connection(const connection&) = delete;
    connection& operator=(const connection&) = delete;
    ~connection();

    void on_readable();
    void flush();
    void event_due(stream& which);
    void close();

    [[nodiscard]] bool closed() const { return closed_; }
    [[nodiscard]] int descriptor() const { return descriptor_; }
    [[nodiscard]] loop& where() const { return where_; }

    bool flush_is_due = false; ///< kept by the loop

private:
    bool shake_hands();
    long read_some(std::uint8_t* into, std::size_t size);
    long write_some();
    void want_writable(bool wanted);

    loop& where_;
    int descriptor_;
    SSL* tls_;
    std::unique_ptr<protocol> spoken_;
    std::vector<std::uint8_t> out_;
    std::size_t written_ = 0;
    bool waits_for_writable_ = false;
    bool closed_ = false;
};

/// Ends a stream that its protocol no longer knows.
void abandon(stream* which);

} // namespace bench
