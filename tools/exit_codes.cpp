#include "exit_codes.hpp"

#include <boost/asio/error.hpp>

namespace aloft::tools {

int exit_code_of(const failure& why)
{
    using namespace exit_code;
    if (why.code.category() != aloft_category())
        return why.code == boost::asio::error::operation_aborted ? interrupted : incomplete;
    switch (static_cast<errc>(why.code.value())) {
    case errc::invalid_url:
    case errc::invalid_request: return bad_usage;
    case errc::resolve_failed: return not_resolved;
    case errc::connect_failed: return not_connected;
    case errc::proxy_failed:
        return why.phase == phase::resolve ? proxy_not_resolved : no_way_through_proxy;
    case errc::tls_failed:
    case errc::no_common_protocol: return exit_code::tls_failed;
    case errc::certificate_rejected: return bad_certificate;
    case errc::pin_mismatch: return wrong_pin;
    case errc::protocol_error: return broken_protocol;
    case errc::http_status: return bad_status;
    case errc::upload_failed: return no_upload;
    case errc::header_list_too_large:
    case errc::too_many_interim:
    case errc::body_too_large:
    case errc::event_too_large:
    case errc::unread_too_large:
    case errc::control_flood:
    case errc::decoded_too_large: return over_limit;
    case errc::too_many_redirects:
    case errc::redirect_loop:
    case errc::redirect_refused: return exit_code::too_many_redirects;
    case errc::malformed_coding:
    case errc::too_many_codings: return bad_coding;
    case errc::queue_timeout:
    case errc::connect_timeout:
    case errc::head_timeout:
    case errc::first_event_timeout:
    case errc::gap_timeout:
    case errc::total_timeout:
    case errc::ping_timeout:
    case errc::write_stalled:
    case errc::flow_control_stalled: return timed_out;
    default: return incomplete;
    }
}

} // namespace aloft::tools
