// A batch's way through the openai client, the network being replaced: `upload FILE` writes what it would upload,
// `download FILE` reads that file as a batch's output and prints TypeScript that holds each line against its type.
import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import OpenAI, { toFile } from "openai";

const [what, file] = process.argv.slice(2);
const client = (fetch) => new OpenAI({ apiKey: "none", maxRetries: 0, fetch });
const model = "autoglm-phone-9b";
const screenshot = { type: "image_url", image_url: { url: `data:image/png;base64,${"A".repeat(1000)}` } };
const bodies = [
  { model, messages: [{ role: "user", content: "Open the settings" }] },
  { model, messages: [{ role: "system", content: "A phone" }, { role: "user", content: [screenshot, { type: "text", text: "tap" }] }],
    temperature: 0.5, max_tokens: 7, stream: false },
  { model, messages: [{ role: "user", content: "You will be told to wait" }] },
  { model, messages: [{ role: "user", content: "You will fail" }] },
  { model, messages: [{ role: "user", content: "Go back" }] },
];
const requests = bodies.map((body, i) => ({ custom_id: `request-${i + 1}`, method: "POST", url: "/v1/chat/completions", body }));

if (what === "upload") {
  const lines = requests.map((one) => JSON.stringify(one)).join("\n");
  const uploaded = await client(async (_, { body }) => {
    assert.equal(body.get("purpose"), "batch");
    writeFileSync(file, await body.get("file").text());
    return Response.json({ id: "file-1", object: "file", purpose: "batch" });
  }).files.create({ file: await toFile(Buffer.from(lines), "batch.jsonl"), purpose: "batch" });
  assert.equal(uploaded.id, "file-1");
} else {
  const content = await client(async () => new Response(readFileSync(file))).files.content("file-2");
  const results = (await content.text()).trimEnd().split("\n").map((line) => JSON.parse(line));
  assert.deepEqual(results.map((one) => one.custom_id).sort(), requests.map((one) => one.custom_id));
  for (const { custom_id, response, error } of results) {
    if (custom_id === "request-3" || custom_id === "request-4") {
      assert.equal(response.status_code, custom_id === "request-3" ? 429 : 500);
      assert.ok(error.message.includes(response.body.error.message.trim()));
    } else {
      assert.equal(error, null);
      assert.equal(response.status_code, 200);
      assert.equal(response.body.usage.completion_tokens, custom_id === "request-2" ? 7 : 20);
    }
  }
  console.log(results.map((one) => `${one.error ? "failed" : "succeeded"}(${JSON.stringify(one)});`).join("\n"));
}
