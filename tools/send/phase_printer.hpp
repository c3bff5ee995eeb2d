#pragma once

#include "terminal/paint.hpp"

#include <aloft/observer.hpp>

#include <chrono>

namespace aloft::tools {

/// Prints each phase of a request on standard error, marked as curl marks them: `*` what happens,
/// with milliseconds since the start, `>` what is sent, `<` what comes back. Secrets are masked.
class phase_printer final : public observer {
public:
    void dialing(const origin& to) override;
    void connected(const origin& to, const connection_facts& facts) override;
    void dial_failed(const origin& to, phase during, const error_code& ec,
                     std::string_view detail) override;
    void queued(request_number which) override;
    void waiting(request_number which) override;
    void sent(request_number which, const fields& head, const connection_facts& over) override;
    void interim(request_number which, unsigned status, const aloft::fields& head) override;
    void redirected(request_number which, unsigned status, const url& to) override;
    void answered(request_number which, unsigned status, const fields& head) override;
    void sent_again(request_number which, const error_code& why) override;
    void ended(request_number which, const error_code& ec, std::uint64_t received) override;

private:
    void note(std::string_view what) const;
    void show(char mark, const fields& head) const;

    std::chrono::steady_clock::time_point started_ = std::chrono::steady_clock::now();
    paint colour_{2};
};

/// `value` as it may be shown of a field of this name: secrets are masked.
std::string masked(std::string_view name, std::string_view value);

} // namespace aloft::tools
