#include "support/catch.hpp"

#include <aloft/action.hpp>
#include <aloft/thinking.hpp>

#include <string>

namespace autoglm = aloft::autoglm;
using autoglm::action_error;
using autoglm::action_kind;
using autoglm::parse_action;
using namespace std::chrono_literals;

namespace {

action_error error_of(std::string_view text)
{
    const autoglm::parsed_action got = parse_action(text);
    CHECK(static_cast<bool>(got) == (got.error() == action_error::none));
    CHECK(got.offset() <= text.size());
    return got.error();
}

autoglm::action action_of(std::string_view text)
{
    const autoglm::parsed_action got = parse_action(text);
    INFO(text << ": " << autoglm::describe(got.error()) << " at " << got.offset());
    REQUIRE(got);
    return *got;
}

} // namespace

TEST_CASE("the actions of the phone agent are read", "[autoglm]")
{
    const auto launch = action_of(R"(do(action="Launch", app="Settings"))");
    CHECK(launch.kind() == action_kind::launch);
    CHECK(launch.name() == "Launch");
    CHECK(launch.app() == "Settings");
    CHECK(launch.arguments().size() == 1);

    const auto tap = action_of(R"(do(action="Tap", element=[499, 182], message="pay"))");
    CHECK(tap.kind() == action_kind::tap);
    CHECK(tap.element() == autoglm::point(499, 182));
    CHECK(tap.message() == "pay");
    CHECK_FALSE(tap.start());

    CHECK(action_of(R"(do(action="Type", text="hi"))").kind() == action_kind::type);
    CHECK(action_of(R"(do(action="Type_Name", text="hi"))").kind() == action_kind::type);
    CHECK(action_of(R"(do(action="Long Press", element=[1,2]))").kind() == action_kind::long_press);
    CHECK(action_of(R"(do(action="Double Tap", element=[1,2]))").kind() == action_kind::double_tap);
    CHECK(action_of(R"(do(action="Back"))").kind() == action_kind::back);
    CHECK(action_of(R"(do(action="Home"))").kind() == action_kind::home);
    CHECK(action_of(R"(do(action="Take_over", message="log in"))").kind() ==
          action_kind::take_over);
    CHECK(action_of(R"(do(action="Note", message="True"))").kind() == action_kind::note);
    CHECK(action_of(R"(do(action="Call_API", instruction="sum"))").instruction() == "sum");
    CHECK(action_of(R"(do(action="Interact"))").kind() == action_kind::interact);

    const auto finish = action_of(R"(finish(message="done"))");
    CHECK(finish.is_finish());
    CHECK(finish.name() == "finish");
    CHECK(finish.message() == "done");
}

TEST_CASE("the reference's vectors give the union of what servers and upstream mean", "[autoglm]")
{
    const auto of_reply = [](std::string_view reply) {
        return action_of(autoglm::split_reply(reply).action);
    };
    CHECK(of_reply("<think>a</think>\n<answer>do(action=\"Launch\", app=\"X\")").app() == "X");
    CHECK(of_reply("plain thought do(action=\"Back\")").kind() == action_kind::back);
    CHECK(of_reply("...<answer>do(action=\"Tap\", element=[811,188])</answer>").element() ==
          autoglm::point(811, 188));
    CHECK(of_reply("first do(action=\"Back\") then finish(message=\"ok\")").message() == "ok");
    CHECK(action_of(R"(finish(message="done")</answer>)").message() == "done");
    CHECK(action_of(R"(do(action="Type", text="hi")</answer>)").text() == "hi");
    CHECK(action_of("do(action=\"Type\", text=\"a\\\"b\nc\")").text() == "a\"b\nc");
    CHECK(action_of("do(action=\"Note\", message=\"line1\nline2\")").message() == "line1\nline2");

    const auto swipe = action_of("do(action=\"Swipe\", start=(1,2), end=(3,4), extra=None)");
    CHECK(swipe.start() == autoglm::point(1, 2));
    CHECK(swipe.end() == autoglm::point(3, 4));
    REQUIRE(swipe.find("extra"));
    CHECK(swipe.find("extra")->is_none());
    CHECK(action_of("do(action=\"Tap\", element=[1.5,2])").element() == autoglm::point(1.5, 2));
    CHECK(action_of(R"(finish(message=""))").message().empty());
    CHECK(action_of("finish()").is_finish());
    CHECK(action_of("<|begin_of_box|>do(action=\"Launch\", app=\"S\")<|end_of_box|>").app() == "S");

    CHECK(error_of(R"(do("Tap", element=[1,2]))") == action_error::expected_argument);
    CHECK(error_of(R"(domino(action="Tap"))") == action_error::not_a_call);
    CHECK(error_of("do(action=Tap)") == action_error::expected_literal);
    CHECK(error_of(R"(do(action="Tap", element=[1,2+3]))") == action_error::bad_number);
    CHECK(error_of(R"(do(action="Wait", duration=__import__("os")))") ==
          action_error::expected_literal);
    CHECK(error_of(R"(do(action="Back"); import os)") == action_error::trailing_text);
    CHECK(error_of("[{'Type': 'Type'}]") == action_error::not_a_call);
    CHECK(error_of("nothing") == action_error::not_a_call);
}

TEST_CASE("wrappings are taken off in any order", "[autoglm]")
{
    CHECK(action_of("  <answer>\n do(action='Back') \n</answer>\n").kind() == action_kind::back);
    CHECK(action_of("```python\ndo(action=\"Back\")\n```").kind() == action_kind::back);
    CHECK(action_of("```\n<answer>do(action=\"Back\")</answer>\n```").kind() == action_kind::back);
    CHECK(action_of("<answer><|begin_of_box|>do(action=\"Back\")<|end_of_box|></answer>").kind() ==
          action_kind::back);
}

