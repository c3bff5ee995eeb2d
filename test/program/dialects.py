"""aloft sim --dialect and --reasoning: each server's wire is what docs/guide/sim.md says it is."""

import http.client
import json
import socket
import urllib.parse

from program import ProgramTest, Sim, aloft, main

FAST = ("--first-token", "0ms", "--gap", "0ms", "--tokens", "20", "--seed", "3", "--by-prompt")
DIALECTS = ("vllm", "sglang", "llama.cpp", "openai", "zai")
THINKING = {"vllm": "reasoning", "sglang": "reasoning_content", "llama.cpp": "reasoning_content", "zai": "reasoning_content"}


class Dialects(ProgramTest):
    def sim(self, dialect, *options):
        return Sim(*FAST, "--dialect", dialect, *options)

    def ask(self, sim, path="/chat/completions", headers=(), **body):
        """Status and text of an answer."""
        at = urllib.parse.urlsplit(sim.base_url)
        connection = http.client.HTTPConnection(at.hostname, at.port, timeout=60)
        if body:
            connection.request("POST", at.path + path, json.dumps({"model": "autoglm-phone-9b", "messages": [{"role": "user", "content": "x"}], **body}),
                               {"content-type": "application/json", **dict(headers)})
        else:
            connection.request("GET", path if path == "/health" else at.path + path, headers=dict(headers))
        answer = connection.getresponse()
        text = answer.read().decode()
        connection.close()
        return answer.status, text

    def stream(self, sim, usage=True, **body):
        """What each event of a stream has for data, and the text of all."""
        status, text = self.ask(sim, stream=True, **({"stream_options": {"include_usage": True}} if usage else {}), **body)
        self.assertEqual(status, 200)
        data = [line.removeprefix("data: ") for line in text.splitlines() if line.startswith("data: ")]
        return [one if one == "[DONE]" else json.loads(one) for one in data], text

    def chunks(self, dialect, *options, **body):
        with self.sim(dialect, *options) as sim:
            data, _ = self.stream(sim, **body)
        self.assertEqual(data.pop(), "[DONE]")
        return data

    @staticmethod
    def deltas(chunks):
        return [choice["delta"] for chunk in chunks for choice in chunk["choices"]]

    def test_the_role_comes_as_each_server_tells_it(self):
        for dialect in DIALECTS:
            with self.subTest(dialect=dialect):
                deltas = self.deltas(self.chunks(dialect))
                roles = [one.get("role") for one in deltas]
                if dialect == "zai":
                    self.assertEqual(set(roles), {"assistant"})
                    self.assertTrue(deltas[0]["content"])
                else:
                    self.assertEqual((roles[0], set(roles[1:])), ("assistant", {None}))
                    self.assertEqual(deltas[0]["content"], None if dialect == "llama.cpp" else "")

    def test_the_finish_reason_comes_as_each_server_tells_it(self):
        for dialect, last in (("vllm", {"content": ""}), ("sglang", {"role": None, "content": None, "reasoning_content": None, "tool_calls": None}),
                              ("llama.cpp", {}), ("openai", {}), ("zai", {"role": "assistant", "content": ""})):
            with self.subTest(dialect=dialect):
                ends = [choice for chunk in self.chunks(dialect) for choice in chunk["choices"] if choice.get("finish_reason")]
                self.assertEqual([(one["finish_reason"], one["delta"]) for one in ends], [("stop", last)])
        cut = [choice for chunk in self.chunks("vllm", max_tokens=3) for choice in chunk["choices"] if choice.get("finish_reason")]
        self.assertEqual([one["finish_reason"] for one in cut], ["length"])
        self.assertTrue(cut[0]["delta"]["content"])  # with the last token

    def test_usage_comes_as_each_server_tells_it(self):
        for dialect in DIALECTS:
            for asked in True, False:
                with self.subTest(dialect=dialect, asked=asked):
                    chunks = self.chunks(dialect, usage=asked)
                    told = [chunk for chunk in chunks if chunk.get("usage")]
                    self.assertEqual(len(told), 1 if asked or dialect == "zai" else 0)
                    for one in told:
                        self.assertIs(one, chunks[-1])
                        self.assertEqual(one["usage"]["completion_tokens"], 20)
                        self.assertEqual(bool(one["choices"]), dialect == "zai")  # with the finish reason, or alone
                        self.assertEqual("timings" in one, dialect == "llama.cpp")
                    self.assertEqual(all("usage" in chunk for chunk in chunks), dialect == "openai" and asked)

    def test_each_server_has_members_of_its_own(self):
        for dialect, members in (("vllm", {"stop_reason"}), ("sglang", {"matched_stop"}), ("llama.cpp", {"timings", "system_fingerprint"}),
                                 ("openai", {"service_tier", "obfuscation", "system_fingerprint"}), ("zai", set())):
            chunks = self.chunks(dialect)
            there = {name for chunk in chunks for part in (chunk, *chunk["choices"]) for name in part}
            known = {"id", "object", "created", "model", "choices", "usage", "index", "delta", "logprobs", "finish_reason"}
            self.assertEqual(there - known, members, dialect)
        plain = self.chunks("openai", usage=False, stream_options={"include_obfuscation": False})
        self.assertFalse(any("obfuscation" in chunk for chunk in plain))

    def test_thinking_is_told_apart_in_the_field_of_each_server(self):
        for dialect in DIALECTS:
            with self.subTest(dialect=dialect):
                whole = "".join(one.get("content") or "" for one in self.deltas(self.chunks(dialect)))
                thinking, answer = whole.removeprefix("<think>").split("</think>")
                self.assertTrue(thinking)
                deltas = self.deltas(self.chunks(dialect, "--reasoning"))
                fields = {"reasoning", "reasoning_content"}
                said = {name: "".join(one.get(name) or "" for one in deltas) for name in fields | {"content"}}
                self.assertEqual(said.pop("content").strip(), answer.strip())
                own = THINKING.get(dialect)
                self.assertEqual({name: text.strip() for name, text in said.items() if text}, {own: thinking.strip()} if own else {})

    def test_an_error_has_the_form_of_each_server(self):
        for dialect, shape in (("vllm", lambda e: e["error"]["code"] == 503), ("sglang", lambda e: e["object"] == "error" and e["code"] == 503),
                               ("llama.cpp", lambda e: e["error"]["code"] == 503 and list(e["error"])[0] == "code"),
                               ("openai", lambda e: e["error"]["code"] is None or isinstance(e["error"]["code"], str)), ("zai", lambda e: isinstance(e["error"]["code"], str))):
            with self.subTest(dialect=dialect):
                with self.sim(dialect, "--fault", "always: status 503 message busy") as sim:
                    status, text = self.ask(sim, stream=True)
                self.assertEqual(status, 503)
                self.assertTrue(shape(json.loads(text)), text)
                self.assertIn("busy", text)

    def test_an_error_within_a_stream_ends_it_as_each_server_does(self):
        for dialect in DIALECTS:
            with self.subTest(dialect=dialect):
                with self.sim(dialect, "--fault", "always: error message broken after 3") as sim:
                    data, text = self.stream(sim)
                self.assertEqual(data[-1] == "[DONE]", dialect in ("vllm", "sglang"))
                self.assertIn("broken", json.dumps([one for one in data if one != "[DONE]"][-1]))
                self.assertEqual("event: error" in text, dialect == "openai")
        with self.sim("llama.cpp", "--fault", "always: error message broken after 0") as sim:
            status, text = self.ask(sim, stream=True)
        self.assertGreaterEqual(status, 400)  # where it comes first, it is a response
        self.assertIn("broken", json.loads(text)["error"]["message"])

    def test_the_head_comes_at_once_or_with_the_first_token(self):
        for dialect in DIALECTS:
            with self.subTest(dialect=dialect), Sim("--dialect", dialect, "--first-token", "3600s") as sim:
                at = urllib.parse.urlsplit(sim.base_url)
                body = b'{"model":"autoglm-phone-9b","messages":[{"role":"user","content":"x"}],"stream":true}'
                with socket.create_connection((at.hostname, at.port), timeout=60) as peer:
                    peer.sendall(b"POST /v1/chat/completions HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n"
                                 b"content-length: %d\r\n\r\n" % len(body) + body)
                    if dialect == "llama.cpp":
                        peer.settimeout(0.3)
                        with self.assertRaises(TimeoutError):
                            peer.recv(1)
                    else:
                        self.assertTrue(peer.recv(65536).startswith(b"HTTP/1.1 200 "))

    def test_models_and_health_are_those_of_each_server(self):
        own = {"vllm": {"max_model_len", "root", "parent"}, "sglang": {"max_model_len", "root"}, "llama.cpp": {"meta"}, "openai": set(), "zai": set()}
        for dialect in DIALECTS:
            with self.subTest(dialect=dialect), self.sim(dialect) as sim:
                models = json.loads(self.ask(sim, "/models")[1])
                self.assertEqual(set(models["data"][0]) - {"id", "object", "created", "owned_by"}, own[dialect])
                self.assertEqual("models" in models, dialect == "llama.cpp")
                self.assertEqual(self.ask(sim, "/health"), (200, '{"status":"ok"}' if dialect == "llama.cpp" else ""))

    def test_a_key_may_come_as_llama_cpp_takes_it(self):
        for dialect in DIALECTS:
            with self.sim(dialect, "--api-key", "sesame") as sim:
                self.assertEqual(self.ask(sim, "/models", headers={"x-api-key": "sesame"})[0], 200 if dialect == "llama.cpp" else 401)
                self.assertEqual(self.ask(sim, "/models", headers={"authorization": "Bearer sesame"})[0], 200)

    def test_a_run_reads_the_same_of_all(self):
        results = set()
        for dialect in DIALECTS:
            with self.sim(dialect) as sim:
                result = aloft("run", "-", "--base-url", sim.base_url, stdin='{"prompt": "Go"}\n')
            self.assertEqual(result.returncode, 0, result.stderr)
            body = json.loads(result.stdout)["response"]["body"]
            results.add((body["choices"][0]["message"]["content"], body["choices"][0]["finish_reason"], body["usage"]["completion_tokens"]))
        self.assertEqual(len(results), 1, results)

    def test_a_dialect_that_there_is_not_is_refused(self):
        result = aloft("sim", "--dialect", "latin")
        self.assertEqual((result.returncode, result.stderr), (2, 'aloft sim: --dialect wants vllm, sglang, llama.cpp, openai or zai, not "latin"\n'))


if __name__ == "__main__":
    main()
