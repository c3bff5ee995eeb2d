#pragma once

#include <string>
#include <string_view>

namespace aloft::tools {

/// A file that is written beside another and takes its place at once, so that whoever is killed
/// meanwhile has the old one. Removed again where it does not get so far.
class replacement_file {
public:
    /// \param path  the file whose place it takes; there need not be one
    explicit replacement_file(std::string path);
    ~replacement_file();
    replacement_file(const replacement_file&) = delete;
    replacement_file& operator=(const replacement_file&) = delete;

    void write(std::string_view bytes);
    /// \param sync  wait for the disk. False where anything went wrong; `problem` says what.
    bool commit(bool sync, std::string& problem);

private:
    bool flush();

    std::string path_;
    std::string beside_;
    std::string waiting_; // to be written in few calls
    int file_ = -1;
    int failure_ = 0; // the first one, an errno
};

} // namespace aloft::tools
