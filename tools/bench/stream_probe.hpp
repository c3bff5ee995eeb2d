#pragma once

#include "bench/measurements.hpp"

#include <aloft/chat_delta.hpp>
#include <aloft/thinking.hpp>

#include <vector>

namespace aloft::tools::bench {

/// Notes the times of one stream's events in the record of its request.
class stream_probe {
public:
    /// \param gaps  gets the times between events with content; may be null
    stream_probe(request_record& into, measurements& all,
                 std::vector<run_time>* gaps = nullptr) noexcept :
        record_(into), all_(all), gaps_(gaps)
    {
    }

    /// \param at  when the bytes of the event were read
    void take(const chat::delta& event, run_time at);

private:
    void take_content(const chat::delta& event, run_time at);

    request_record& record_;
    measurements& all_;
    std::vector<run_time>* gaps_;
    autoglm::thinking_splitter splitter_;
    bool counted_by_server_ = false;
};

} // namespace aloft::tools::bench
