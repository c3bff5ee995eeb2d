#pragma once

#include "autoglm/chunk_pool.hpp"
#include "autoglm/health_prober.hpp"
#include "autoglm/response_policy.hpp"
#include "autoglm/server_list.hpp"
#include "policy/hedging.hpp"

#include <aloft/autoglm.hpp>
#include <aloft/chat_delta.hpp>
#include <aloft/client.hpp>

#include <cstddef>
#include <memory>

namespace aloft::autoglm::detail {

/// What the replies of one client share; replies keep it alive.
class client_state {
public:
    client_state(aloft::client over, const options& with);

    aloft::client http;
    std::shared_ptr<const server_list> servers; ///< shared with requests under way
    std::unique_ptr<health_prober> health; ///< null: off
    std::shared_ptr<const error_rules> rules; ///< shared with requests under way
    std::shared_ptr<policy::hedging> hedging; ///< null: off
    bool stop_at_action; ///< for requests that say nothing of it
    early_end_counts early_ends;
    std::size_t event_limit;
    chat::chunk_decoder
        decoder; ///< one parser for all streams: between two events it holds nothing
    chunk_pool chunks;
};

} // namespace aloft::autoglm::detail
