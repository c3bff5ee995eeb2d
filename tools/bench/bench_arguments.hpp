#pragma once

#include "bench/load.hpp"
#include "bench/sweep.hpp"
#include "bench/workload.hpp"
#include "configuration/configuration_arguments.hpp"

#include <CLI/App.hpp>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace aloft::tools::bench {

/// The command line of `aloft bench` as it was given, and what it comes to.
class bench_arguments {
public:
    /// Declares the options.
    void add_to(CLI::App& command);

    /// How much load. Throws std::runtime_error, with a message for people, where the command line
    /// cannot be used; so do the next three.
    [[nodiscard]] load_settings make_load() const;
    [[nodiscard]] std::unique_ptr<workload> make_prompts(const std::string& model) const;
    [[nodiscard]] std::vector<double> make_percentiles() const;
    /// The search for a rate; nothing where none was asked for.
    [[nodiscard]] std::optional<sweep_settings> make_sweep(const load_settings& load) const;
    /// Throws boost::system::system_error where the server cannot be called.
    [[nodiscard]] autoglm::options make_server(const load_settings& load,
                                               const configured& config) const;

    configuration_arguments settings;
    std::size_t processes = 1;
    std::string json_file;
    std::string csv_file;
    std::string record_file;
    std::string html_file;
    bool json = false;
    bool save_detailed = false;
    bool strict = false;
    bool no_self_check = false;
    bool quiet = false;

private:
    void add_load_to(CLI::App& command);
    void add_prompts_to(CLI::App& command);
    void add_output_to(CLI::App& command);
    [[nodiscard]] arrival_pattern make_pattern() const;
    void set_bounds(load_settings& to) const;

    std::string arrival_ = "closed";
    std::optional<double> rate_;
    std::optional<double> burstiness_;
    double speed_ = 1;
    std::size_t max_in_flight_ = 0;
    std::size_t max_connections_ = 0;
    std::optional<std::uint64_t> requests_;
    double seconds_ = 0;
    std::string warm_up_;
    std::vector<std::string> goodput_;
    double good_percent_ = 99;
    std::string sweep_;
    std::string prompt_file_;
    std::string input_ = "512";
    std::string output_ = "128";
    std::uint32_t images_ = 0;
    std::string image_size_ = "1080x2400";
    bool ignore_eos_ = false;
    std::vector<std::string> extra_;
    std::uint64_t seed_ = 1;
    std::string percentiles_ = "50,90,99,99.9";
};

} // namespace aloft::tools::bench
