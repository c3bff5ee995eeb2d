"""aloft run: what it makes of prompts, of results that are there, and of everything that is wrong."""

import gzip
import json
import os
import re
import resource
import shutil
import signal
import socket
import ssl
import subprocess
import time
import unittest

from program import ALOFT, CLEAN, ProgramTest, Scripted, Sim, aloft, main, wait_for

FAST = ("--first-token", "1ms", "--gap", "0ms", "--tokens", "8", "--seed", "3")
PNG = b"\x89PNG\r\n\x1a\n" + bytes(100)


def http(body, head="200 OK", kind="application/json"):
    body = body if isinstance(body, bytes) else body.encode()
    return f"HTTP/1.1 {head}\r\ncontent-type: {kind}\r\ncontent-length: {len(body)}\r\n\r\n".encode() + body


def events(*data):
    return http(b"".join(b"data: " + (d if isinstance(d, bytes) else d.encode()) + b"\n\n" for d in data), kind="text/event-stream")


class Rambling(Scripted):
    """Begins each answer with a text, and goes on for as long as it is listened to."""

    def __init__(self, text):
        super().__init__(b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\nconnection: close\r\n\r\n"
                         b'data: {"choices":[{"index":0,"delta":{"content":"' + text.encode() + b'"}}]}\n\n')

    def converse(self, connection):
        with connection:
            read = b""
            while not self.whole(read) and (some := connection.recv(65536)):
                read += some
            connection.sendall(self.answer)
            while connection.recv(65536):
                pass


CHUNK = '{"choices":[{"index":0,"delta":{"content":"hi"}}]}'


class RunTest(ProgramTest):
    def prompts(self, *objects, name="prompts.jsonl"):
        return self.write(name, "".join((o if isinstance(o, str) else json.dumps(o)) + "\n" for o in objects))

    def run_prompts(self, base_url, *objects, options=()):
        """Runs the prompts, each once unless the options say otherwise; the process's result, and what stands in the results file."""
        output = self.folder / "results.jsonl"
        once = () if "--retries" in options else ("--retries", "0")
        result = aloft("run", self.prompts(*objects), "-o", output, "--base-url", base_url, *once, *options)
        return result, self.results(output)

    def results(self, path):
        return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else None

    def message_of(self, base_url, options=()):
        """What one prompt fails with."""
        result, results = self.run_prompts(base_url, {"prompt": "hi"}, options=options)
        self.assertEqual(result.returncode, 1, result.stderr)
        self.assertIn(results[0]["error"]["message"], result.stderr)
        return results[0]["error"]["message"]

    def refused(self, base_url, options=(), code=2):
        """What a run that cannot begin says; it leaves no file behind."""
        result, _ = self.run_prompts(base_url, {"prompt": "hi"}, options=("-q", *options))
        self.assertEqual(result.returncode, code, result.stderr)
        self.assertEqual(sorted(p.name for p in self.folder.glob("results*")), [])
        return result.stderr


