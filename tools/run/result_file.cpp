#include "run/result_file.hpp"

#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include <cerrno>
#include <filesystem>
#include <iostream>
#include <system_error>
#include <utility>

namespace aloft::tools {
namespace {

namespace json = boost::json;

std::string json_text(std::string_view text)
{
    return json::serialize(json::string(text));
}

} // namespace

result_file::result_file(std::string path, std::string& problem) :
    path_(std::move(path)), out_(&std::cout)
{
    if (path_ == "-")
        return;
    std::error_code ec;
    if (std::filesystem::is_directory(path_, ec)) {
        problem = path_ + " is a directory";
        return;
    }
    // A device or a pipe is written to as it is: putting a file in its place would destroy it.
    const bool special =
        std::filesystem::exists(path_, ec) && !std::filesystem::is_regular_file(path_, ec);
    if (!special)
        partial_ = path_ + ".partial";
    file_.open(special ? path_ : partial_, std::ios::binary | std::ios::trunc);
    if (!file_)
        problem = path_ + ": cannot be written: " + std::generic_category().message(errno);
    out_ = &file_;
}

void result_file::write_response(const job& of, unsigned status, std::string_view request_id,
                                 std::string_view body)
{
    std::string line = R"({"id":"aloft-)" + std::to_string(of.line) + R"(","custom_id":)";
    line.append(json_text(of.custom_id)).append(R"(,"response":{"status_code":)");
    line.append(std::to_string(status)).append(R"(,"request_id":)").append(json_text(request_id));
    line.append(R"(,"body":)").append(body).append(R"(},"error":null})");
    write(line);
}

void result_file::write_error(const job& of, unsigned status, std::string_view code,
                              std::string_view message)
{
    std::string line = R"({"id":"aloft-)" + std::to_string(of.line) + R"(","custom_id":)";
    line.append(json_text(of.custom_id)).append(R"(,"response":)");
    if (status != 0)
        line.append(R"({"status_code":)")
            .append(std::to_string(status))
            .append(R"(,"request_id":"","body":null})");
    else
        line.append("null");
    line.append(R"(,"error":{"code":)").append(json_text(code)).append(R"(,"message":)");
    line.append(json_text(message)).append("}}");
    write(line);
}

void result_file::write(std::string_view line)
{
    if (failed_)
        return;
    *out_ << line << '\n';
    ++written_;
    failed_ = !*out_;
}

bool result_file::finish(std::string& problem)
{
    out_->flush();
    failed_ = failed_ || !*out_;
    if (failed_) {
        problem = partial_.empty()
                      ? (path_ == "-" ? "standard output" : path_) + " cannot be written"
                      : partial_ + ": writing failed (is the disk full?); the results "
                                   "so far stand there";
        return false;
    }
    if (partial_.empty())
        return true;
    file_.close();
    std::error_code ec;
    std::filesystem::rename(partial_, path_, ec);
    if (ec)
        problem = path_ + ": " + ec.message() + "; the results stand in " + partial_;
    return !ec;
}

} // namespace aloft::tools
