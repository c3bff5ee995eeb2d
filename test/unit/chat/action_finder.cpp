#include "chat/action_finder.hpp"

#include "support/catch.hpp"

#include <string>
#include <string_view>

namespace autoglm = aloft::autoglm;

namespace {

/// How much of a reply had come when its action was complete, and which that is; the same however
/// the reply is cut.
std::string found_in(std::string_view reply)
{
    std::string by_bytes = "none";
    autoglm::action_finder one_by_one;
    for (std::size_t size = 0; size <= reply.size(); ++size) {
        if (one_by_one.look(reply.substr(0, size))) {
            by_bytes = one_by_one.call(reply.substr(0, size));
            CHECK(reply.substr(0, size).ends_with(by_bytes)); // not a byte too late
            break;
        }
    }
    autoglm::action_finder at_once;
    CHECK(at_once.look(reply) == (by_bytes != "none"));
    if (at_once.found())
        CHECK(at_once.call(reply) == by_bytes);
    return by_bytes;
}

} // namespace

TEST_CASE("an action is complete with its last bracket", "[autoglm]")
{
    CHECK(found_in("<think>a</think>\n<answer>do(action=\"Launch\", app=\"X\")</answer> and so") ==
          "do(action=\"Launch\", app=\"X\")");
    CHECK(found_in("do(action=\"Tap\", element=[499, (182)])  ") ==
          "do(action=\"Tap\", element=[499, (182)])");
    CHECK(found_in("Well. finish(message=\"done\")\nThe task") == "finish(message=\"done\")");
    CHECK(found_in("do(action='Type', text='it\\'s (so) \"far\"', )x") ==
          "do(action='Type', text='it\\'s (so) \"far\"', )");
    CHECK(found_in("do(action=\"Type\", text=\"a\\\\\")") == "do(action=\"Type\", text=\"a\\\\\")");
}

TEST_CASE("what is no whole action is not taken for one", "[autoglm]")
{
    CHECK(found_in("") == "none");
    CHECK(found_in("do(action=\"Tap\", element=[1,2]") == "none");
    CHECK(found_in("do(action=\"Type\", text=\"a)") == "none");
    CHECK(found_in("do(action=Tap) and do(actio") == "none");
    CHECK(found_in("I could do(action) or finish(this)") == "none");
    CHECK(found_in("do(action=\"Tap\", \"x\")") == "none");
}

TEST_CASE("a call that is spoken of while thinking, or is no action, is passed over", "[autoglm]")
{
    CHECK(found_in("<think>not do(action=\"Back\") but</think><answer>do(action=\"Home\")") ==
          "do(action=\"Home\")");
    CHECK(found_in("<think>a</think><think>do(action=\"Back\")</think>") == "none");
    CHECK(found_in("do(action=Tap) do(action=\"Home\")") == "do(action=\"Home\")");
}

TEST_CASE("where a quote is not escaped, the end of the reply must tell", "[autoglm]")
{
    CHECK(found_in("do(action=\"Type\", text=\"say \"hi\")\")") == "none");
    CHECK(found_in("finish(message=\"the button \"OK\"\") do(action=\"Home\")") == "none");
}

TEST_CASE("an action without end is given up, and not looked at again and again", "[autoglm]")
{
    autoglm::action_finder finder;
    std::string text = "do(action=\"Type\", text=\"";
    for (int i = 0; i != 100'000; ++i) {
        text += ')';
        CHECK_FALSE(finder.look(text));
    }
    text += "\")";
    CHECK_FALSE(finder.look(text));
    CHECK(found_in("do(action=" + std::string(40, '[') + "\")") == "none");
}
