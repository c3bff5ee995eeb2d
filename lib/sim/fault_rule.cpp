#include "sim/fault_rule.hpp"

#include "base/http2_codes.hpp"
#include "sim/random_source.hpp"
#include "sim/script_words.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace aloft::sim {
namespace {

using kind = fault::kind;

constexpr std::array<std::pair<std::string_view, kind>, 11> kinds{{
    {"status", kind::status},
    {"reset", kind::reset},
    {"refuse", kind::refuse},
    {"goaway", kind::goaway},
    {"stall", kind::stall},
    {"garbage", kind::garbage},
    {"truncate", kind::truncate},
    {"cut", kind::cut},
    {"error", kind::error},
    {"max-streams", kind::max_streams},
    {"close", kind::close},
}};

constexpr std::uint64_t largest_code = 0xffffffff;

std::string quoted(std::string_view word)
{
    return word.empty() ? std::string("the end of the line") : "\"" + std::string(word) + "\"";
}

std::optional<std::uint32_t> http2_code(std::string_view word)
{
    const auto* const known = std::find(http2::codes.begin(), http2::codes.end(), word);
    if (known != http2::codes.end())
        return static_cast<std::uint32_t>(known - http2::codes.begin());
    const auto number = parse_count(word);
    return number && *number <= largest_code ? std::optional(static_cast<std::uint32_t>(*number))
                                             : std::nullopt;
}

/// Reads one fault, word by word; `problem` is set once one of them does not fit.
class fault_reader {
public:
    fault_reader(std::string_view text, std::string& problem) : words_(text), problem_(&problem) {}

    std::optional<fault> read()
    {
        const auto name = words_.take();
        const auto* const known = std::find_if(kinds.begin(), kinds.end(),
                                               [&](const auto& one) { return one.first == name; });
        if (known == kinds.end()) {
            wrong(quoted(name) + " is not a fault; there are status, reset, refuse, goaway, stall, "
                                 "garbage, truncate, cut, error, max-streams and close");
            return std::nullopt;
        }
        name_ = known->first;
        made_.what = known->second;
        read_first();
        while (!failed_ && !words_.empty())
            read_option();
        if (failed_)
            return std::nullopt;
        if (made_.message.empty())
            made_.message = made_.what == kind::error || made_.what == kind::status
                                ? std::string(status_phrase(status_of(made_.code)))
                                : std::string();
        return std::move(made_);
    }

private:
    /// What stands behind the name without a word of its own.
    void read_first()
    {
        const auto word = words_.peek();
        switch (made_.what) {
        case kind::status: made_.code = number("a status", 200, 599); break;
        case kind::max_streams: made_.code = number("a number of streams", 0, largest_code); break;
        case kind::error: made_.code = 503; break;
        case kind::reset:
        case kind::goaway:
            made_.code = made_.what == kind::reset ? 2 : 0;
            if (!word.empty() && word != "after" && word != "last") {
                if (const auto code = http2_code(word))
                    made_.code = (words_.take(), *code);
                else
                    wrong(name_ + " wants an HTTP/2 error code, not " + quoted(word));
            }
            break;
        case kind::stall:
            if (const auto time = parse_duration(word))
                made_.duration = (words_.take(), *time);
            break;
        default: break;
        }
    }

    void read_option()
    {
        const auto word = words_.peek();
        const bool response = made_.what == kind::status;
        const bool text = response || made_.what == kind::error;
        const bool timed = !response && made_.what != kind::refuse;
        if (timed && words_.take("after")) {
            made_.after = number("a number of events", 0, largest_code);
        } else if (made_.what == kind::stall && words_.take("head")) {
            made_.before_head = true;
        } else if (made_.what == kind::goaway && words_.take("last")) {
            made_.last_stream = static_cast<std::int32_t>(number("a stream", 0, 0x7fffffff));
        } else if (text && words_.take("message")) {
            made_.message = words_.take();
        } else if (made_.what == kind::error && words_.take("code")) {
            read_error_code();
        } else if (response && words_.take("retry-after")) {
            header("retry-after");
        } else if (response && words_.take("header")) {
            header(words_.take());
        } else if (const auto form = find_error_form(word); text && form) {
            made_.form = (words_.take(), *form);
        } else {
            wrong(name_ + " does not take " + quoted(word));
        }
    }

    /// A status, or one of z.ai's codes, which have a form of their own.
    void read_error_code()
    {
        const auto code = parse_count(words_.peek());
        if (code && *code >= first_zai_code && *code <= last_zai_code) {
            made_.code = static_cast<std::uint32_t>(*code);
            made_.form = error_form::zai;
            words_.take();
        } else {
            made_.code = number("a status", 400, 599);
        }
    }

