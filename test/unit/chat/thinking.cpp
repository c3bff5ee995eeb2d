#include "support/catch.hpp"

#include <aloft/thinking.hpp>

#include <string>
#include <vector>

namespace autoglm = aloft::autoglm;

namespace {

struct split {
    std::string thinking;
    std::string action;
    bool operator==(const split&) const = default;
};

split read(const std::vector<std::string_view>& pieces)
{
    split all;
    autoglm::thinking_splitter splitter;
    for (std::string_view each : pieces) {
        const std::string own(each); // gone after the push, as a network buffer is
        const autoglm::split_pieces got = splitter.push(own);
        all.thinking += got.thinking;
        all.action += got.action;
    }
    all.thinking += splitter.finish().thinking;
    CHECK(splitter.thinking_ended() == !all.action.empty());
    return all;
}

void expect(std::string_view reply, const split& wanted)
{
    INFO(reply);
    std::vector<std::string_view> bytes;
    for (std::size_t i = 0; i != reply.size(); ++i)
        bytes.push_back(reply.substr(i, 1));
    CHECK(read(bytes) == wanted);
    for (std::size_t i = 0; i <= reply.size(); ++i) {
        for (std::size_t j = i; j <= reply.size(); ++j)
            REQUIRE(read({reply.substr(0, i), reply.substr(i, j - i), reply.substr(j)}) == wanted);
    }
}

} // namespace

TEST_CASE("the thinking ends where a marker begins, wherever it is cut", "[autoglm]")
{
    expect("think do(action=\"Tap\")", {"think ", "do(action=\"Tap\")"});
    expect("a finish(message=\"x\") do(action=", {"a ", "finish(message=\"x\") do(action="});
    expect("do(action=\"Back\")", {"", "do(action=\"Back\")"});
    expect("ddo(actiodo(action=", {"ddo(actio", "do(action="});
    expect("finisfinish(message=", {"finis", "finish(message="});
    expect("first do(action=\"Back\") then finish(message=\"ok\")",
           {"first ", "do(action=\"Back\") then finish(message=\"ok\")"});
}

TEST_CASE("text held back at the end is released", "[autoglm]")
{
    expect("I do", {"I do", ""});
    expect("all finish(message", {"all finish(message", ""});
    expect("finish(message", {"finish(message", ""});
    expect("", {"", ""});
}

TEST_CASE("only what may begin a marker is held back", "[autoglm]")
{
    autoglm::thinking_splitter splitter;
    CHECK(splitter.push("hello do(ac").thinking == "hello ");
    CHECK(splitter.push("robat").thinking == "do(acrobat");
    CHECK(splitter.push(" fin").thinking == " ");
    CHECK(splitter.finish().thinking == "fin");
    CHECK(splitter.finish().thinking.empty());
}

TEST_CASE("a whole reply is split by the first rule that fits", "[autoglm]")
{
    const auto parts = [](std::string_view reply) {
        const autoglm::reply_parts got = autoglm::split_reply(reply);
        return split{got.thinking, got.action};
    };
    CHECK(parts("<think>a</think>\n<answer>do(action=\"Launch\", app=\"X\")") ==
          split{"<think>a</think>\n<answer>", "do(action=\"Launch\", app=\"X\")"});
    CHECK(parts("plain thought do(action=\"Back\")") ==
          split{"plain thought", "do(action=\"Back\")"});
    CHECK(parts("first do(action=\"Back\") then finish(message=\"ok\")") ==
          split{"first do(action=\"Back\") then", "finish(message=\"ok\")"});
    CHECK(parts("<think> why </think> <answer> tap it </answer>") == split{"why", "tap it"});
    CHECK(parts("nothing") == split{"", "nothing"});
    CHECK(parts("") == split{"", ""});
}
