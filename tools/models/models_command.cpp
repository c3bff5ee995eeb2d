#include "models/models_command.hpp"

#include "configuration/configuration_arguments.hpp"
#include "remedy.hpp"

#include <aloft/autoglm.hpp>

#include <CLI/CLI.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <fmt/format.h>

#include <memory>
#include <string>
#include <vector>

namespace aloft::tools {
namespace {

class models_arguments {
public:
    configuration_arguments settings;
    bool json = false;
};

int complain(const std::string& problem, int code)
{
    fmt::print(stderr, "aloft models: {}\n", problem);
    return code;
}

void print_table(const std::vector<chat::model_info>& models)
{
    for (const auto& one : models) {
        auto line = one.id;
        if (one.max_model_len)
            line += fmt::format("  {} tokens", *one.max_model_len);
        if (!one.owned_by.empty())
            line += fmt::format("  by {}", one.owned_by);
        fmt::print("{}\n", line);
    }
}

void print_json(const std::vector<chat::model_info>& models)
{
    boost::json::array all;
    for (const auto& one : models) {
        boost::json::object made{
            {"id", one.id}, {"owned_by", one.owned_by}, {"created", one.created}};
        if (one.max_model_len)
            made["max_model_len"] = *one.max_model_len;
        all.emplace_back(std::move(made));
    }
    fmt::print("{}\n", boost::json::serialize(all));
}

int run(const models_arguments& given)
{
    try {
        boost::asio::io_context loop(1);
        autoglm::client glm(loop.get_executor(),
                            given.settings.read(command::models).make_server());
        autoglm::failure why;
        error_code ec;
        std::vector<chat::model_info> models;
        glm.async_models(why, [&](error_code ended, std::vector<chat::model_info> found) {
            ec = ended;
            models = std::move(found);
            loop.stop();
        });
        loop.run();
        if (ec)
            return complain(explain(why), 1);
        if (given.json)
            print_json(models);
        else
            print_table(models);
        return 0;
    } catch (const boost::system::system_error& wrong) {
        return complain(said(wrong), 2);
    }
}

} // namespace

void add_models_command(CLI::App& app, std::function<int()>& chosen)
{
    const auto given = std::make_shared<models_arguments>();
    auto& to = *app.add_subcommand("models", "List the models that a server offers");
    given->settings.add_to(to, command::models);
    to.add_flag("--json", given->json, "As a JSON array");
    to.footer("Exit codes: 0 listed, 1 the server did not tell, 2 wrong usage.");
    to.callback([given, &chosen] { chosen = [given] { return run(*given); }; });
}

} // namespace aloft::tools