    void header(std::string_view name)
    {
        if (name.empty() || words_.empty() || name.find_first_of(":\r\n ") != name.npos)
            wrong("header wants a name and a value");
        else
            made_.headers.add(name, words_.take());
    }

    std::uint32_t number(std::string_view what, std::uint64_t low, std::uint64_t high)
    {
        const auto word = words_.take();
        const auto value = parse_count(word);
        if (value && *value >= low && *value <= high)
            return static_cast<std::uint32_t>(*value);
        wrong(name_ + " wants " + std::string(what) + " from " + std::to_string(low) + " to " +
              std::to_string(high) + ", not " + quoted(word));
        return 0;
    }

    void wrong(std::string text)
    {
        if (!std::exchange(failed_, true))
            *problem_ = std::move(text);
    }

    script_words words_;
    std::string* problem_;
    std::string name_;
    fault made_;
    bool failed_ = false;
};

/// "every 10", "request 7", "requests 20-29", "probability 0.01" or "always".
bool read_condition(std::string_view text, fault_rule& rule, std::string& problem)
{
    script_words words(text);
    const auto word = words.take();
    const auto argument = words.take();
    problem.clear();
    if (word == "always" && argument.empty())
        return true;
    if (word == "every") {
        rule.every = parse_count(argument).value_or(0);
        if (rule.every == 0)
            problem = "every wants a number above 0, not " + quoted(argument);
    } else if (word == "request" || word == "requests") {
        const auto dash = std::min(argument.find('-'), argument.size());
        const auto first = parse_count(argument.substr(0, dash));
        const auto last = parse_count(argument.substr(std::min(dash + 1, argument.size())));
        rule.first = first.value_or(0);
        rule.last = dash == argument.size() ? rule.first : last.value_or(0);
        if (rule.first == 0 || rule.last < rule.first)
            problem = std::string(word) + " wants a number or a range such as 20-29, not " +
                      quoted(argument);
    } else if (word == "probability") {
        rule.probability = parse_number(argument).value_or(-1);
        if (rule.probability < 0 || rule.probability > 1)
            problem = "probability wants a number from 0 to 1, not " + quoted(argument);
    } else {
        problem = "a rule begins with every N, request N, requests N-M, probability P or always, "
                  "not " +
                  quoted(word);
    }
    if (problem.empty() && !words.empty())
        problem = quoted(words.peek()) + " stands where a colon should";
    return problem.empty();
}

/// Where a comment begins, outside quotes.
std::size_t comment(std::string_view line)
{
    bool in_quotes = false;
    for (std::size_t at = 0; at != line.size(); ++at) {
        if (line[at] == '"')
            in_quotes = !in_quotes;
        else if (line[at] == '#' && !in_quotes)
            return at;
    }
    return line.size();
}

} // namespace

std::optional<fault> fault::parse(std::string_view text, std::string& problem)
{
    return fault_reader(text, problem).read();
}

bool fault_rule::holds(std::uint64_t request, std::uint64_t seed,
                       std::uint64_t index) const noexcept
{
    if (request < first || request > last || request % every != 0)
        return false;
    return probability >= 1 || random_source(seed ^ mix(index + 1), request).unit() <= probability;
}

std::optional<fault_script> fault_script::parse(std::string_view text, std::string& problem)
{
    fault_script script;
    for (std::uint64_t number = 1; !text.empty(); ++number) {
        const auto end = std::min(text.find('\n'), text.size());
        auto line = text.substr(0, end);
        text.remove_prefix(std::min(end + 1, text.size()));
        line = line.substr(0, comment(line));
        if (line.find_first_not_of(" \t\r") == line.npos)
            continue;

        auto rule = std::make_shared<fault_rule>();
        const auto colon = line.find(':');
        bool good = false;
        if (colon == line.npos) {
            problem = "a rule is WHEN: FAULT, and there is no colon";
        } else if (read_condition(line.substr(0, colon), *rule, problem)) {
            if (auto what = fault::parse(line.substr(colon + 1), problem)) {
                rule->what = std::move(*what);
                good = true;
            }
        }
        if (!good) {
            problem = "line " + std::to_string(number) + ": " + problem;
            return std::nullopt;
        }
        script.rules_.push_back(std::move(rule));
    }
    return script;
}

fault_script& fault_script::append(const fault_script& other)
{
    rules_.insert(rules_.end(), other.rules_.begin(), other.rules_.end());
    return *this;
}

} // namespace aloft::sim