TEST_CASE("escapes are undone once", "[autoglm]")
{
    CHECK(action_of(R"(do(action="Type", text="a\nb\tc\\n\"d\'"))").text() == "a\nb\tc\\n\"d'");
    CHECK(action_of(R"(do(action="Type", text="C:\windows"))").text() == "C:\\windows");
    CHECK(action_of(R"(do(action='Type', text='it\'s'))").text() == "it's");
}

TEST_CASE("quotes inside a free text need no escape", "[autoglm]")
{
    CHECK(action_of(R"(do(action="Type", text="say "hi" now"))").text() == R"(say "hi" now)");
    CHECK(action_of(R"(do(action="Type", text=""))").text().empty());
    CHECK(action_of(R"_(finish(message="I read "a", "b" and (c)"))_").message() ==
          R"_(I read "a", "b" and (c))_");
    CHECK(action_of(R"_(finish(message="f("x") is it"))_").message() == R"_(f("x") is it)_");
    CHECK(action_of(R"(finish(message='it's done'))").message() == "it's done");
    CHECK(action_of(R"(do(action="Tap", message="a "b" c", element=[1,2]))").element() ==
          autoglm::point(1, 2));
    CHECK(action_of(R"(do(action="Type", text="C:\"))").text() == "C:\\");
}

TEST_CASE("a call cut short is reported, not executed", "[autoglm]")
{
    const std::string_view whole =
        R"(do(action="Type", text="hi", element=[1, (2, None)], flag=True))";
    REQUIRE(parse_action(whole));
    for (std::size_t size = 3; size < whole.size(); ++size) {
        INFO(whole.substr(0, size));
        CHECK(error_of(whole.substr(0, size)) == action_error::unterminated);
    }
}

TEST_CASE("failures say where", "[autoglm]")
{
    const auto at = [](std::string_view text) { return parse_action(text).offset(); };
    CHECK(at(" do(action=Tap)") == 11);
    CHECK(at("do(action=\"Back\") x") == 18);
    CHECK(error_of("") == action_error::empty);
    CHECK(error_of(" </answer> ") == action_error::empty);
    CHECK(error_of("do()") == action_error::missing_name);
    CHECK(error_of("do(action=5)") == action_error::missing_name);
    CHECK(error_of(R"(do(action="Tap", action="Back"))") == action_error::duplicate_argument);
    CHECK(error_of(R"(do(action="Tap" element=[1,2]))") == action_error::expected_argument);
    CHECK(error_of(R"(do(action="Tap", element=[1 2]))") == action_error::expected_literal);
    CHECK(error_of(R"(do(action="Tap", element={"x":1}))") == action_error::expected_literal);
    CHECK(error_of(R"(do(action="Tap", element=[1-]))") == action_error::bad_number);
}

TEST_CASE("texts and nesting are bounded", "[autoglm]")
{
    CHECK(error_of("finish(message=\"" + std::string(autoglm::max_action_size, 'x') + "\")") ==
          action_error::too_large);
    CHECK(error_of("do(action=\"Tap\", element=" + std::string(1000, '[') + std::string(1000, ']') +
                   ")") == action_error::too_large);
}

TEST_CASE("unknown actions are kept as data", "[autoglm]")
{
    const auto unknown =
        action_of(R"(do(action="Pinch", scale=-2, on=False, all=[1, "a", [True]],))");
    CHECK(unknown.kind() == action_kind::other);
    CHECK(unknown.name() == "Pinch");
    REQUIRE(unknown.arguments().size() == 3);
    CHECK(unknown.arguments()[0].name == "scale");
    CHECK(unknown.arguments()[0].value.number() == -2.0);
    CHECK(*unknown.find("on")->if_bool() == false);
    const autoglm::literal::list& all = *unknown.find("all")->if_list();
    CHECK(*all[0].if_integer() == 1);
    CHECK(*all[1].if_text() == "a");
    CHECK((*all[2].if_list())[0] == autoglm::literal(true));
}

TEST_CASE("places become pixels by truncation", "[autoglm]")
{
    CHECK(autoglm::point(499, 182).to_pixels(1080, 2400) == autoglm::pixel(538, 436));
    CHECK(autoglm::point(999, 999).to_pixels(1080, 2400) == autoglm::pixel(1078, 2397));
    CHECK(autoglm::point(0, 0.9).to_pixels(1080, 1000) == autoglm::pixel(0, 0));
    CHECK(autoglm::point(1e300, -1e300).to_pixels(1080, 2400).x == std::numeric_limits<int>::max());
    CHECK_FALSE(action_of(R"(do(action="Tap", element=[1]))").element());
    CHECK_FALSE(action_of(R"(do(action="Tap", element="1,2"))").element());
}

TEST_CASE("waiting takes the number before the word seconds", "[autoglm]")
{
    const auto wait = [](std::string_view duration) {
        return action_of("do(action=\"Wait\", duration=" + std::string(duration) + ")").duration();
    };
    CHECK(wait("\"3 seconds\"") == 3s);
    CHECK(wait("\"0.5 seconds\"") == 500ms);
    CHECK(wait("\"2\"") == 2s);
    CHECK(wait("2") == 2s);
    CHECK(wait("\"soon\"") == 1s);
    CHECK(wait("\"nan seconds\"") == 1s);
    CHECK(wait("\"-5 seconds\"") == 0s);
    CHECK(wait("1e300") == 24h);
    CHECK(action_of("do(action=\"Wait\")").duration() == 1s);
}
