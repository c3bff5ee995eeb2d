// What the official client makes of the simulator at BASE_URL, whose key is "secret".
import assert from "node:assert/strict";
import OpenAI from "openai";

const baseURL = process.env.BASE_URL;
const client = new OpenAI({ baseURL, apiKey: "secret", maxRetries: 0 });
const model = "autoglm-phone-9b";
const messages = [{ role: "user", content: "Open the settings" }];
const fault = (text) => ({ headers: { "x-sim-fault": text } });

const models = await client.models.list();
assert.deepEqual(models.data.map((one) => one.id), [model]);
assert.equal((await client.models.retrieve(model)).id, model);

const whole = await client.chat.completions.create({ model, messages });
assert.match(whole.choices[0].message.content, /<answer>(do|finish)\(.*\)$/s);
assert.equal(whole.choices[0].finish_reason, "stop");
assert.equal(whole.usage.completion_tokens, 20);

const stream = await client.chat.completions.create({
  model, messages, stream: true, stream_options: { include_usage: true }, max_tokens: 7,
});
let chunks = 0, reason = null, usage = null;
for await (const chunk of stream) {
  chunks += 1;
  reason = chunk.choices[0]?.finish_reason ?? reason;
  usage = chunk.usage ?? usage;
}
// The role, seven tokens, the usage; OpenAI's finish reason comes in a chunk of its own, vLLM's with the last token.
assert.equal(chunks, process.env.DIALECT === "openai" ? 10 : 9);
assert.equal(reason, "length");
assert.equal(usage.completion_tokens, 7);

const screenshot = "data:image/png;base64," + "A".repeat(1_200_000);
const seen = await client.chat.completions.create({
  model,
  messages: [{
    role: "user",
    content: [{ type: "image_url", image_url: { url: screenshot } }, { type: "text", text: "tap" }],
  }],
});
assert.equal(seen.choices.length, 1);

const ask = (body, options) => client.chat.completions.create({ model, messages, ...body }, options);
await assert.rejects(ask({ model: "none" }), (error) =>
  error instanceof OpenAI.NotFoundError && error.param === "model" &&
  (process.env.DIALECT === "openai" ? error.code === "model_not_found" : error.type === "NotFoundError"));
await assert.rejects(ask({ messages: [] }), OpenAI.BadRequestError);
await assert.rejects(ask({}, fault("status 429 openai retry-after 1")), (error) =>
  error instanceof OpenAI.RateLimitError && error.headers.get("retry-after") === "1");
await assert.rejects(ask({}, fault("status 500 llama.cpp")), OpenAI.InternalServerError);
await assert.rejects(ask({}, fault("close")), OpenAI.APIConnectionError);
await assert.rejects(
  new OpenAI({ baseURL, apiKey: "wrong", maxRetries: 0 }).models.list(), OpenAI.AuthenticationError);
await assert.rejects(async () => {
  for await (const chunk of await ask({ stream: true }, fault("error sglang after 3"))) void chunk;
}, OpenAI.APIError);

// Retried by the client itself: the first attempt fails, the second does not.
const patient = new OpenAI({ baseURL, apiKey: "secret", maxRetries: 1 });
let attempts = 0;
patient.fetch = (url, init) => {
  attempts += 1;
  if (attempts > 1) init.headers.delete("x-sim-fault");
  return fetch(url, init);
};
await patient.chat.completions.create({ model, messages }, fault("status 503"));
assert.equal(attempts, 2);

// Leaving a stream cancels it.
for await (const chunk of await ask({ stream: true })) {
  assert.ok(chunk.id);
  break;
}
