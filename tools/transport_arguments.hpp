#pragma once

#include <aloft/client_options.hpp>

#include <CLI/App.hpp>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace aloft::tools {

/// How to reach a server, as every command that calls one takes it; named as curl names it.
class transport_arguments {
public:
    /// Declares the options.
    void add_to(CLI::App& command);
    /// What they come to for requests to `url`. Throws boost::system::system_error, with a message
    /// for people, where they cannot be used.
    [[nodiscard]] client_options make(std::string_view url) const;
    /// --max-time in seconds; 0 where there is no bound.
    [[nodiscard]] double max_time() const noexcept { return max_time_; }

private:
    void add_security_to(CLI::App& command);
    void add_ways_to(CLI::App& command);
    void add_proxies_to(CLI::App& command);
    [[nodiscard]] tls_options security() const;
    [[nodiscard]] proxy_options proxies() const;
    [[nodiscard]] dns_options names() const;
    void add_resolved(client_options& to, const std::string& given) const;

    std::string ca_file_;
    std::string certificate_;
    std::string key_;
    std::string unix_socket_;
    std::string pins_;
    std::string name_servers_;
    std::optional<std::string> proxy_;
    std::string proxy_user_;
    std::optional<std::string> no_proxy_;
    std::vector<std::string> resolve_;
    double max_time_ = 0;
    double connect_timeout_ = 0;
    unsigned keep_alive_ = 60;
    bool insecure_ = false;
    bool tls12_ = false;
    bool tls13_ = false;
    bool no_keep_alive_ = false;
    bool http1_ = false;
    bool http2_ = false;
    bool prior_knowledge_ = false;
};

} // namespace aloft::tools
