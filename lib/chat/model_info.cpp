#include <aloft/model_info.hpp>

#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>

namespace aloft::chat {
namespace {

namespace bj = boost::json;

std::string string_at(const bj::object& fields, std::string_view name)
{
    const bj::value* found = fields.if_contains(name);
    const bj::string* text = found ? found->if_string() : nullptr;
    return text ? std::string(text->begin(), text->end()) : std::string();
}

template <class Integer>
std::optional<Integer> integer_at(const bj::object& fields, std::string_view name)
{
    const bj::value* found = fields.if_contains(name);
    if (!found || !found->is_number())
        return std::nullopt;
    bj::error_code inexact;
    const auto number = found->to_number<Integer>(inexact);
    return inexact ? std::nullopt : std::optional<Integer>(number);
}

} // namespace

std::vector<model_info> parse_models(std::string_view json, error_code& ec)
{
    std::vector<model_info> models;
    bj::error_code failed;
    const bj::value parsed = bj::parse(json, failed);
    const bj::object* top = failed ? nullptr : parsed.if_object();
    const bj::value* data = top ? top->if_contains("data") : nullptr;
    const bj::array* list = data ? data->if_array() : nullptr;
    if (!list) {
        ec = errc::unexpected_content;
        return models;
    }
    ec = {};
    for (const bj::value& each : *list) {
        const bj::object* fields = each.if_object();
        if (!fields)
            continue;
        model_info model;
        model.id = string_at(*fields, "id");
        if (model.id.empty())
            continue;
        model.owned_by = string_at(*fields, "owned_by");
        model.created = integer_at<std::int64_t>(*fields, "created").value_or(0);
        model.max_model_len = integer_at<std::uint64_t>(*fields, "max_model_len");
        models.push_back(std::move(model));
    }
    return models;
}

} // namespace aloft::chat
