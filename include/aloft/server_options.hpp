#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <utility>

namespace aloft::autoglm {

/// What is special about one of several servers. Setters chain.
class server_options {
public:
    /// Sent to it as a bearer token, in place of options::api_key(); empty: none is.
    server_options& api_key(std::string key) { return api_key_ = std::move(key), *this; }
    /// Where its chat completions are, in place of options::chat_path().
    server_options& chat_path(std::string path) { return chat_path_ = std::move(path), *this; }
    /// How many requests it gets, compared with others; more than 0, and 1 by default.
    server_options& weight(double share) { return weight_ = share, *this; }
    /// Where its health endpoint is, in place of options::health()'s path; empty: it has none, so
    /// that it is not asked.
    server_options& health_path(std::string path) { return health_path_ = std::move(path), *this; }
    /// It serves requests for the model `name`, which it knows as `here`, or by the same name where
    /// that is empty. Where models are named, it gets requests for those only.
    server_options& model(std::string name, std::string here = {})
    {
        return models_[std::move(name)] = std::move(here), *this;
    }

    [[nodiscard]] const std::optional<std::string>& api_key() const noexcept { return api_key_; }
    [[nodiscard]] const std::optional<std::string>& chat_path() const noexcept
    {
        return chat_path_;
    }
    [[nodiscard]] const std::optional<std::string>& health_path() const noexcept
    {
        return health_path_;
    }
    [[nodiscard]] double weight() const noexcept { return weight_; }
    using model_names = std::map<std::string, std::string, std::less<>>;
    [[nodiscard]] const model_names& models() const noexcept { return models_; }

private:
    std::optional<std::string> api_key_;
    std::optional<std::string> chat_path_;
    std::optional<std::string> health_path_;
    double weight_ = 1;
    model_names models_;
};

} // namespace aloft::autoglm
