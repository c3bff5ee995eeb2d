#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace aloft::net {

/// What is said to a proxy until it carries bytes to the server behind it. No I/O.
class proxy_handshake {
public:
    enum class status {
        more, ///< send output(), then take what comes
        done, ///< what comes next is the server's
        failed, ///< see problem()
    };

    proxy_handshake() = default;
    proxy_handshake(const proxy_handshake&) = delete;
    proxy_handshake& operator=(const proxy_handshake&) = delete;
    virtual ~proxy_handshake() = default;

    /// How many bytes may be taken now: never more than the proxy still has to say for certain, for
    /// what follows is the server's. At least 1 while there is more.
    virtual std::size_t wanted() const noexcept = 0;
    /// The proxy's bytes, `wanted()` of them at the most.
    virtual status take(std::string_view bytes) = 0;

    /// Bytes to send; the owner takes them out.
    std::string& output() noexcept { return output_; }
    /// Why it failed, in words that name neither the proxy nor the user.
    const std::string& problem() const noexcept { return problem_; }

protected:
    status fail(std::string why)
    {
        problem_ = std::move(why);
        return status::failed;
    }

    std::string output_;

private:
    std::string problem_;
};

} // namespace aloft::net
