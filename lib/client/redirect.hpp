#pragma once

#include <aloft/error.hpp>
#include <aloft/fields.hpp>
#include <aloft/redirect_rules.hpp>
#include <aloft/request.hpp>
#include <aloft/url.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace aloft::detail {

/// True where the response names another place for what was asked (RFC 9110, 15.4).
bool is_redirect(unsigned status, const fields& head) noexcept;

/// True for fields that are a secret between the caller and one origin.
bool is_credential(std::string_view name) noexcept;

/// Where one request was led so far, and what becomes of it.
class redirection {
public:
    explicit redirection(const redirect_rules& rules) : rules_(rules) {}

    /// Makes of `what`, which is_redirect() was said of, the request to send instead. Errors leave
    /// it as it is: errc::too_many_redirects, redirect_loop, redirect_refused; `detail` says why.
    error_code follow(request& what, unsigned status, const fields& head, std::string& detail);
    /// It has left the origin that it began at, so that credentials stay behind from then on.
    [[nodiscard]] bool left_origin() const noexcept { return left_origin_; }
    /// Where it was led last.
    [[nodiscard]] const url& target() const noexcept { return target_; }

private:
    redirect_rules rules_;
    std::vector<std::string> seen_; // method and URL of each request
    url target_;
    bool left_origin_ = false;
};

} // namespace aloft::detail
