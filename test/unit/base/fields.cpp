#include "support/catch.hpp"

#include <aloft/fields.hpp>

#include <random>
#include <string>
#include <utility>
#include <vector>

using aloft::fields;

namespace {

std::string text(const fields& list)
{
    std::string all;
    for (const auto [name, value] : list)
        all.append(name).append("=").append(value).append(";");
    return all;
}

} // namespace

TEST_CASE("fields keep their order and lower their names")
{
    fields list;
    list.add(":Status", "200");
    list.add("Content-Type", "Text/Plain");
    list.add("x-Empty", "");
    CHECK(text(list) == ":status=200;content-type=Text/Plain;x-empty=;");
    CHECK(list.count() == 3);
    CHECK(list.list_size() == 7 + 3 + 12 + 10 + 7 + 3 * 32);
}

TEST_CASE("only ASCII letters are lowered")
{
    fields list;
    list.add("A-Z_@[`{\xc3\x84", "v");
    CHECK(text(list) == "a-z_@[`{\xc3\x84=v;");
}

TEST_CASE("an empty list has no fields")
{
    const fields list;
    CHECK(list.empty());
    CHECK(list.begin() == list.end());
    CHECK(list.list_size() == 0);
    CHECK_FALSE(list.get("host"));
}

TEST_CASE("get returns the first value of a name and nothing for another")
{
    fields list;
    list.add("set-cookie", "a=1");
    list.add("Set-Cookie", "b=2");
    CHECK(list.get("set-cookie") == "a=1");
    CHECK_FALSE(list.get("set-cooki"));
    CHECK_FALSE(list.get("set-cookie2"));
    CHECK(list.contains("set-cookie"));
}

TEST_CASE("set replaces every field of a name")
{
    fields list;
    list.add("a", "1");
    list.add("b", "2");
    list.add("a", "3");
    list.set("a", "4");
    CHECK(text(list) == "b=2;a=4;");
}

TEST_CASE("erase counts what it removed and leaves the others")
{
    fields list;
    list.add("a", "");
    list.add("b", "a");
    list.add("a", "x");
    CHECK(list.erase("a") == 2);
    CHECK(list.erase("a") == 0);
    CHECK(text(list) == "b=a;");
}

TEST_CASE("a value may hold any bytes")
{
    const std::string value("\0\xff\r\n", 4);
    fields list;
    list.add("bytes", value);
    list.add("next", "1");
    CHECK(list.get("bytes") == value);
    CHECK(list.get("next") == "1");
}

TEST_CASE("a list can be appended to itself and to a copy")
{
    fields list;
    list.add("a", "1");
    auto copy = list;
    list.append(list);
    copy.append(list);
    CHECK(text(list) == "a=1;a=1;");
    CHECK(text(copy) == "a=1;a=1;a=1;");
}

TEST_CASE("random changes match a vector of pairs")
{
    std::mt19937 random(7);
    const auto pick = [&random](unsigned below) { return static_cast<unsigned>(random() % below); };
    std::vector<std::pair<std::string, std::string>> model;
    fields list;
    for (int i = 0; i < 5000; ++i) {
        const std::string name(1, static_cast<char>('a' + pick(5)));
        const std::string value(pick(40), static_cast<char>('0' + pick(10)));
        const auto what = pick(6);
        if (what >= 4)
            std::erase_if(model, [&name](const auto& field) { return field.first == name; });
        if (what == 4)
            list.erase(name);
        else if (what == 5)
            list.set(name, value);
        else
            list.add(name, value);
        if (what != 4)
            model.emplace_back(name, value);
        std::string expected;
        for (const auto& [n, v] : model)
            expected.append(n).append("=").append(v).append(";");
        REQUIRE(text(list) == expected);
    }
}

TEST_CASE("a name known to be lower case is stored like any other")
{
    aloft::fields list;
    list.add_lowered("x-a", "1");
    list.add("X-B", "");
    list.add_lowered("", "Value");
    CHECK(list.count() == 3);
    CHECK(list.get("x-a") == "1");
    CHECK(list.get("x-b") == "");
    CHECK(list.get("") == "Value");
}
