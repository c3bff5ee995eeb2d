#pragma once

#include <aloft/autoglm.hpp>

#include <CLI/App.hpp>

#include <cstddef>
#include <string>

namespace aloft::tools {

/// Which server to call and how, as every calling command takes it. Named as Open-AutoGLM, the
/// OpenAI tools and curl name theirs; the environment of the former two counts where no option was
/// given.
class server_arguments {
public:
    /// Declares the options.
    void add_to(CLI::App& command);
    /// What they come to. Throws boost::system::system_error when a client cannot be made of them.
    [[nodiscard]] autoglm::options make() const;

    [[nodiscard]] const std::string& base_url() const noexcept { return base_url_; }
    [[nodiscard]] const std::string& model() const noexcept { return model_; }
    [[nodiscard]] std::size_t max_in_flight() const noexcept { return max_in_flight_; }

private:
    std::string base_url_ = "http://localhost:8000/v1";
    std::string api_key_;
    std::string model_ = "autoglm-phone-9b";
    std::string ca_file_;
    std::size_t max_in_flight_ = 256;
    std::size_t max_connections_ = 1000;
    double max_time_ = 0;
    bool insecure_ = false;
    bool http1_ = false;
    bool http2_prior_knowledge_ = false;
};

} // namespace aloft::tools
