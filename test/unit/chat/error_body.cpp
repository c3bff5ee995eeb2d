#include "support/catch.hpp"

#include <aloft/api_error.hpp>
#include <aloft/model_info.hpp>

#include <string>

namespace chat = aloft::chat;

TEST_CASE("every known form of an error body is read", "[chat]")
{
    const auto openai = chat::parse_api_error(
        401,
        R"({"error":{"message":"no key","type":"auth","param":null,"code":"invalid_api_key"}})",
        "r1");
    CHECK(openai.status == 401);
    CHECK(openai.message == "no key");
    CHECK(openai.type == "auth");
    CHECK(openai.param.empty());
    CHECK(openai.code == "invalid_api_key");
    CHECK(openai.request_id == "r1");
    CHECK(openai.raw.empty());

    const auto vllm = chat::parse_api_error(
        404, R"({"error":{"message":"m","type":"NotFoundError","param":"model","code":404}})");
    CHECK(vllm.code == "404");
    CHECK(vllm.param == "model");

    const auto sglang = chat::parse_api_error(
        400, R"({"object":"error","message":"m","type":"BadRequest","param":null,"code":400})");
    CHECK(sglang.message == "m");
    CHECK(sglang.type == "BadRequest");

    const auto llama = chat::parse_api_error(
        503, R"({"error":{"code":503,"message":"Loading model","type":"unavailable_error"}})");
    CHECK(llama.message == "Loading model");

    const auto zai = chat::parse_api_error(
        429, R"({"error":{"code":"1302","message":"busy"},"request_id":"z"})");
    CHECK(zai.code == "1302");
    CHECK(zai.request_id == "z");
    CHECK(zai.type.empty());

    const auto text = chat::parse_api_error(503, R"({"error":"scaling"})");
    CHECK(text.message == "scaling");
}

TEST_CASE("a body that is no JSON is kept as it is, bounded", "[chat]")
{
    const auto plain = chat::parse_api_error(503, "Service Unavailable");
    CHECK(plain.raw == "Service Unavailable");
    CHECK(plain.status == 503);
    CHECK(chat::parse_api_error(502, "").raw.empty());
    CHECK(chat::parse_api_error(500, std::string(100'000, 'x')).raw.size() == 65'536);
    CHECK(chat::parse_api_error(500, "[1,2]").raw == "[1,2]");
    CHECK(chat::parse_api_error(500, "{}").raw == "{}");
    CHECK(chat::parse_api_error(500, std::string(100'000, '[')).raw.size() == 65'536);
}

TEST_CASE("FastAPI's detail is unwrapped", "[chat]")
{
    CHECK(chat::parse_api_error(404, R"({"detail":"Not Found"})").message == "Not Found");
    const auto inner = chat::parse_api_error(
        400, R"({"detail":"{\"error\":{\"message\":\"too long\",\"code\":400}}"})");
    CHECK(inner.message == "too long");
    CHECK(inner.code == "400");
    CHECK(chat::parse_api_error(400, R"({"detail":{"error":{"message":"m"}}})").message == "m");
    CHECK(chat::parse_api_error(422, R"({"detail":[{"loc":["body"],"msg":"Field required"}]})")
              .message == R"([{"loc":["body"],"msg":"Field required"}])");
}

TEST_CASE("an error without a status takes it from the code", "[chat]")
{
    CHECK(chat::parse_api_error(0, R"({"error":{"code":503,"message":"m"}})").status == 503);
    CHECK(chat::parse_api_error(0, R"({"error":{"code":"429","message":"m"}})").status == 429);
    CHECK(chat::parse_api_error(0, R"({"error":{"code":"1302","message":"m"}})").status == 0);
    CHECK(chat::parse_api_error(0, R"({"error":{"code":"4x4","message":"m"}})").status == 0);
}

TEST_CASE("a list of models is read", "[chat]")
{
    aloft::error_code failed;
    const auto models = chat::parse_models(
        R"({"object":"list","data":[{"id":"a","object":"model","created":5,"owned_by":"vllm",)"
        R"("max_model_len":25480,"root":"x"},{"id":"b"},{"object":"model"},7]})",
        failed);
    REQUIRE_FALSE(failed);
    REQUIRE(models.size() == 2);
    CHECK(models[0].id == "a");
    CHECK(models[0].owned_by == "vllm");
    CHECK(models[0].created == 5);
    CHECK(models[0].max_model_len == 25480u);
    CHECK_FALSE(models[1].max_model_len);
    chat::parse_models("{}", failed);
    CHECK(failed == aloft::errc::unexpected_content);
    chat::parse_models("<html>", failed);
    CHECK(failed == aloft::errc::unexpected_content);
}
