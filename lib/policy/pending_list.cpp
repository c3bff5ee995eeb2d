#include <aloft/detail/pending_list.hpp>

#include <boost/asio/execution/context.hpp>
#include <boost/asio/execution_context.hpp>
#include <boost/asio/query.hpp>
#include <boost/intrusive/list.hpp>

#include <mutex>

namespace aloft::detail {

namespace asio = boost::asio;

class pending_service final : public asio::execution_context::service {
public:
    static asio::execution_context::id id;

    explicit pending_service(asio::execution_context& context) :
        asio::execution_context::service(context)
    {
    }

    void add(pending_list& list)
    {
        const std::lock_guard lock(mutex_);
        lists_.push_back(list);
    }
    void remove(pending_list& list)
    {
        const std::lock_guard lock(mutex_);
        list.unlink();
    }

private:
    // Destroying an operation may destroy others, and lists with them: nothing is held across it,
    // and nothing runs beside it any more.
    void shutdown() override
    {
        while (!lists_.empty()) {
            auto& operations = lists_.front().operations_;
            if (operations.empty())
                lists_.pop_front();
            else
                operations.back()->destroy();
        }
    }

    std::mutex mutex_;
    boost::intrusive::list<pending_list, boost::intrusive::constant_time_size<false>> lists_;
};

asio::execution_context::id pending_service::id;

pending_list::pending_list(const asio::any_io_executor& executor) :
    executor_(executor),
    service_(asio::use_service<pending_service>(asio::query(executor, asio::execution::context)))
{
    service_.add(*this);
}

pending_list::~pending_list()
{
    service_.remove(*this);
}

} // namespace aloft::detail
