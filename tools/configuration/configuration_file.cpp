#include "configuration/configuration_file.hpp"

#include <aloft/error.hpp>

#include <boost/system/system_error.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <system_error>
#include <toml++/toml.h>
#include <tuple>

namespace aloft::tools {
namespace {

[[noreturn]] void refuse_file(const std::string& why)
{
    throw boost::system::system_error(errc::invalid_request, why);
}

/// Collects what a table says.
class entry_reader {
public:
    explicit entry_reader(const std::function<bool(std::string_view)>& whole) : whole_(whole) {}

    void read_table(const toml::table& table, const std::string& prefix)
    {
        for (const auto& [name, node] : table) {
            const std::string key = prefix + std::string(name.str());
            const auto line = name.source().begin.line;
            const auto* const below = node.as_table();
            const auto* const tables = node.as_array();
            if (below != nullptr && !whole_(key)) {
                add(key, line, {}, true);
                read_table(*below, key + ".");
            } else if (tables != nullptr && !tables->empty() &&
                       tables->is_homogeneous(toml::node_type::table)) {
                read_tables(*tables, key);
            } else {
                add(key, line, value_of(node), false);
            }
        }
    }

    std::vector<file_entry> take()
    {
        std::sort(entries_.begin(), entries_.end(), [](const auto& a, const auto& b) {
            return std::tie(a.line, a.key) < std::tie(b.line, b.key); // a section before its keys
        });
        return std::move(entries_);
    }

private:
    void read_tables(const toml::array& tables, const std::string& key)
    {
        for (std::size_t i = 0; i != tables.size(); ++i) {
            const auto& one = *tables[i].as_table();
            const auto numbered = fmt::format("{}[{}]", key, i + 1);
            add(numbered, one.source().begin.line, {}, true);
            read_table(one, numbered + ".");
        }
    }

    void add(std::string key, unsigned line, file_value value, bool section)
    {
        entries_.push_back({std::move(key), line, std::move(value), section});
    }

    static file_value value_of(const toml::node& node)
    {
        if (const auto text = node.value_exact<std::string>())
            return {*text};
        if (const auto whole = node.value_exact<std::int64_t>())
            return {*whole};
        if (const auto real = node.value_exact<double>())
            return {*real};
        if (const auto yes = node.value_exact<bool>())
            return {*yes};
        if (const auto* const list = node.as_array())
            return texts_of(*list);
        if (const auto* const table = node.as_table())
            return names_of(*table);
        return {file_value::other{node.is_date() ? "a date" : "a time of day"}};
    }

    static file_value texts_of(const toml::array& list)
    {
        std::vector<std::string> made;
        for (const auto& one : list) {
            const auto text = one.value_exact<std::string>();
            if (!text)
                return {file_value::other{"a list of something else"}};
            made.push_back(*text);
        }
        return {std::move(made)};
    }

    static file_value names_of(const toml::table& table)
    {
        std::map<std::string, std::string> made;
        for (const auto& [name, node] : table) {
            const auto text = node.value_exact<std::string>();
            if (!text)
                return {file_value::other{"a table of something else"}};
            made.emplace(name.str(), *text);
        }
        return {std::move(made)};
    }

    const std::function<bool(std::string_view)>& whole_;
    std::vector<file_entry> entries_;
};

std::string text_of_file(const std::string& path)
{
    std::error_code ec;
    if (std::filesystem::is_directory(path, ec))
        refuse_file(fmt::format("cannot read the configuration {}: it is a directory", path));
    errno = 0;
    std::ifstream file(path, std::ios::binary);
    std::string text(std::istreambuf_iterator<char>(file), {});
    if (!file || file.bad())
        refuse_file(fmt::format("cannot read the configuration {}: {}", path,
                                std::generic_category().message(errno)));
    return text;
}

/// What toml++ says, shorter, and with what people most often mean.
std::string explained(std::string_view said)
{
    constexpr std::string_view beginning = "Error while parsing ";
    if (said.starts_with(beginning))
        said.remove_prefix(beginning.size());
    std::string text(said);
    if (text.find("expected digit, saw") != std::string::npos)
        text += "; times and sizes are written in quotes, such as \"30s\"";
    return text;
}

} // namespace

std::vector<file_entry> read_configuration_file(const std::string& path,
                                                const std::function<bool(std::string_view)>& whole)
{
    const auto text = text_of_file(path);
    try {
        const auto table = toml::parse(text, path);
        entry_reader reader(whole);
        reader.read_table(table, {});
        return reader.take();
    } catch (const toml::parse_error& wrong) {
        refuse_file(fmt::format("{}:{}: this is no TOML: {}", path, wrong.source().begin.line,
                                explained(wrong.description())));
    }
}

} // namespace aloft::tools