class Prompts(RunTest):
    def test_both_forms_are_answered_in_batch_lines(self):
        with Sim(*FAST) as sim:
            result, results = self.run_prompts(
                sim.base_url,
                {"prompt": "Open the settings"},
                {"custom_id": "b", "method": "POST", "url": "/v1/chat/completions",
                 "body": {"messages": [{"role": "user", "content": "Go back"}], "stream": False}},
                options=("--order", "input"))
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertEqual([r["custom_id"] for r in results], ["line-1", "b"])
        for one in results:
            self.assertRegex(one["id"], r"^batch_req_[0-9a-f]{32}$")
            self.assertIsNone(one["error"])
            self.assertEqual(one["response"]["status_code"], 200)
            body = one["response"]["body"]
            self.assertEqual((body["object"], body["model"]), ("chat.completion", "autoglm-phone-9b"))
            self.assertEqual(body["usage"]["completion_tokens"], 8)
            self.assertIn("name", one["action"])

    def test_the_request_has_the_model_and_parameters_of_its_line_or_of_the_command(self):
        with Scripted(events(CHUNK, "[DONE]")) as server:
            self.run_prompts(server.base_url, {"prompt": "a", "model": "mine", "temperature": 0.25},
                             options=("--temperature", "0.5", "--max-tokens", "77", "--max-in-flight", "1"))
            head = server.seen[0].decode()
        body = json.loads(head.partition("\r\n\r\n")[2])
        self.assertEqual((body["model"], body["temperature"], body["max_tokens"], body["stream_options"]),
                         ("mine", 0.25, 77, {"include_usage": True}))

    def test_the_path_behind_v1_is_joined_and_other_endpoints_pass_through(self):
        with Scripted(http('{\n "object": "list"\n}')) as server:
            base = server.base_url.replace("/v1", "/api/paas/v4")
            result, results = self.run_prompts(base, {"custom_id": "e", "method": "POST", "url": "/v1/embeddings", "body": {"input": "x"}})
            self.assertTrue(server.seen[0].startswith(b"POST /api/paas/v4/embeddings HTTP/1.1\r\n"))
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertEqual(results[0]["response"]["body"], {"object": "list"})

    def test_an_answer_of_another_endpoint_is_asked_for_in_one_piece(self):
        with Scripted(http('{"choices":[]}')) as server:
            self.run_prompts(server.base_url, {"custom_id": "c", "url": "/v1/completions", "body": {"prompt": "x", "model": "m", "stream": True}})
            self.assertEqual(json.loads(server.seen[0].partition(b"\r\n\r\n")[2]), {"prompt": "x", "model": "m"})

    def test_a_body_may_nest_as_schemas_do(self):
        deep = {}
        for _ in range(60):
            deep = {"properties": deep}
        with Scripted(events(CHUNK, "[DONE]")) as server:
            result, _ = self.run_prompts(server.base_url, {"custom_id": "c", "url": "/v1/chat/completions", "body": {"messages": [], "tools": [deep]}})
            self.assertEqual(json.loads(server.seen[0].partition(b"\r\n\r\n")[2])["tools"], [deep])

    def test_a_byte_order_mark_is_no_part_of_the_first_line(self):
        with Sim(*FAST) as sim:
            result, _ = self.run_prompts(sim.base_url, "\ufeff" + json.dumps({"prompt": "x"}))
        self.assertEqual(result.returncode, 0, result.stderr)

    def test_requests_a_minute_are_kept_to(self):
        with Sim(*FAST) as sim:
            begun = time.monotonic()
            result, _ = self.run_prompts(sim.base_url, *({"prompt": f"p{i}"} for i in range(30)), options=("--requests-per-minute", "600"))
            took = time.monotonic() - begun
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertGreater(took, 1.9)  # ten at once, then ten a second

    def test_tokens_a_minute_are_kept_to_and_what_was_not_used_comes_back(self):
        with Sim(*FAST) as sim:
            begun = time.monotonic()
            # Each may use 60,000 and uses some twenty, so only the first has to be paid for.
            result, _ = self.run_prompts(sim.base_url, *({"prompt": f"p{i}"} for i in range(3)),
                                         options=("--tokens-per-minute", "60000", "--max-tokens", "60000", "--max-in-flight", "1"))
            took = time.monotonic() - begun
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertLess(took, 20)

    def test_what_is_no_rate_is_refused_in_one_line(self):
        for option in ("--requests-per-minute", "--tokens-per-minute"):
            for value in ("0", "-5", "many", "1.5", ""):
                with self.subTest(option=option, value=value):
                    said = self.refused("http://localhost:1/v1", options=(f"{option}={value}",))
                    self.assertIn(option, said)
                    self.assertLessEqual(len(said.strip().splitlines()), 2, said)

    def test_an_answer_may_end_with_its_action_and_what_that_saves_is_told(self):
        with Rambling('do(action=\\"Home\\") And then') as server:
            for options in ("--stop-at-action",), ("--config", self.write("c.toml", "stop_at_action = true\n")):
                output = self.folder / "results.jsonl"
                result = aloft("run", self.prompts({"prompt": "a"}, {"prompt": "b", "max_tokens": 51}), "-o", output, "--base-url", server.base_url,
                               "--max-tokens", "101", "--json", *options)
                self.assertEqual(result.returncode, 0, result.stderr)
                self.assertIn("  2 answers ended with their action, which saved up to 150 tokens\n", result.stderr)
                self.assertEqual(json.loads(result.stdout)["stopped_at_action"], {"streams": 2, "tokens_at_most": 150})
                self.assertEqual([one["action"] for one in self.results(output)], [{"name": "Home"}] * 2)
                output.unlink()
            result, _ = self.run_prompts(server.base_url, {"prompt": "c"}, options=("--max-time", "0.3"))
        self.assertEqual(result.returncode, 1)  # otherwise the whole answer is waited for

    def test_what_is_sent_twice_is_told(self):
        with Sim("--gap", "0ms", "--tokens", "1", "--first-token", "10ms", "--fault", "every 40: stall 700ms head") as sim:
            result, _ = self.run_prompts(sim.base_url, *({"prompt": f"p{i}"} for i in range(120)), options=("--hedge", "--max-in-flight", "4", "--json"))
        self.assertEqual(result.returncode, 0, result.stderr)
        hedges = json.loads(result.stdout)["hedges"]
        self.assertGreaterEqual(hedges["sent"], 1)
        self.assertIn(f"  {hedges['sent']} requests sent twice; {hedges['won']} second copies answered first, ", result.stderr)

    def test_adaptive_begins_with_few_requests_at_once(self):
        with Sim("--first-token", "200ms", "--gap", "0ms", "--tokens", "1") as sim:
            begun = time.monotonic()
            result, _ = self.run_prompts(sim.base_url, *({"prompt": f"p{i}"} for i in range(60)), options=("--adaptive",))
            took = time.monotonic() - begun
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertGreater(took, 0.4)  # twenty at once, then as many as were answered and twice that

    def test_prompts_are_spread_over_several_servers(self):
        with Sim(*FAST) as one, Sim(*FAST[:-3], "5") as other:
            result, results = self.run_prompts(one.base_url, *({"prompt": f"p{i}"} for i in range(100)), options=("--base-url", other.base_url))
        self.assertEqual(result.returncode, 0, result.stderr)
        tokens = [r["response"]["body"]["usage"]["completion_tokens"] for r in results]
        self.assertEqual(len(tokens), 100)
        self.assertGreater(tokens.count(8), 20)
        self.assertGreater(tokens.count(5), 20)

    def test_a_server_that_is_gone_is_passed_over(self):
        with socket.socket() as nobody, Sim(*FAST) as sim:
            nobody.bind(("127.0.0.1", 0))
            gone = f"http://127.0.0.1:{nobody.getsockname()[1]}/v1"
            result, results = self.run_prompts(gone, *({"prompt": f"p{i}"} for i in range(100)),
                                               options=("--base-url", sim.base_url, "--retries", "2"))
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertEqual(len(results), 100)

    def test_where_no_server_is_there_the_run_ends(self):
        with socket.socket() as nobody:
            nobody.bind(("127.0.0.1", 0))
            gone = f"http://127.0.0.1:{nobody.getsockname()[1]}"
            result, _ = self.run_prompts(gone + "/a", {"prompt": "hi"}, options=("--base-url", gone + "/b", "--retries", "2"))
        self.assertEqual(result.returncode, 4, result.stderr)
        self.assertIn("is the server running", result.stderr)

    def test_bodies_held_at_once_are_bounded_and_their_room_is_used_again(self):
        with Sim(*FAST) as sim:
            result, _ = self.run_prompts(sim.base_url, *({"prompt": f"p{i}"} for i in range(300)), options=("--max-body-memory", "4KB"))
        self.assertEqual(result.returncode, 0, result.stderr)

    def test_results_of_a_pipe_come_in_input_order(self):
        with Sim("--first-token", "exponential:20ms", "--gap", "0ms", "--tokens", "8") as sim:
            result = aloft("run", self.prompts(*({"prompt": f"p{i}"} for i in range(100))), "--order", "input", "-q", "--base-url", sim.base_url)
        self.assertEqual([json.loads(line)["custom_id"] for line in result.stdout.splitlines()], [f"line-{i}" for i in range(1, 101)])

    def test_results_that_wait_for_an_earlier_one_are_bounded(self):
        with Sim(*FAST, "--fault", "request 1: stall") as sim:
            running = subprocess.Popen([ALOFT, "run", self.prompts(*({"prompt": f"p{i}"} for i in range(10_100))), "--order", "input",
                                        "--max-in-flight", "50", "--http2-prior-knowledge", "--base-url", sim.base_url],
                                       env=CLEAN, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
            try:
                wait_for(running, "^10049 done, 0 failed, 1 in flight")
            finally:
                running.kill()
                written = running.communicate()[0]
        self.assertEqual(written, "")

    def test_input_may_be_a_pipe_and_compressed(self):
        line = b'{"prompt":"hi"}\n'
        inputs = [("a", gzip.compress(line) + gzip.compress(line)), ("b", line * 2), ("c", line + line[:-1])]
        if shutil.which("zstd"):
            inputs.append(("d", subprocess.run(["zstd", "-c"], input=line * 2, capture_output=True, check=True).stdout))
        with Sim(*FAST) as sim:
            for name, data in inputs:
                out = self.folder / f"{name}.out"
                done = subprocess.run([ALOFT, "run", "-", "-o", out, "--base-url", sim.base_url], input=data, capture_output=True, env=CLEAN, timeout=60)
                self.assertEqual((done.returncode, len(self.results(out))), (0, 2), done.stderr)

    def test_prompts_that_come_late_do_not_hold_up_those_in_flight(self):
        with Sim(*FAST) as sim:
            running = subprocess.Popen([ALOFT, "run", "-", "-q", "--base-url", sim.base_url], env=CLEAN,
                                       stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
            running.stdin.write('{"prompt":"hi"}\n')
            running.stdin.flush()
            self.assertIn("line-1", running.stdout.readline())
            running.stdin.close()
            self.assertEqual(running.wait(60), 0)
            running.stdout.close()

    def test_images_are_read_beside_the_input(self):
        self.write("screen.png", PNG)
        with Scripted(events(CHUNK, "[DONE]")) as server:
            result, _ = self.run_prompts(server.base_url, {"prompt": "a", "image": "screen.png"})
            self.assertIn(b"data:image/png;base64,iVBOR", b"".join(server.seen))

    def test_a_dry_run_says_what_would_be_sent(self):
        self.write("screen.png", PNG)
        result, results = self.run_prompts("http://127.0.0.1:1/v1", {"prompt": "a", "image": "screen.png"}, {"prompt": "b"}, "{", options=("--dry-run",))
        self.assertEqual(result.returncode, 1)
        self.assertIsNone(results)
        self.assertEqual(result.stdout, "3 prompts: 2 to send, 1 with an image, about 1.2 KiB in all, 694 bytes at most\n  1 cannot be sent\n")
        self.assertEqual(result.stderr, "line 3: it is not JSON (incomplete JSON)\n")

    def test_a_dry_run_refuses_what_a_run_would(self):
        result, _ = self.run_prompts("localhost:8000/v1", {"prompt": "a"}, options=("--dry-run",))
        self.assertEqual((result.returncode, result.stderr), (2, 'aloft run: base URL "localhost:8000/v1": it should look like http://localhost:8000/v1\n'))

    def test_the_environment_counts_where_no_option_is_given(self):
        prompts, output = self.prompts({"prompt": "x"}), self.folder / "r.jsonl"
        for environment, options, sent in (
            ({"PHONE_AGENT_API_KEY": "phone", "OPENAI_API_KEY": "openai"}, (), ("Bearer phone", "from-environment")),
            ({"OPENAI_API_KEY": "openai"}, (), ("Bearer openai", "from-environment")),
            ({"OPENAI_API_KEY": "openai"}, ("--api-key", "option", "--model", "m"), ("Bearer option", "m")),
        ):
            with self.subTest(environment=environment, options=options), Scripted(events(CHUNK, "[DONE]")) as server:
                result = aloft("run", prompts, "-o", output, *options,
                               env={"PHONE_AGENT_BASE_URL": server.base_url, "PHONE_AGENT_MODEL": "from-environment", **environment})
                output.unlink()
                self.assertEqual(result.returncode, 0, result.stderr)
                head, _, body = server.seen[0].decode().partition("\r\n\r\n")
                self.assertEqual((re.search("(?i)authorization: (.*)\r", head + "\r")[1], json.loads(body)["model"]), sent)

    def test_the_base_url_is_taken_from_openais_variable_where_there_is_no_other(self):
        with Scripted(events(CHUNK, "[DONE]")) as server:
            result = aloft("run", self.prompts({"prompt": "x"}), "-o", self.folder / "r.jsonl", env={"OPENAI_BASE_URL": server.base_url})
        self.assertEqual(result.returncode, 0, result.stderr)

    def test_the_transport_is_chosen_as_with_curl(self):
        with Sim(*FAST) as sim:
            port = sim.base_url.split(":")[2].split("/")[0]
            result, results = self.run_prompts(f"http://phone.invalid:{port}/v1", {"prompt": "x"},
                                               options=("--resolve", f"phone.invalid:{port}:127.0.0.1", "--http2-prior-knowledge"))
        self.assertEqual(result.returncode, 0, result.stderr)

    def test_the_summary_may_be_json(self):
        with Sim(*FAST) as sim:
            result, _ = self.run_prompts(sim.base_url, {"prompt": "a"}, "{", options=("--json", "-q"))
        summary = json.loads(result.stdout)
        self.assertEqual((summary["succeeded"], summary["failed"], summary["completion_tokens"]), (1, 1, 8))
        self.assertEqual(summary["errors"], {"line that cannot be sent": 1})

    def test_the_metrics_of_the_wire_may_be_written(self):
        with Sim(*FAST) as sim:
            metrics = self.folder / "wire.prom"
            result, _ = self.run_prompts(sim.base_url, {"prompt": "a"}, {"prompt": "b"}, options=("--metrics", metrics))
            self.assertEqual(result.returncode, 0, result.stderr)
            lines = metrics.read_text().splitlines()
            self.assertIn("aloft_requests_succeeded_total 2", lines)
            self.assertIn('aloft_request_head_seconds_bucket{le="+Inf"} 2', lines)
            (self.folder / "results.jsonl").unlink()
            result, results = self.run_prompts(sim.base_url, {"prompt": "a"}, options=("--metrics", metrics / "no"))
        self.assertEqual(result.returncode, 3, result.stderr)
        self.assertIn(f"cannot write {metrics}/no", result.stderr)
        self.assertIsNone(results)


class BadLines(RunTest):
    def problem_of(self, line, options=()):
        with Sim(*FAST) as sim:
            result, results = self.run_prompts(sim.base_url, line, {"prompt": "good"}, options=("--order", "input", *options))
        self.assertEqual(result.returncode, 1, result.stderr)
        self.assertEqual([r["error"] is None for r in results], [False, True])
        message = results[0]["error"]["message"]
        self.assertIn(f"line 1: {message}\n", result.stderr)
        return message.replace(str(self.folder), "")

    def test_malformed_lines_say_what_is_wrong_and_the_run_goes_on(self):
        self.write("empty.png", "")
        self.assertEqual(self.problem_of("{"), "it is not JSON (incomplete JSON)")
        for line, message in (
            ("[1]", "it is not a JSON object"),
            ({"x": 1}, 'it has neither a "prompt" nor the custom_id, method, url and body of a batch line'),
            ({"prompt": 5}, '"prompt" is not a string'),
            ({"custom_id": 5, "prompt": "x"}, '"custom_id" is not a string'),
            ({"custom_id": "", "prompt": "x"}, '"custom_id" is empty'),
            ({"model": "", "prompt": "x"}, '"model" is empty'),
            ('{"prompt": "x", "top_p": [0.5, {"a": -1e999}]}', '"top_p" has a number beyond 1.8e308'),
            ('{"url": "/v1/chat/completions", "body": {"top_p": 1e999}}', '"body" has a number beyond 1.8e308'),
            ({"custom_id": "a", "method": "GET", "url": "/v1/models", "body": {}}, "its method is GET; only POST can be sent"),
            ({"custom_id": "a", "url": "models", "body": {}}, 'its url "models" is not a path such as /v1/chat/completions'),
            ({"prompt": "x", "image": "gone.png"}, "its image /gone.png cannot be read: No such file or directory"),
            ({"prompt": "x", "image": "."}, "its image /. is a directory"),
            ({"prompt": "x", "image": "/dev/null"}, "its image /dev/null is a device or a pipe, not a file"),
            ({"prompt": "x", "image": "empty.png"}, "its image /empty.png is empty"),
            ({"prompt": "x" * 5000}, "its request has 5.4 KiB; --max-body-memory allows 4.0 KiB"),
        ):
            for old in self.folder.glob("results*"):
                old.unlink()
            with self.subTest(message):
                self.assertEqual(self.problem_of(line, ("--max-body-memory", "4KB") if "memory" in message else ()), message)

    def test_an_image_that_is_too_large_is_named(self):
        path = self.write("big.png", b"")
        os.truncate(path, 33 << 20)
        self.assertEqual(self.problem_of({"prompt": "x", "image": "big.png"}), "its image /big.png has 33.0 MiB; at most 32 MiB are sent")

    def test_a_line_that_is_not_utf8_is_malformed(self):
        path = self.write("p.jsonl", b'{"prompt":"\xff"}\n')
        with Sim(*FAST) as sim:
            result = aloft("run", path, "-q", "--base-url", sim.base_url)
        self.assertEqual(result.returncode, 1)
        self.assertEqual(json.loads(result.stdout)["error"], {"code": "invalid_line", "message": "it is not JSON (syntax error)"})

    def test_a_line_that_is_too_long_is_told_and_the_run_goes_on(self):
        self.assertEqual(self.problem_of('{"prompt":"' + "x" * (64 << 20) + '"}'), "it is longer than 64 MiB")

    def test_a_custom_id_used_twice_fails_the_second_line_and_keeps_the_first_ones_result(self):
        with Sim(*FAST) as sim:
            result, results = self.run_prompts(sim.base_url, {"custom_id": "a", "prompt": "x"}, {"custom_id": "a", "prompt": "y"})
        self.assertEqual(result.returncode, 1)
        self.assertEqual([(r["custom_id"], r["error"]) for r in results], [("a", None)])
        self.assertIn('line 2: its custom_id "a" was used by line 1\n', result.stderr)

    def test_no_prompts_are_said_to_be_none(self):
        result, results = self.run_prompts("http://127.0.0.1:1/v1")
        self.assertEqual((result.returncode, result.stderr), (2, f"aloft run: no prompts in {self.folder}/prompts.jsonl\n"))


class Files(RunTest):
    def test_input_that_cannot_be_read_is_named(self):
        self.assertEqual(aloft("run", "gone.jsonl").stderr, "aloft run: cannot read gone.jsonl: No such file or directory\n")
        self.assertEqual(aloft("run", "/").stderr, "aloft run: cannot read /: it is a directory\n")

    def test_broken_compression_is_said_to_be_broken(self):
        path = self.write("p.gz", gzip.compress(os.urandom(100000))[:-5000])
        result = aloft("run", path, "-o", "-")
        self.assertEqual(result.returncode, 2)
        self.assertIn("aloft run: reading stopped after line ", result.stderr)

    def test_output_that_cannot_be_written_is_named(self):
        prompts = self.prompts({"prompt": "x"})
        result = aloft("run", prompts, "-o", "/nonexistent/r.jsonl")
        self.assertEqual((result.returncode, result.stderr), (3, "aloft run: cannot write /nonexistent/r.jsonl.partial: No such file or directory\n"))
        result = aloft("run", prompts, "-o", self.folder)
        self.assertEqual((result.returncode, result.stderr), (3, f"aloft run: cannot write {self.folder}: Is a directory\n"))

    def test_a_full_device_is_said(self):
        with Sim(*FAST) as sim:
            result = aloft("run", self.prompts({"prompt": "x"}), "-o", "/dev/full", "-q", "--base-url", sim.base_url)
        self.assertEqual((result.returncode, result.stderr),
                         (3, "aloft run: cannot write /dev/full: No space left on device; its results cannot be gone on with; with -o FILE they could\n"))

    def test_a_full_disk_leaves_what_can_be_gone_on_with(self):
        prompts, output = self.prompts(*({"prompt": f"p{i}"} for i in range(50))), self.folder / "r.jsonl"
        with Sim(*FAST) as sim:
            def limit():
                signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
                resource.setrlimit(resource.RLIMIT_FSIZE, (9000, 9000))
            command = [ALOFT, "run", prompts, "-o", output, "-q", "--base-url", sim.base_url]
            full = subprocess.run(command, capture_output=True, text=True, env=CLEAN, timeout=60, preexec_fn=limit)
            self.assertEqual((full.returncode, full.stderr),
                             (3, f"aloft run: cannot write {output}.partial: File too large; the results so far stand in {output}.partial; "
                                 "the same command goes on from there\n"))
            self.assertFalse(output.exists())
            again = subprocess.run(command, capture_output=True, text=True, env=CLEAN, timeout=60)
        self.assertEqual(again.returncode, 0, again.stderr)
        self.assertEqual(sorted(r["custom_id"] for r in self.results(output)), sorted(f"line-{i}" for i in range(1, 51)))

    def test_results_of_other_prompts_are_not_mixed_with(self):
        output = self.folder / "results.jsonl"
        with Sim(*FAST) as sim:
            self.run_prompts(sim.base_url, {"prompt": "x"}, {"prompt": "y"})
            before = output.read_bytes()
            other = ": another prompt, model or parameter; choose another -o, or remove that file\n"
            for objects, options, message in (
                (({"prompt": "x"}, {"prompt": "z"}), (), f'line 2 (custom_id "line-2") differs from what {output} has a result of' + other),
                (({"prompt": "x"}, {"prompt": "y"}), ("--model", "m"), f'line 1 (custom_id "line-1") differs from what {output} has a result of' + other),
                (({"prompt": "x"},), (), f"{output} has results of 1 prompts that {self.folder}/prompts.jsonl does not have; choose another -o, or remove that file\n"),
            ):
                result, _ = self.run_prompts(sim.base_url, *objects, options=options)
                self.assertEqual((result.returncode, result.stderr), (2, "aloft run: " + message))
                self.assertEqual(output.read_bytes(), before)
            again, _ = self.run_prompts(sim.base_url, {"prompt": "x"}, {"prompt": "y"})
        self.assertEqual((again.returncode, again.stderr), (0, f"{output} has all 2 results already\n"))

    def test_a_file_that_holds_no_results_is_left_alone(self):
        self.write("results.jsonl", "my diary\n")
        result, _ = aloft("run", self.prompts({"prompt": "x"}), "-o", self.folder / "results.jsonl"), None
        self.assertEqual((result.returncode, result.stderr), (3, f"aloft run: {self.folder}/results.jsonl is no file of aloft's results (see its line 1) and is left alone; choose another -o\n"))
        self.assertEqual((self.folder / "results.jsonl").read_text(), "my diary\n")

    def test_a_torn_last_line_is_repaired(self):
        objects = [{"prompt": f"p{i}"} for i in range(5)]
        output = self.folder / "results.jsonl"
        with Sim(*FAST) as sim:
            self.run_prompts(sim.base_url, *objects)
            whole = output.read_bytes()
            output.with_suffix(".jsonl.partial").write_bytes(whole[: len(whole) - 40])
            output.unlink()
            result, results = self.run_prompts(sim.base_url, *objects)
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertEqual(sorted(r["custom_id"] for r in results), [f"line-{i}" for i in range(1, 6)])
        self.assertIn("4 more had their results from an earlier run, 0 of them failures", result.stderr)

    def test_what_failed_is_sent_again_on_demand_and_only_that(self):
        objects = [{"prompt": f"p{i}"} for i in range(6)]
        with Sim(*FAST, "--fault", "requests 2-3: status 500") as sim:
            first, results = self.run_prompts(sim.base_url, *objects, options=("--max-in-flight", "1"))
            self.assertEqual((first.returncode, sum(r["error"] is not None for r in results)), (1, 2))
            again, results = self.run_prompts(sim.base_url, *objects, options=("--retry-failed",))
        self.assertEqual(again.returncode, 0, again.stderr)
        self.assertEqual(sorted(r["custom_id"] for r in results), [f"line-{i}" for i in range(1, 7)])
        self.assertIn("2 of 2 succeeded", again.stderr)

    def test_what_failed_is_sent_again_into_its_place_in_input_order(self):
        objects = [{"prompt": f"p{i}"} for i in range(6)]
        with Sim(*FAST, "--fault", "requests 2-3: status 500") as sim:
            self.run_prompts(sim.base_url, *objects, options=("--max-in-flight", "1"))
            again, results = self.run_prompts(sim.base_url, *objects, options=("--retry-failed", "--order", "input", "--fsync"))
        self.assertEqual(again.returncode, 0, again.stderr)
        self.assertEqual([r["custom_id"] for r in results], [f"line-{i}" for i in range(1, 7)])

    @unittest.skipUnless(shutil.which("strace"), "strace is not there")
    def test_each_result_is_on_the_disk_where_that_is_asked_for(self):
        calls, output = self.folder / "calls", self.folder / "r.jsonl"
        with Sim(*FAST) as sim:
            traced = subprocess.run(["strace", "-f", "-e", "trace=write,fdatasync,fsync,rename", "-o", calls, ALOFT, "run",
                                     self.prompts({"prompt": "x"}, {"prompt": "y"}), "-o", output, "--fsync", "-q", "--base-url", sim.base_url],
                                    capture_output=True, text=True, env=CLEAN, timeout=60)
        if traced.returncode != 0 and not output.exists():
            self.skipTest("strace may not trace here")
        made = re.findall(r"write(?=\(\d+, \"\{)|fdatasync|fsync|rename", calls.read_text())
        self.assertEqual(made, ["fsync", "write", "fdatasync", "write", "fdatasync", "fsync", "rename", "fsync"])

    def test_results_that_are_there_are_put_in_order(self):
        objects = [{"prompt": f"p{i}"} for i in range(4)]
        output = self.folder / "results.jsonl"
        with Sim(*FAST) as sim:
            self.run_prompts(sim.base_url, *objects, options=("--order", "input"))
            lines = output.read_bytes().splitlines(keepends=True)
            output.write_bytes(b"".join(reversed(lines)))
            again, _ = self.run_prompts(sim.base_url, *objects, options=("--order", "input"))
        self.assertEqual((again.returncode, output.read_bytes().splitlines(keepends=True)), (0, lines), again.stderr)

    def test_what_a_server_says_cannot_spoil_the_results(self):
        objects = [{"prompt": "x"}, {"prompt": "y"}]
        chinese = json.dumps({"error": {"message": "模型过载" * 60}}, ensure_ascii=False)
        for body in chinese.encode(), "é\x1b[2J".encode("latin-1"):
            for old in self.folder.glob("results*"):
                old.unlink()
            with self.subTest(body), Scripted(http(body, "500 No")) as server:
                first, results = self.run_prompts(server.base_url, *objects)
                self.assertEqual((first.returncode, len(results)), (1, 2))
                self.assertNotIn("\x1b", first.stderr)
                again, _ = self.run_prompts(server.base_url, *objects)
                self.assertEqual(again.stderr, f"{self.folder}/results.jsonl has all 2 results already, 2 of them failures; --retry-failed sends those again\n")

    def test_an_error_of_the_server_stands_in_the_response_as_openai_has_it(self):
        with Scripted(http('{"object":"error","message":"No, said the server","code":500}', "500 No")) as server:
            _, results = self.run_prompts(server.base_url, {"prompt": "x"})
        self.assertEqual(results[0]["response"], {"status_code": 500, "request_id": "", "body": {
            "error": {"message": "No, said the server", "type": "", "param": None, "code": "500"}}})

    @unittest.skipUnless(hasattr(os, "mkfifo"), "there are no named pipes")
    def test_a_named_pipe_is_opened_once(self):
        pipe, output = self.folder / "pipe", self.folder / "r.jsonl"
        os.mkfifo(pipe)
        with Sim(*FAST) as sim:
            for _ in range(2):
                running = subprocess.Popen([ALOFT, "run", pipe, "-o", output, "--base-url", sim.base_url], env=CLEAN, stderr=subprocess.PIPE, text=True)
                pipe.write_text('{"prompt":"x"}\n')
                said = running.communicate(timeout=60)[1]
                self.assertEqual((running.returncode, len(self.results(output))), (0, 1), said)

    def test_failures_go_to_a_file_of_their_own(self):
        with Sim(*FAST, "--fault", "request 2: status 500") as sim:
            result, results = self.run_prompts(sim.base_url, *({"prompt": f"p{i}"} for i in range(3)),
                                               options=("--errors", self.folder / "errors.jsonl", "--max-in-flight", "1"))
        self.assertEqual((result.returncode, len(results)), (1, 2))
        self.assertEqual([r["custom_id"] for r in self.results(self.folder / "errors.jsonl")], ["line-2"])

    def test_a_limit_may_be_raised_later(self):
        objects = [{"prompt": f"p{i}"} for i in range(5)]
        with Sim(*FAST) as sim:
            _, some = self.run_prompts(sim.base_url, *objects, options=("--limit", "2"))
            _, all_of_them = self.run_prompts(sim.base_url, *objects)
        self.assertEqual((len(some), len(all_of_them)), (2, 5))

    def test_two_runs_do_not_write_one_file(self):
        prompts, output = self.prompts({"prompt": "x"}), self.folder / "r.jsonl"
        with Sim("--first-token", "30s") as sim:
            first = subprocess.Popen([ALOFT, "run", prompts, "-o", output, "-q", "--base-url", sim.base_url], env=CLEAN, stderr=subprocess.DEVNULL)
            while not (self.folder / "r.jsonl.partial").exists():
                time.sleep(0.01)
            second = aloft("run", prompts, "-o", output, "--base-url", sim.base_url)
            first.kill()
            first.wait(60)
        self.assertEqual((second.returncode, second.stderr), (3, f"aloft run: {output}.partial is being written by another run\n"))


class Signals(RunTest):
    def start(self, sim, count, *options):
        self.output, self.partial = self.folder / "r.jsonl", self.folder / "r.jsonl.partial"
        self.command = [ALOFT, "run", self.prompts(*({"prompt": f"p{i}"} for i in range(count))), "-o", self.output,
                        "--base-url", sim.base_url, *options]
        running = subprocess.Popen([*self.command, "--max-in-flight", "10"], env=CLEAN, stderr=subprocess.PIPE, text=True)
        self.addCleanup(running.stderr.close)
        return running

    def wait_for_results(self, running, count):
        while not self.partial.exists() or self.partial.read_bytes().count(b"\n") < count:
            self.assertIsNone(running.poll())
            time.sleep(0.01)

    def test_an_interrupt_finishes_what_is_in_flight_and_the_next_run_goes_on(self):
        with Sim("--first-token", "50ms", "--gap", "1ms", "--tokens", "5") as sim:
            running = self.start(sim, 3000)
            self.wait_for_results(running, 1)
            running.send_signal(signal.SIGUSR1)
            wait_for(running, r"\d+ connections, \d+ request bodies of \d\.\d MiB, \d+ MiB resident")
            running.send_signal(signal.SIGINT)
            said = running.stderr.read()
            self.assertEqual(running.wait(60), 130, said)
            self.assertRegex(said, r"finishing the \d+ requests in flight; once more stops at once")
            self.assertIn(f"aloft run: interrupted; the results so far stand in {self.partial}; the same command goes on from there", said)
            self.assertNotIn("have no result yet", said)
            self.assertFalse(self.output.exists())
            done = len(self.results(self.partial))
            again = subprocess.run(self.command, env=CLEAN, capture_output=True, text=True, timeout=60)
        self.assertEqual(again.returncode, 0, again.stderr)
        self.assertIn(f"{done} more had their results from an earlier run", again.stderr)
        self.assertEqual(sorted(r["custom_id"] for r in self.results(self.output)), sorted(f"line-{i}" for i in range(1, 3001)))

    def test_a_second_interrupt_stops_at_once_and_the_next_run_goes_on(self):
        with Sim(*FAST, "--fault", "requests 6-10: stall") as sim:
            running = self.start(sim, 10)
            self.wait_for_results(running, 5)
            running.send_signal(signal.SIGINT)
            wait_for(running, "finishing the 5 requests in flight; once more stops at once")
            running.send_signal(signal.SIGINT)
            said = running.stderr.read()
            self.assertEqual(running.wait(60), 130, said)
            self.assertIn("5 more were in flight and have no result yet", said)
            again = subprocess.run(self.command, env=CLEAN, capture_output=True, text=True, timeout=60)
        self.assertEqual(again.returncode, 0, again.stderr)
        self.assertIn("5 of 5 succeeded", again.stderr)
        self.assertEqual(len(self.results(self.output)), 10)

    def test_a_killed_run_in_input_order_keeps_what_was_answered(self):
        with Sim(*FAST, "--fault", "request 1: stall") as sim:
            running = self.start(sim, 8, "--order", "input")
            self.wait_for_results(running, 7)
            running.kill()
            running.wait()
            again = subprocess.run(self.command, env=CLEAN, capture_output=True, text=True, timeout=60)
        self.assertIn("1 of 1 succeeded", again.stderr)
        self.assertEqual([r["custom_id"] for r in self.results(self.output)], [f"line-{i}" for i in range(1, 9)])
        self.assertFalse(self.partial.exists())

    def test_progress_is_plain_lines_where_there_is_no_terminal(self):
        with Sim("--first-token", "1ms", "--fault", "request 2: stall") as sim:
            running = self.start(sim, 2)
            said = wait_for(running, r"^1 done, 0 failed, 1 in flight, \d+\.\d/s, \d+ tokens/s, 50 %, \d:\d\d left$")
            running.kill()
            running.wait()
        self.assertNotIn("\r", said)


class Retries(RunTest):
    def test_a_busy_server_is_asked_again_and_the_summary_says_how_often(self):
        with Sim(*FAST, "--fault", "requests 1-2: status 503", "--fault", "request 3: status 429 retry-after 0") as sim:
            result, results = self.run_prompts(sim.base_url, {"prompt": "a"}, {"prompt": "b"}, options=("--retries", "8", "--max-in-flight", "1"))
        self.assertEqual((result.returncode, [r["error"] for r in results]), (0, [None, None]), result.stderr)
        self.assertIn("2 of 2 succeeded", result.stderr)
        self.assertIn("  3 more attempts than requests\n", result.stderr)

    def test_the_json_summary_counts_retries(self):
        with Sim(*FAST, "--fault", "request 1: error sglang code 503") as sim:
            result, _ = self.run_prompts(sim.base_url, {"prompt": "a"}, options=("--retries", "2", "--json"))
        self.assertEqual(json.loads(result.stdout)["retries"], 1, result.stderr)

    def test_a_server_that_stays_busy_fails_the_prompt_and_says_what_was_tried(self):
        with Sim(*FAST, "--fault", "always: status 503") as sim:
            result, results = self.run_prompts(sim.base_url, {"prompt": "a"}, options=("--retries", "2"))
        self.assertEqual(result.returncode, 1)
        self.assertRegex(results[0]["error"]["message"], r"; 3 attempts, \d+ ms between them; not tried again: that was the last of 2 retries\)")

    def test_no_attempt_begins_after_the_window(self):
        with Sim(*FAST, "--fault", "always: status 503") as sim:
            began = time.monotonic()
            _, results = self.run_prompts(sim.base_url, {"prompt": "a"}, options=("--retries", "100", "--retry-window", "2"))
            self.assertLess(time.monotonic() - began, 10)
        self.assertIn("not tried again: the time for retries, 2 s, is over", results[0]["error"]["message"])

    def test_what_would_fail_again_is_sent_once(self):
        with Sim(*FAST, "--fault", "request 1: status 400", "--fault", "request 2: error vllm code 400") as sim:
            result, results = self.run_prompts(sim.base_url, {"prompt": "a"}, {"prompt": "b"}, options=("--retries", "8", "--max-in-flight", "1"))
        self.assertEqual((result.returncode, sum(r["error"] is not None for r in results)), (1, 2), result.stderr)
        self.assertNotIn("attempts", result.stderr)


class Servers(RunTest):
    def free_port(self):
        with socket.create_server(("127.0.0.1", 0)) as taken:
            return taken.getsockname()[1]

    def stopped(self, base_url, options=()):
        return self.refused(base_url, options, code=4).partition("\naloft run: stopped; ")[0]

    def test_a_base_url_without_scheme_is_refused(self):
        self.assertEqual(self.refused("localhost:8000/v1"), 'aloft run: base URL "localhost:8000/v1": it should look like http://localhost:8000/v1\n')

    def test_a_key_that_no_header_can_carry_is_refused(self):
        self.assertEqual(self.refused("http://x/v1", ("--api-key", "a\nb")), "aloft run: --api-key holds a line break or another control character\n")

    def test_a_ca_file_that_is_missing_or_empty_is_named(self):
        self.assertEqual(self.refused("https://x/v1", ("--cacert", "gone.pem")), "aloft run: cannot read the authorities in gone.pem: No such file or directory\n")
        empty = self.write("empty.pem", "")
        self.assertEqual(self.refused("https://x/v1", ("--cacert", empty)), f"aloft run: cannot read the authorities in {empty}: no certificate or crl found\n")

    def test_a_server_that_is_not_there_stops_the_run(self):
        port = self.free_port()
        self.assertEqual(self.stopped(f"http://127.0.0.1:{port}/v1"),
                         f"aloft run: http://127.0.0.1:{port}: could not connect: 127.0.0.1:{port}: Connection refused "
                         "(while connecting; the request was not sent) - is the server running, and the port right?")

    def test_an_unknown_host_stops_the_run(self):
        said = self.stopped("http://nobody.invalid/v1")
        self.assertRegex(said, r"^aloft run: http://nobody\.invalid: .*nobody\.invalid.* \(while resolving the host name; the request was not sent\) - check the host name in the URL$")

    def test_a_server_that_comes_back_is_waited_for(self):
        port = self.free_port()
        objects = [{"prompt": f"p{i}"} for i in range(200)]
        output = self.folder / "r.jsonl"
        options = ("--listen", f"127.0.0.1:{port}", "--first-token", "30ms", "--gap", "1ms", "--tokens", "4")
        def serve():
            started = subprocess.Popen([ALOFT, "sim", *options], stdout=subprocess.PIPE, text=True, env=CLEAN)
            started.stdout.readline()
            self.addCleanup(started.stdout.close)
            return started
        server = serve()
        running = subprocess.Popen([ALOFT, "run", self.prompts(*objects), "-o", output, "--base-url", f"http://127.0.0.1:{port}/v1",
                                    "--max-in-flight", "2", "--retries", "1"], env=CLEAN, stderr=subprocess.PIPE, text=True)
        self.addCleanup(running.stderr.close)
        while not (self.folder / "r.jsonl.partial").exists() or (self.folder / "r.jsonl.partial").read_bytes().count(b"\n") < 4:
            time.sleep(0.01)
        server.kill()
        server.wait()
        said = wait_for(running, "trying again for 300 s")
        server = serve()
        said += running.stderr.read()
        running.wait(60)
        server.kill()
        server.wait()
        results = self.results(output)
        self.assertEqual(sorted(r["custom_id"] for r in results), sorted(f"line-{i}" for i in range(1, 201)), said)
        # A dying server's kernel may still have taken requests, which may have been processed; none that never left fails.
        for result in results:
            if result["error"]:
                self.assertRegex(result["error"]["message"], "the server may have processed it|part of the response was received")

    def test_a_server_that_stays_away_ends_the_run_and_the_next_one_goes_on(self):
        port, output = self.free_port(), self.folder / "r.jsonl"
        command = ["run", self.prompts(*({"prompt": f"p{i}"} for i in range(5))), "-o", output, "--base-url", f"http://127.0.0.1:{port}/v1",
                   "--max-in-flight", "1", "--max-outage", "1", "--retries", "0"]
        with Sim(*FAST, "--listen", f"127.0.0.1:{port}", "--fault", "request 2: stall"):
            running = subprocess.Popen([ALOFT, *map(str, command)], env=CLEAN, stderr=subprocess.PIPE, text=True)
            self.addCleanup(running.stderr.close)
            while not (self.folder / "r.jsonl.partial").exists() or not (self.folder / "r.jsonl.partial").read_bytes():
                time.sleep(0.01)
        said = running.stderr.read()
        self.assertEqual(running.wait(60), 4, said)
        self.assertIn("- is the server running, and the port right?\naloft run: stopped; the results so far stand in ", said)
        with Sim(*FAST, "--listen", f"127.0.0.1:{port}"):
            again = aloft(*command, "--retry-failed")
        self.assertEqual((again.returncode, len(self.results(output))), (0, 5), again.stderr)

    def test_a_server_that_speaks_no_http_is_quoted(self):
        with Scripted(b"SSH-2.0-OpenSSH_9.2\r\n") as server:
            self.assertEqual(self.message_of(server.base_url),
                             f"http://127.0.0.1:{server.port}: the server broke the protocol: not HTTP: \"SSH-2.0-OpenSSH_9.2\\x0d\\x0a\" "
                             "(while waiting for the response; the server may have processed it) - is this an HTTP server, and is https:// or --http2-prior-knowledge right?")

    def test_html_where_a_stream_was_asked_for(self):
        with Scripted(http("<html><title>Welcome</title></html>", kind="text/html")) as server:
            self.assertEqual(self.message_of(server.base_url),
                             f"http://127.0.0.1:{server.port}: the server answered with content of another kind: text/html where text/event-stream was asked for "
                             "(while reading the response; part of the response was received): <html><title>Welcome</title></html> "
                             "- is the URL that of an OpenAI-compatible API, such as http://host:8000/v1?")

    def test_json_where_a_stream_was_asked_for(self):
        with Scripted(http('{"object":"chat.completion"}')) as server:
            self.assertIn("the server answered with content of another kind: application/json where text/event-stream was asked for", self.message_of(server.base_url))

    def test_statuses_say_what_the_server_said_and_what_to_do(self):
        for status, advice in ((401, " - check --api-key"), (404, " - check --base-url and --model"),
                               (429, " - lower --max-in-flight, or try again later"), (500, "")):
            for old in self.folder.glob("results*"):
                old.unlink()
            with self.subTest(status), Scripted(http('{"error":{"message":"No, said the server"}}', f"{status} Reason")) as server:
                self.assertEqual(self.message_of(server.base_url),
                                 f"http://127.0.0.1:{server.port}: the server answered with an error status: status {status} "
                                 f"(while reading the response; part of the response was received): No, said the server{advice}")

    def test_a_request_that_takes_too_long_is_given_up(self):
        with Sim("--first-token", "30s") as sim:
            self.assertEqual(self.message_of(sim.base_url, ("--max-time", "0.2")).partition(" (while")[0],
                             sim.base_url.removesuffix("/v1") + ": the request took too long (total deadline)")

    def test_what_other_endpoints_answer_amiss_is_explained(self):
        for answer, message in (
            (http('{"error":{"message":"No"}}', "500 No"),
             "the server answered with an error status: status 500 (while reading the response; part of the response was received): No"),
            (http("<html>Hello</html>", kind="text/html"),
             "the server answered with content of another kind: text/html where application/json was asked for (while reading the response; "
             "part of the response was received): <html>Hello</html> - is the URL that of an OpenAI-compatible API, such as http://host:8000/v1?"),
        ):
            for old in self.folder.glob("results*"):
                old.unlink()
            with self.subTest(message), Scripted(answer) as server:
                _, results = self.run_prompts(server.base_url, {"custom_id": "e", "url": "/v1/embeddings", "body": {}})
                self.assertEqual(results[0]["error"]["message"], f"http://127.0.0.1:{server.port}: {message}")

    def test_a_server_that_answers_all_alike_with_401_stops_the_run(self):
        with Sim(*FAST, "--api-key", "right") as sim:
            output = self.folder / "results.jsonl"
            result = aloft("run", self.prompts(*({"prompt": f"p{i}"} for i in range(500))), "-o", output, "--base-url", sim.base_url,
                           "--max-in-flight", "5")
        self.assertEqual(result.returncode, 4)
        self.assertIn("aloft run: the first 20 requests failed alike: ", result.stderr)
        self.assertIn(" - check --api-key\n", result.stderr)
        self.assertFalse(output.exists())

    def test_events_that_cannot_be_read_are_named(self):
        long = '{"choices":[{"index":0,"delta":{"content":"' + "x" * (17 << 20) + '"}}]}'
        for answer, message in (
            (events(CHUNK, "{nonsense"), 'an event is not a valid chunk: it is not JSON: "{nonsense" ('),
            (events(CHUNK, b'{"choices":[{"index":0,"delta":{"content":"\xff"}}]}'), "an event is not a valid chunk: it is not UTF-8: "),
            (events(long), "an event is larger than allowed (event)"),
            (events(CHUNK), "the stream ended without finish reason and without [DONE]"),
            (events(CHUNK, "[DONE]")[:-20].replace(b"HTTP/1.1 200 OK", b"HTTP/1.1 200 OK"), "the body ended before its announced length"),
        ):
            for old in self.folder.glob("results*"):
                old.unlink()
            with self.subTest(message), Scripted(answer) as server:
                said = self.message_of(server.base_url)
                self.assertTrue(said.startswith(f"http://127.0.0.1:{server.port}: {message}"), said)


@unittest.skipUnless(shutil.which("openssl"), "openssl is not there")
class Certificates(RunTest):
    def certificate(self, name, days=1):
        """Wraps connections in TLS with a certificate for this name."""
        self.write("names", f"subjectAltName={name}")
        for command in (["req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-subj", "/CN=test",
                         "-keyout", "key.pem", "-out", "asked.pem"],
                        ["x509", "-req", "-in", "asked.pem", "-signkey", "key.pem", "-days", str(days), "-extfile", "names", "-out", "cert.pem"]):
            subprocess.run(["openssl", *command], cwd=self.folder, check=True, capture_output=True)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.folder / "cert.pem", self.folder / "key.pem")
        return lambda connection: context.wrap_socket(connection, server_side=True)

    def said(self, wrap, *options):
        with Scripted(events(CHUNK, "[DONE]"), wrap) as server:
            result, _ = self.run_prompts(f"https://127.0.0.1:{server.port}/v1", {"prompt": "x"}, options=("-q", *options))
            self.assertEqual(result.returncode, 4, result.stderr)
            return result.stderr.partition("\n")[0].replace(str(server.port), "PORT")

    ENDING = r" \(while negotiating TLS; the request was not sent\)"

    def test_a_certificate_nobody_vouches_for(self):
        self.assertRegex(self.said(self.certificate("IP:127.0.0.1")),
                         r"^aloft run: https://127\.0\.0\.1:PORT: the server's certificate was not accepted: .*self-signed.*" + self.ENDING + " - --cacert FILE trusts the authority that issued it$")

    def test_a_certificate_of_another_host(self):
        self.assertRegex(self.said(self.certificate("DNS:elsewhere"), "--cacert", self.folder / "cert.pem"),
                         r"^aloft run: https://127\.0\.0\.1:PORT: the server's certificate was not accepted: .*127\.0\.0\.1.*" + self.ENDING + "$")

    def test_an_expired_certificate(self):
        wrap = self.certificate("IP:127.0.0.1", days=-1)
        self.assertRegex(self.said(wrap, "--cacert", self.folder / "cert.pem"),
                         r"^aloft run: https://127\.0\.0\.1:PORT: the server's certificate was not accepted: .*expired.*" + self.ENDING + "$")

    def test_http_to_a_port_that_speaks_tls(self):
        with Scripted(b"", self.certificate("IP:127.0.0.1")) as server:
            self.assertRegex(self.message_of(f"http://127.0.0.1:{server.port}/v1"), r" - does the server want https:// instead\?$")


if __name__ == "__main__":
    main()
