#pragma once

#include "transport_arguments.hpp"

#include <aloft/autoglm.hpp>

#include <CLI/App.hpp>

#include <string>
#include <vector>

namespace aloft::tools {

/// Which model servers to call and how. Named as Open-AutoGLM and the OpenAI tools name theirs,
/// whose environment counts where no option was given.
class server_arguments {
public:
    /// Declares the options.
    void add_to(CLI::App& command);
    /// What they come to. Throws boost::system::system_error, with a message for people, where they
    /// cannot be used.
    [[nodiscard]] autoglm::options make() const;

    /// Where there are several, one after the other.
    [[nodiscard]] std::string base_url() const;
    [[nodiscard]] const std::string& model() const noexcept { return model_; }

private:
    transport_arguments transport_;
    std::vector<std::string> base_urls_{"http://localhost:8000/v1"};
    std::string api_key_;
    std::string model_ = "autoglm-phone-9b";
};

} // namespace aloft::tools
