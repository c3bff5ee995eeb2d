#include "client/status_policy.hpp"

#include <chrono>

namespace aloft::detail {

void status_policy::prepare(unsigned, request& what)
{
    idempotent_ = what.idempotent();
}

verdict status_policy::judge(unsigned status, const fields& head, std::string_view body, bool ended)
{
    if (status < 400)
        return verdict::deliver();
    // A small body is waited for, or HTTP/1.1 would lose its connection with each retry.
    constexpr std::size_t small = 8 * 1024;
    if (!ended && body.size() < small)
        return verdict::more();
    policy::failed_attempt failed;
    failed.means = classify_status(static_cast<int>(status));
    // Who is overloaded has turned the request away; all else may come from within it.
    failed.safe = idempotent_ || failed.means == error_class::overload;
    failed.advice = policy::read_retry_advice(head, std::chrono::system_clock::now());
    return verdict::retry(failed, verdict::deliver());
}

verdict status_policy::judge(const failure& why)
{
    policy::failed_attempt failed;
    failed.means = classify(why);
    failed.safe = idempotent_ || why.processing <= processing::refused;
    return verdict::retry(failed, verdict::fail(why.code, why.detail));
}

} // namespace aloft::detail
