#pragma once

#include "support/any_version.hpp"
#include "support/catch.hpp"
#include "support/client_world.hpp"

#include <aloft/autoglm.hpp>

#include <string_view>
#include <utility>

namespace aloft::test {

inline constexpr std::string_view event =
    "data: {\"id\":\"c\",\"choices\":[{\"index\":0,\"delta\":{\"content\":\"tok \"}}]}\n\n";
inline constexpr std::string_view finish =
    "data: {\"id\":\"c\",\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"stop\"}]}\n\n";
inline constexpr std::string_view done = "data: [DONE]\n\n";

inline autoglm::chat_request question()
{
    autoglm::chat_request made;
    made.user("Open the settings");
    return made;
}

/// A client of model servers that tries nothing again, so that a reply is there with its head.
inline client_options without_retries()
{
    return client_options().retries(retry_rules::none());
}

struct model_world : client_world {
    explicit model_world(bool http2, client_options with = without_retries(),
                         autoglm::options model = autoglm::options("http://server/v1")) :
        client_world(http2, std::move(with)), glm(std::move(*http), model)
    {
        http = std::make_unique<client>(core);
    }
    outcome_of<autoglm::reply>& ask()
    {
        glm.async_stream(question(), why, one.handler());
        settle();
        return one;
    }
    /// A stream that has begun; `first` is its first bytes.
    autoglm::reply stream(std::string_view first)
    {
        on_request = [first](served& r) {
            r.begin();
            r.write(first);
        };
        ask();
        REQUIRE(one.calls == 1);
        REQUIRE_FALSE(one.ec);
        return std::move(one.got);
    }

    autoglm::client glm;
    autoglm::failure why;
    outcome_of<autoglm::reply> one;
};

} // namespace aloft::test
