#pragma once

#include <string>
#include <utility>

namespace aloft {

/// Which proxies a client goes through. As constructed: none; the environment counts only where
/// from_environment() is asked for.
///
/// A proxy is "http://host:port" (asked to CONNECT, for http:// origins too), "socks5://host:port"
/// (the client looks names up) or "socks5h://host:port" (the proxy does); without a scheme it is
/// HTTP, without a port 1080, and "user:password@" may stand before the host, percent-encoded. An
/// empty text means no proxy. What cannot be used is reported when a client is made.
///
/// Unix sockets and custom connectors go through no proxy.
class proxy_options {
public:
    /// Through this one, whatever the URL's scheme.
    proxy_options& all(std::string url)
    {
        for_http_ = url;
        for_https_ = std::move(url);
        return *this;
    }
    /// Through this one to http:// origins.
    proxy_options& http(std::string url)
    {
        for_http_ = std::move(url);
        return *this;
    }
    /// Through this one to https:// origins.
    proxy_options& https(std::string url)
    {
        for_https_ = std::move(url);
        return *this;
    }
    /// Signs in as this user where the proxy's URL names none. Neither ever stands in errors or
    /// logs.
    proxy_options& credentials(std::string user, std::string password)
    {
        user_ = std::move(user);
        password_ = std::move(password);
        return *this;
    }
    /// Goes directly to these: names (and all below them), addresses, networks ("10.0.0.0/8"), each
    /// with ":port" if wanted, with commas between; "*" is all.
    proxy_options& bypass(std::string hosts)
    {
        bypass_ = std::move(hosts);
        return *this;
    }

    /// What HTTPS_PROXY, HTTP_PROXY, ALL_PROXY and NO_PROXY say, or the same in lower case, which
    /// comes first. HTTP_PROXY is not read in a CGI script (where REQUEST_METHOD is set), since a
    /// client's "Proxy:" field ends up in it there.
    static proxy_options from_environment();

    [[nodiscard]] const std::string& for_http() const noexcept { return for_http_; }
    [[nodiscard]] const std::string& for_https() const noexcept { return for_https_; }
    [[nodiscard]] const std::string& user() const noexcept { return user_; }
    [[nodiscard]] const std::string& password() const noexcept { return password_; }
    [[nodiscard]] const std::string& bypass() const noexcept { return bypass_; }

private:
    std::string for_http_;
    std::string for_https_;
    std::string user_;
    std::string password_;
    std::string bypass_;
};

} // namespace aloft
