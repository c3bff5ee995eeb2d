#pragma once

#include <aloft/error.hpp>

#include <boost/intrusive/list_hook.hpp>

#include <cstdint>

namespace aloft::detail {

/// How a completion may reach its handler.
enum class delivery : std::uint8_t {
    direct, ///< from the top of a read: the handler may run before resume() returns
    posted, ///< from inside somebody's call: the handler runs in a later turn of the loop
};

/// The one suspended thing: a node in whatever it waits on, with a type-erased completion. It is
/// resumed exactly once; whoever resumes it has taken it out of its list first.
class waiter : public boost::intrusive::list_base_hook<
                   boost::intrusive::link_mode<boost::intrusive::auto_unlink>> {
public:
    using resume_function = void (*)(waiter&, error_code, delivery);

    explicit waiter(resume_function function) noexcept : resume_(function) {}
    waiter(const waiter&) = delete;
    waiter& operator=(const waiter&) = delete;

    void resume(error_code ec, delivery how)
    {
        unlink();
        resume_(*this, ec, how);
    }

protected:
    ~waiter() = default;

private:
    resume_function resume_;
};

} // namespace aloft::detail
