#pragma once

#include <optional>

namespace aloft {

/// Which redirects (301, 302, 303, 307, 308 with a Location) a client follows. As browsers do: 303,
/// and 301 and 302 of a POST, become a GET without the body, all others keep method and body.
/// Authorization, cookies and API keys never cross to another origin. No errors are a redirect that
/// is not to be followed and one without Location: these are responses.
class redirect_rules {
public:
    /// Unset: those of GET and HEAD. A request may say otherwise.
    std::optional<bool> follow;
    /// Redirects of one request; one more ends it with errc::too_many_redirects.
    unsigned limit = 10;
    /// Whether https may lead to http; otherwise errc::redirect_refused.
    bool to_clear_text = false;
};

} // namespace aloft
