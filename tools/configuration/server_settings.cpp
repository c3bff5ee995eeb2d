#include "configuration/settings.hpp"

namespace aloft::tools {

using kind = value_rules::kind;
using values = configuration;

void add_server_settings(settings& to)
{
    using texts = std::vector<std::string>;
    add_setting<texts>(
        to, "base_url", "What paths are joined to, once for each server", any(kind::addresses),
        [](values& v, texts urls) { v.base_urls = std::move(urls); },
        [](const values& v) { return v.base_urls; })
        .of(model_commands)
        .flag({"--base-url", "URL", {}, {}})
        .variables({"PHONE_AGENT_BASE_URL"})
        .shared_variables({"OPENAI_BASE_URL"});
    add_setting<std::string>(
        to, "api_key", "Bearer token", any(kind::secret),
        [](values& v, std::string key) { v.api_key = std::move(key); },
        [](const values& v) { return v.api_key; })
        .of(model_commands)
        .flag({"--api-key,--apikey", "KEY", {}, {}})
        .variables({"PHONE_AGENT_API_KEY"})
        .shared_variables({"OPENAI_API_KEY"});
    add_setting<std::string>(
        to, "api_key_env", "The environment variable that has the key", any(kind::text),
        [](values& v, std::string name) { v.api_key_env = std::move(name); },
        [](const values& v) { return v.api_key_env; })
        .of(model_commands);
    add_setting<std::string>(
        to, "model", "The model that is asked, where a prompt names none", any(kind::text),
        [](values& v, std::string name) { v.model = std::move(name); },
        [](const values& v) { return v.model; })
        .of(model_commands)
        .flag({"--model", "NAME", {}, {}})
        .variables({"PHONE_AGENT_MODEL"});
    add_setting<std::string>(
        to, "chat_path", "Where chat completions are, behind the base URL", any(kind::text),
        [](values& v, std::string path) { v.model_server.chat_path(std::move(path)); },
        [](const values& v) { return v.model_server.chat_path(); })
        .of(model_commands);
    add_setting<bool>(
        to, "stop_at_action", "End each answer with its first action, do(...) or finish(...)",
        any(kind::truth), [](values& v, bool yes) { v.model_server.stop_at_action(yes); },
        [](const values& v) { return v.model_server.stop_at_action(); })
        .of(command::run | command::chat)
        .flag({"--stop-at-action", {}, "true", {}});
    add_setting<std::size_t>(
        to, "event_limit", "Largest event of a stream", sizes(1024, std::uint64_t{1} << 30),
        [](values& v, std::size_t bytes) { v.model_server.event_limit(bytes); },
        [](const values& v) { return v.model_server.event_limit(); })
        .of(model_commands);
    add_setting<std::size_t>(
        to, "body_limit", "Largest answer that is gathered before it is looked at",
        sizes(1024, std::uint64_t{1} << 36), [](values& v, std::size_t n) { v.http.body_limit(n); },
        [](const values& v) { return v.http.body_limit(); })
        .of(model_commands);
}

void add_sampling_settings(settings& to)
{
    using number = std::optional<double>;
    constexpr auto asks = command::run | command::chat;
    add_setting<number>(
        to, "sampling.temperature", "Sampling temperature, where a prompt has none",
        numbers(0, 1000), [](values& v, number value) { v.temperature = value; },
        [](const values& v) { return v.temperature; })
        .of(asks)
        .flag({"--temperature", "X", {}, {}});
    add_setting<number>(
        to, "sampling.top_p", "Nucleus sampling, where a prompt has none", numbers(0, 1),
        [](values& v, number value) { v.top_p = value; }, [](const values& v) { return v.top_p; })
        .of(asks)
        .flag({"--top-p", "X", {}, {}}, command::run);
    add_setting<number>(
        to, "sampling.frequency_penalty", "Penalty of repetition, where a prompt has none",
        numbers(-1000, 1000), [](values& v, number value) { v.frequency_penalty = value; },
        [](const values& v) { return v.frequency_penalty; })
        .of(asks)
        .flag({"--frequency-penalty", "X", {}, {}}, command::run);
    add_setting<std::optional<std::uint64_t>>(
        to, "sampling.max_tokens", "Longest answer, where a prompt has none",
        counts(1, 1'000'000'000),
        [](values& v, std::optional<std::uint64_t> most) { v.max_tokens = most; },
        [](const values& v) { return v.max_tokens; })
        .of(asks)
        .flag({"--max-tokens", "N", {}, {}});
}

const server_settings& all_server_settings()
{
    using one = configured_server;
    using names = std::map<std::string, std::string>;
    static const server_settings all = [] {
        server_settings made;
        add_setting<std::string>(
            made, "url", "Its base URL", any(kind::address),
            [](one& s, std::string url) { s.url = std::move(url); },
            [](const one& s) { return s.url; });
        add_setting<double>(
            made, "weight", "How many requests it gets, compared with others",
            numbers(0.001, 1'000'000), [](one& s, double share) { s.weight = share; },
            [](const one& s) { return s.weight; });
        add_setting<std::string>(
            made, "api_key", "Its bearer token, in place of the general one", any(kind::secret),
            [](one& s, std::string key) { s.api_key = std::move(key); },
            [](const one& s) { return s.api_key; });
        add_setting<std::string>(
            made, "api_key_env", "The environment variable that has it", any(kind::text),
            [](one& s, std::string name) { s.api_key_env = std::move(name); },
            [](const one& s) { return s.api_key_env; });
        add_setting<std::string>(
            made, "chat_path", "Where its chat completions are, in place of the general path",
            any(kind::text), [](one& s, std::string path) { s.chat_path = std::move(path); },
            [](const one& s) { return s.chat_path; });
        add_setting<std::optional<std::string>>(
            made, "health_path", "Where its health endpoint is; \"\" where it has none",
            any(kind::text),
            [](one& s, std::optional<std::string> path) { s.health_path = std::move(path); },
            [](const one& s) { return s.health_path; });
        add_setting<names>(
            made, "models",
            "The models that it serves, and what each is called there; every one where there are "
            "none",
            any(kind::names), [](one& s, names models) { s.models = std::move(models); },
            [](const one& s) { return s.models; });
        return made;
    }();
    return all;
}

} // namespace aloft::tools
