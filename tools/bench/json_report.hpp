#pragma once

#include "bench/rate_sweep.hpp"
#include "bench/run_facts.hpp"

#include <boost/json/object.hpp>

#include <string>
#include <vector>

namespace aloft::tools::bench {

/// The result of a run with the keys of `vllm bench serve`, so that what reads its files reads
/// ours, and with our own beside them. Times in milliseconds, counted from when requests were due;
/// `ttft` is that of the first content, `first_event` what vLLM calls TTFT.
/// \param steps  of the sweep that found the rate; else empty
boost::json::object json_report(const run_facts& facts, const measurements& seen,
                                const summary& result, const std::vector<sweep_step>& steps);

/// Each measure as one line of CSV: what, since when, how many, and the figures in milliseconds.
std::string csv_report(const run_facts& facts, const measurements& seen, const summary& result);

/// One request as a line of JSON, times in milliseconds since the start of the run.
std::string record_line(const request_record& one, const measurements& of);

} // namespace aloft::tools::bench
