// A request body that is never whole in memory: aloft pulls it from a source, here a file, as fast
// as the server takes it.
#include <aloft/client.hpp>
#include <aloft/sim.hpp>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

#include <array>
#include <exception>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <memory>
#include <string>

namespace asio = boost::asio;

class file_source : public aloft::body_source {
public:
    explicit file_source(const std::filesystem::path& path) :
        size_(std::filesystem::file_size(path)), left_(size_), file_(path, std::ios::binary)
    {
    }
    run peek() override
    {
        if (rest_.empty() && left_ != 0) {
            file_.read(piece_.data(), piece_.size());
            rest_ = std::string_view(piece_.data(), static_cast<std::size_t>(file_.gcount()));
            if (rest_.empty())
                return {{}, state::failed};
            left_ -= rest_.size();
        }
        return {rest_, left_ == 0 ? state::last : state::more};
    }
    void advance(std::size_t count) override { rest_.remove_prefix(count); }
    std::optional<std::uint64_t> length() const override { return size_; }
    bool rewind() override // so that the request can be sent again
    {
        file_.clear();
        file_.seekg(0);
        left_ = size_;
        rest_ = {};
        return file_.good();
    }

private:
    std::uint64_t size_;
    std::uint64_t left_; // not read yet
    std::ifstream file_;
    std::array<char, 65536> piece_{};
    std::string_view rest_; // of piece_
};

asio::awaitable<void> upload(aloft::client& http, std::string url, std::filesystem::path path)
{
    aloft::request what("POST", url);
    what.header("content-type", "application/json").body(std::make_shared<file_source>(path));
    const auto answer = co_await http.fetch(std::move(what));
    std::cout << answer.status() << ": " << answer.body().substr(0, 60) << "...\n";
}

int main()
{
    const auto path = std::filesystem::temp_directory_path() / "aloft-upload.json";
    std::ofstream(path) << R"({"model":"autoglm-phone-9b","messages":[{"role":"user","content":")"
                        << std::string(10'000'000, '7') << R"("}]})";

    asio::io_context loop(1);
    aloft::sim::server model(loop.get_executor(), aloft::sim::options());
    model.listen();
    aloft::client http(loop.get_executor());
    const auto done = [&](std::exception_ptr failed) {
        loop.stop();
        std::filesystem::remove(path);
        if (failed)
            std::rethrow_exception(failed);
    };
    asio::co_spawn(loop, upload(http, model.base_url() + "/chat/completions", path), done);
    loop.run();
}
