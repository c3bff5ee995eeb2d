#pragma once

#include "policy/hedging.hpp"

#include <aloft/autoglm.hpp>
#include <aloft/chat_delta.hpp>
#include <aloft/client.hpp>
#include <aloft/error_table.hpp>
#include <aloft/fields.hpp>
#include <aloft/retry_rules.hpp>
#include <aloft/url.hpp>

#include <cstddef>
#include <memory>

namespace aloft::autoglm::detail {

/// What the replies of one client share; replies keep it alive.
class client_state {
public:
    client_state(aloft::client over, const options& with);

    aloft::client http;
    url chat_url;
    url models_url;
    fields stream_headers; ///< of every request for a stream
    fields plain_headers; ///< of every other
    std::shared_ptr<const error_table> errors; ///< shared with requests under way
    retry_rules retries; ///< of requests that have none of their own
    std::shared_ptr<policy::hedging> hedging; ///< null: off
    std::size_t event_limit;
    chat::chunk_decoder
        decoder; ///< one parser for all streams: between two events it holds nothing
};

} // namespace aloft::autoglm::detail
