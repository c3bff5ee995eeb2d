#include "sim/sim_process.hpp"

#include <array>
#include <fcntl.h>
#include <signal.h>
#include <stdexcept>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

namespace aloft::tools {
namespace {

[[noreturn]] void become_sim(int output, const std::vector<std::string>& options)
{
    prctl(PR_SET_PDEATHSIG, SIGTERM); // it must not outlive whoever started it
    dup2(output, STDOUT_FILENO);
    std::vector<std::string> words = {"aloft", "sim", "--quiet"};
    words.insert(words.end(), options.begin(), options.end());
    std::vector<char*> pointers;
    for (auto& word : words)
        pointers.push_back(word.data());
    pointers.push_back(nullptr);
    execv("/proc/self/exe", pointers.data());
    _exit(127);
}

} // namespace

sim_process::sim_process(const std::vector<std::string>& options)
{
    std::array<int, 2> ends{};
    if (pipe2(ends.data(), O_CLOEXEC) != 0)
        throw std::runtime_error("no pipe to the simulator");
    child_ = fork();
    if (child_ == 0)
        become_sim(ends[1], options);
    close(ends[1]);
    output_ = ends[0];
    const auto line = read_line(); // "listening on https://127.0.0.1:PORT/v1 (h2, http/1.1)"
    const auto from = line.find("http");
    if (child_ < 0 || from == std::string::npos)
        throw std::runtime_error("the simulator did not start: " + line);
    base_url_ = line.substr(from, line.find(' ', from) - from);
}

sim_process::~sim_process()
{
    if (child_ > 0) {
        kill(child_, SIGTERM);
        waitpid(child_, nullptr, 0);
    }
    if (output_ >= 0)
        close(output_);
}

std::string sim_process::read_line()
{
    std::string line;
    char c = 0;
    while (read(output_, &c, 1) == 1 && c != '\n')
        line.push_back(c);
    return line;
}

} // namespace aloft::tools
