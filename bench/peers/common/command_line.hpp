// The command line that all clients of the comparison share, and the line of JSON they print.
//   CLIENT (unary|sse) BASE_URL CONNECTIONS STREAMS_PER_CONNECTION REQUESTS PATH WARM_REQUESTS
// The environment gives BODY (the file to post) and H1=1 (HTTP/1.1, a connection for each request
// in flight).
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

namespace bench {

struct arguments {
    bool events = false;
    std::string base; ///< "http://127.0.0.1:8080"
    std::string host;
    std::uint16_t port = 0;
    bool tls = false;
    bool http1 = false;
    std::size_t connections = 0;
    std::size_t streams = 0;
    std::uint64_t total = 0;
    std::string path;
    std::string warm_path; ///< streams are warmed unpaced, whatever the path asks for
    std::uint64_t warm = 0;
    std::string body;

    [[nodiscard]] std::size_t in_flight() const { return connections * streams; }

    /// Reads the command line and the environment; says what is wrong and exits.
    static arguments read(int count, char** values);
};

struct counts {
    std::uint64_t requests = 0;
    std::uint64_t events = 0;
    std::uint64_t errors = 0;
};

/// What is measured: opened after warm-up, and reported when the last request was answered.
class window {
public:
    window();
    void report(const counts& what) const;

private:
    struct moment {
        double wall = 0;
        double user = 0;
        double system = 0;
        static moment now();
    };

    long resident_; // before begun_, so that reading it is not measured
    moment begun_;
};

} // namespace bench
