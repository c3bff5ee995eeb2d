#pragma once

#include "configuration/configuration.hpp"
#include "configuration/settings.hpp"

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace aloft::tools {

class file_entry;

/// Where a value came from.
class value_origin {
public:
    /// The weakest first.
    enum class source {
        usual, ///< nobody said anything
        shared_variable, ///< of the environment, for other programs too
        file,
        variable, ///< of the environment, for this program
        flag
    };

    source from = source::usual;
    std::string where; ///< "OPENAI_API_KEY", "aloft.toml:7", "--retries"

    /// For people: "default" where nothing else is known.
    [[nodiscard]] std::string text() const { return where.empty() ? "default" : where; }
};

/// An option that was given, and its values.
class given_flag {
public:
    const setting<configuration>* of = nullptr;
    std::string name;
    std::vector<std::string> values;
};

/// The configuration of a command, and where each value came from. Everything that is wrong with it
/// is a boost::system::system_error with a message for people, which names flag, variable, or file
/// and line.
class configured {
public:
    /// \param path  of the file; empty: none
    configured(command which, std::string path, const std::vector<given_flag>& flags);

    [[nodiscard]] const configuration& values() const noexcept { return values_; }
    [[nodiscard]] command which() const noexcept { return which_; }
    [[nodiscard]] const std::string& path() const noexcept { return path_; }
    /// Of a setting. \param key  its key; of one of several servers "servers[1].url"
    [[nodiscard]] value_origin origin(const std::string& key) const;

    /// The HTTP client for requests to `url`.
    [[nodiscard]] client_options make_http(std::string_view url) const;
    /// The model servers.
    [[nodiscard]] autoglm::options make_server() const;
    /// Their base URLs.
    [[nodiscard]] std::vector<std::string> base_urls() const;

private:
    class winner {
    public:
        setting_value value;
        value_origin origin;
    };
    class found_server {
    public:
        configured_server server;
        std::map<std::string, value_origin> origins;
    };

    void read_file();
    void read_entry(const file_entry& one);
    void read_server_entry(const file_entry& one);
    void read_variables();
    void read_flags(const std::vector<given_flag>& flags);
    void take(const setting<configuration>& of, setting_value value, value_origin origin);
    void choose_servers();
    void check_urls() const;
    void find_keys();
    void find_key(const std::string& prefix, std::string& key, const std::string& variable);
    void check_order() const;
    void check_needs() const;
    [[nodiscard]] bool given(const std::string& key) const;
    [[noreturn]] void refuse(const std::string& key, const std::string& why) const;

    command which_;
    std::string path_;
    configuration values_;
    std::map<std::string, winner, std::less<>> winners_;
    std::vector<found_server> found_;
    std::map<std::string, value_origin> origins_;
};

/// The file that a command reads: `given`, or what ALOFT_CONFIG says, or the user's own,
/// aloft/config.toml in $XDG_CONFIG_HOME or ~/.config, if there is one; empty: none.
/// \param given  of --config; an empty text is no file
std::string configuration_path(const std::optional<std::string>& given);

} // namespace aloft::tools
