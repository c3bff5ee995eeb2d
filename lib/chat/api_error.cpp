#include <aloft/api_error.hpp>

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>

#include <algorithm>

namespace aloft::chat {
namespace {

namespace bj = boost::json;

// Longer bodies are no error messages; they are kept as they are.
constexpr std::size_t largest_parsed = std::size_t{1} << 20;

std::string text_of(const bj::object& fields, std::string_view name)
{
    const bj::value* found = fields.if_contains(name);
    if (!found || found->is_null())
        return {};
    if (const bj::string* text = found->if_string())
        return std::string(text->begin(), text->end());
    return bj::serialize(*found);
}

void take_fields(const bj::object& fields, api_error& to)
{
    to.message = text_of(fields, "message");
    if (to.message.empty())
        to.message = text_of(fields, "msg");
    to.type = text_of(fields, "type");
    to.code = text_of(fields, "code");
    to.param = text_of(fields, "param");
}

bool take_body(const bj::value& body, api_error& to, bool nested);

// FastAPI's {"detail": ...}, around a text, a list, or the JSON of an upstream error as a text.
void take_detail(const bj::value& detail, api_error& to)
{
    const bj::string* text = detail.if_string();
    if (!text) {
        if (!take_body(detail, to, true))
            to.message = bj::serialize(detail);
        return;
    }
    bj::error_code failed;
    const bj::value inner = bj::parse(*text, failed);
    if (failed || !take_body(inner, to, true))
        to.message.assign(text->begin(), text->end());
}

// False if the body has none of the known forms.
bool take_body(const bj::value& body, api_error& to, bool nested)
{
    const bj::object* top = body.if_object();
    if (!top)
        return false;
    if (to.request_id.empty())
        to.request_id = text_of(*top, "request_id");
    if (const bj::value* error = top->if_contains("error"); error && !error->is_null()) {
        if (const bj::object* fields = error->if_object())
            take_fields(*fields, to);
        else
            to.message = text_of(*top, "error");
        return true;
    }
    if (const bj::value* detail = top->if_contains("detail"); detail && !nested) {
        take_detail(*detail, to);
        return true;
    }
    take_fields(*top, to);
    return !to.message.empty() || !to.code.empty();
}

// An error inside a stream has no status, but vLLM and SGLang put one into the code.
int status_in(std::string_view code) noexcept
{
    if (code.size() != 3 || (code[0] != '4' && code[0] != '5'))
        return 0;
    int status = 0;
    for (char digit : code) {
        if (digit < '0' || digit > '9')
            return 0;
        status = status * 10 + (digit - '0');
    }
    return status;
}

} // namespace

api_error parse_api_error(int status, std::string_view body, std::string_view request_id)
{
    api_error error;
    error.status = status;
    error.request_id = request_id;
    bool understood = false;
    if (body.size() <= largest_parsed) {
        bj::error_code failed;
        const bj::value parsed = bj::parse(body, failed);
        understood = !failed && take_body(parsed, error, false);
    }
    if (!understood)
        error.raw = body.substr(0, api_error::raw_limit);
    if (error.status == 0)
        error.status = status_in(error.code);
    return error;
}

} // namespace aloft::chat
