"""aloft bench: what it measures of the simulator, whose timing is known, and what it writes."""

import base64
import csv
import json
import signal
import struct
import subprocess
import time
import zlib
from html.parser import HTMLParser

from program import ALOFT, CLEAN, ProgramTest, Scripted, Sim, aloft, main

# First content after 40 ms, then a token each 10 ms.
STEADY = ("--first-token", "40ms", "--gap", "10ms", "--tokens", "11", "--seed", "3")
H2 = "--http2-prior-knowledge"


class BenchTest(ProgramTest):
    def bench(self, sim, *options, code=0, check=False):
        result = aloft("bench", "--base-url", sim.base_url, *([] if check else ["--no-self-check"]), "-q",
                       "--input-len", "16", "--json", *options)
        self.assertEqual(result.returncode, code, result.stderr + result.stdout)
        self.said = result.stderr
        return json.loads(result.stdout)

    def refused(self, *options):
        result = aloft("bench", "--base-url", "http://127.0.0.1:1/v1", "--no-self-check", *options)
        self.assertEqual((result.returncode, result.stdout), (2, ""), result.stderr)
        return result.stderr


class Measures(BenchTest):
    def test_the_times_are_those_of_the_server(self):
        with Sim(*STEADY) as sim:
            for options in ((), (H2,)):
                got = self.bench(sim, *options, "-n", "60", "--warm-up", "10", "--max-in-flight", "10")
                self.assertEqual((got["completed"], got["failed"], got["num_prompts"], got["warm_up_requests"]), (50, 0, 50, 10))
                # A busy machine makes them longer, nothing makes them shorter.
                for key, least, most in (("median_service_ttft_ms", 38, 80), ("mean_itl_ms", 5, 20), ("mean_tpot_ms", 5, 20),
                                         ("median_service_e2el_ms", 135, 220)):
                    self.assertTrue(least < got[key] < most, (key, got[key]))
                self.assertEqual(got["total_output_tokens"], 50 * 11)
                self.assertLessEqual(got["mean_ttfb_ms"], got["mean_first_event_ms"])
                self.assertLessEqual(got["mean_first_event_ms"], got["mean_ttft_ms"])
                self.assertLessEqual(got["mean_ttft_ms"], got["mean_action_ms"])
                self.assertEqual(got["max_concurrent_requests"], 10)

    def test_a_late_server_is_charged_for_its_lateness(self):
        with Sim(*STEADY) as sim:  # 100 ms and more each, one at a time: far less than the rate
            got = self.bench(sim, H2, "--arrival", "constant:40", "-n", "40", "--max-in-flight", "1")
        self.assertLess(got["p99_service_ttft_ms"], 1000)
        self.assertGreater(got["p99_ttft_ms"], 2000)
        self.assertGreater(got["p99_waited_for_connection_ms"], 2000)
        self.assertIn("waited", " ".join(got["warnings"]))

    def test_an_open_loop_keeps_its_rate_and_its_distances(self):
        records = self.folder / "records.jsonl"
        with Sim(*STEADY) as sim:
            got = self.bench(sim, H2, "--arrival", "constant:50", "--duration", "2", "--records", records)
        self.assertEqual(got["completed"], 100)
        self.assertEqual(got["request_rate"], 50)
        lines = sorted((json.loads(line) for line in records.read_text().splitlines()), key=lambda r: r["number"])
        self.assertEqual([round(line["intended_ms"]) for line in lines], [i * 20 for i in range(100)])
        for line in lines:
            self.assertGreaterEqual(line["queued_ms"], line["intended_ms"])
            self.assertLessEqual(line["sent_ms"], line["head_ms"])
            self.assertLessEqual(line["first_event_ms"], line["first_content_ms"])
            self.assertLessEqual(line["last_content_ms"], line["ended_ms"])

    def test_failures_are_counted_by_kind(self):
        with Sim(*STEADY, "--fault", "every 5: status 503") as sim:
            got = self.bench(sim, H2, "-n", "19", "--max-in-flight", "4", code=1)  # and the trial before them
        self.assertEqual((got["completed"], got["failed"]), (15, 4))
        self.assertEqual([(kind["count"], "(503)" in kind["kind"]) for kind in got["errors_by_kind"]], [(4, True)])

    def test_good_requests_keep_the_objectives(self):
        with Sim(*STEADY) as sim:
            got = self.bench(sim, H2, "-n", "20", "--goodput", "ttft:2000", "--goodput", "e2el:5000")
            self.assertEqual(got["good"], 20)
            self.assertEqual(got["request_goodput"], got["request_throughput"])
            got = self.bench(sim, H2, "-n", "20", "--goodput", "ttft:2000,e2el:50")
            self.assertEqual((got["good"], got["request_goodput"]), (0, 0))

    def test_several_processes_share_one_plan(self):
        records = self.folder / "records.jsonl"
        with Sim(*STEADY) as sim:
            got = self.bench(sim, H2, "--arrival", "poisson:100", "-n", "100", "--processes", "3", "--records", records)
            alone = self.folder / "alone.jsonl"
            self.bench(sim, H2, "--arrival", "poisson:100", "-n", "100", "--records", alone)
            closed = self.bench(sim, H2, "-n", "50", "--max-in-flight", "7", "--processes", "3")
        self.assertEqual((got["completed"], got["client"]["processes"]), (100, 3))
        due = [sorted(json.loads(line)["intended_ms"] for line in path.read_text().splitlines()) for path in (records, alone)]
        self.assertEqual(*due)
        self.assertEqual(got["count_itl"], 1000)
        self.assertEqual((closed["completed"], closed["max_concurrent_requests"]), (50, 7))

    def test_a_trace_is_replayed(self):
        trace = self.write("trace.jsonl", '{"timestamp":0,"output_length":3}\n{"timestamp":300}\n{"timestamp":900}\n')
        records = self.folder / "records.jsonl"
        with Sim(*STEADY) as sim:
            self.bench(sim, H2, "--arrival", f"trace:{trace}", "--speed", "3", "--records", records)
        lines = [json.loads(line) for line in records.read_text().splitlines()]
        self.assertEqual(sorted(line["intended_ms"] for line in lines), [0, 100, 300])
        self.assertEqual(min(line["output_tokens"] for line in lines), 3)

    def test_prompts_of_a_file_are_asked_over_and_over_and_images_are_sent(self):
        prompts = self.write("prompts.jsonl", '{"prompt":"a"}\n{"prompt":"b"}\n')
        with Sim(*STEADY) as sim:
            got = self.bench(sim, "--prompts", prompts, "-n", "5")
            self.assertEqual((got["completed"], got["prompts"]), (5, f"2 prompts of {prompts}"))
            got = self.bench(sim, "--images", "2", "--image-size", "108x240", "-n", "3")
            self.assertEqual(got["completed"], 3)
            self.assertIn("2 images of 108x240", got["prompts"])

    def test_synthetic_requests_are_what_was_asked_for(self):
        with Scripted(b"HTTP/1.1 500 No\r\ncontent-length: 0\r\n\r\n") as server:  # the trial fails, and was seen
            result = aloft("bench", "--base-url", server.base_url, "--no-self-check", "--images", "1", "--image-size", "64x200",
                           "--input-len", "9", "--output-len", "33", "--ignore-eos", "--extra", "temperature=0.5")
            self.assertEqual(result.returncode, 1)
            body = json.loads(server.seen[0].partition(b"\r\n\r\n")[2])
        self.assertEqual((body["max_tokens"], body["ignore_eos"], body["temperature"], body["stream"], body["stream_options"]),
                         (33, True, 0.5, True, {"include_usage": True}))
        picture, text = body["messages"][0]["content"]
        self.assertEqual(len(text["text"].split()), 9)
        png = base64.b64decode(picture["image_url"]["url"].removeprefix("data:image/png;base64,"))
        self.assertEqual(png[:8], b"\x89PNG\r\n\x1a\n")
        chunks, at = {}, 8
        while at < len(png):
            size, kind = struct.unpack(">I4s", png[at:at + 8])
            chunks[kind] = png[at + 8:at + 8 + size]
            self.assertEqual(struct.unpack(">I", png[at + 8 + size:at + 12 + size])[0], zlib.crc32(png[at + 4:at + 8 + size]))
            at += 12 + size
        self.assertEqual(struct.unpack(">II", chunks[b"IHDR"][:8]), (64, 200))
        self.assertEqual(len(zlib.decompress(chunks[b"IDAT"])), (64 * 3 + 1) * 200)
        self.assertIn(b"IEND", chunks)


class Reports(BenchTest):
    def test_the_json_has_the_keys_of_vllm(self):
        with Sim(*STEADY) as sim:
            got = self.bench(sim, H2, "-n", "5")
        for key in ("date", "backend", "endpoint_type", "model_id", "tokenizer_id", "num_prompts", "request_rate", "burstiness",
                    "max_concurrency", "duration", "completed", "failed", "total_input_tokens", "total_output_tokens",
                    "request_throughput", "request_goodput", "output_throughput", "total_token_throughput",
                    "max_output_tokens_per_s", "max_concurrent_requests"):
            self.assertIn(key, got)
        for key in ("ttft", "tpot", "itl", "e2el"):
            for figure in ("mean", "median", "std", "p99"):
                self.assertGreaterEqual(got[f"{figure}_{key}_ms"], 0)
        self.assertEqual((got["request_rate"], got["max_concurrency"], got["schema_version"]), ("inf", 64, 1))

    def test_the_csv_has_a_line_a_measure(self):
        path = self.folder / "out.csv"
        with Sim(*STEADY) as sim:
            self.bench(sim, H2, "-n", "5", "--csv", path)
        rows = list(csv.DictReader(path.read_text().splitlines()))
        self.assertIn(("ttft", "intended", "5"), [(r["measure"], r["counted_from"], r["count"]) for r in rows])
        self.assertIn(("ttft", "sent"), [(r["measure"], r["counted_from"]) for r in rows])
        self.assertEqual([r["count"] for r in rows if r["measure"] == "itl"], ["50"])

    def test_the_table_names_both_schools_of_time_to_first_token(self):
        with Sim(*STEADY) as sim:
            result = aloft("bench", "--base-url", sim.base_url, "--no-self-check", "-q", "-n", "20", H2)
        self.assertEqual((result.returncode, result.stderr), (0, ""))
        self.assertIn("first event (vLLM's TTFT)", result.stdout)
        self.assertIn("first content (TTFT)", result.stdout)
        self.assertRegex(result.stdout, r"20 of 20 succeeded in \d")

    def test_it_tells_its_own_error_before_the_run(self):
        with Sim(*STEADY) as sim:
            got = self.bench(sim, H2, "-n", "5", "--max-in-flight", "4", check=True)
            said = aloft("bench", "--base-url", sim.base_url, "-n", "5", "--max-in-flight", "4", H2).stderr
        self.assertLess(abs(got["client"]["own_error"]["mean_ttft_ms"]), 500)
        self.assertIn("own error against a simulator, 4 streams at most", said)


    def test_the_page_needs_nothing_else(self):
        path = self.folder / "out.html"
        with Sim(*STEADY) as sim:
            self.bench(sim, H2, "-n", "20", "--max-in-flight", "5", "--goodput", "ttft:1000", "--html", path)
        page = path.read_text()
        self.assertGreaterEqual(page.count("<svg"), 6)
        self.assertNotIn("over time", page)  # a run of less than two seconds
        self.assertNotRegex(page, r"<script|<link|<img|@import|url\(|src=")
        self.assertNotRegex(page, r"\bnan\b|\binf\b")
        for title in ("Time to first content", "Between tokens", "In flight", "Arrivals and completions"):
            self.assertIn(f"<h2>{title}</h2>", page)
        HTMLParser().feed(page)

    def test_each_request_is_told_where_that_is_wanted(self):
        for processes in ("1", "2"):
            with Sim(*STEADY) as sim:
                got = self.bench(sim, H2, "-n", "12", "--warm-up", "4", "--max-in-flight", "4", "--save-detailed",
                                 "--processes", processes)
            self.assertEqual(got["output_lens"], [11] * 8)
            self.assertEqual(got["errors"], [""] * 8)
            self.assertTrue(all(0.038 < first < 0.5 for first in got["ttfts"]), got["ttfts"])
            self.assertEqual([len(gaps) for gaps in got["itls"]], [10] * 8)
            self.assertTrue(all(0.09 < sum(gaps) < 0.5 for gaps in got["itls"]), got["itls"])
        self.assertIn("-o FILE", self.refused("--save-detailed"))

    def test_the_numbers_are_written_without_exponents(self):
        path = self.folder / "out.json"
        with Sim(*STEADY) as sim:
            self.bench(sim, H2, "-n", "5", "-o", path)
        self.assertNotRegex(path.read_text(), r"\d[eE][-+]?\d")

    def test_two_runs_are_compared(self):
        files = [self.folder / name for name in ("a.json", "b.json")]
        for path, first in zip(files, ("10ms", "900ms")):
            with Sim("--first-token", first, "--gap", "1ms", "--tokens", "5") as sim:
                self.bench(sim, H2, "-n", "40", "-o", path)
        result = aloft("bench", "compare", *files)
        self.assertEqual((result.returncode, result.stderr), (0, ""))
        self.assertRegex(result.stdout, r"first content \(TTFT\), mean ms .* worse +p < ")
        result = aloft("bench", "compare", files[0], self.write("c.json", "{}"))
        self.assertEqual((result.returncode, result.stdout), (2, ""))
        self.assertIn("c.json is not the JSON of a benchmark run", result.stderr)


class Sweeps(BenchTest):
    def test_the_highest_rate_within_the_objectives_is_found(self):
        page = self.folder / "sweep.html"
        with Sim("--first-token", "20ms", "--gap", "0ms", "--tokens", "2") as sim:  # one at a time: 50 a second at the most
            got = self.bench(sim, H2, "--sweep", "2,400", "--arrival", "constant:1", "--max-in-flight", "1", "--duration", "2",
                             "--goodput", "ttft:250", "--goodput-share", "90", "--html", page)
        rates = [step["request_rate"] for step in got["sweep"]]
        self.assertEqual(rates[:3], [2, 4, 8])
        kept = max(step["request_rate"] for step in got["sweep"] if step["kept"])
        missed = min(step["request_rate"] for step in got["sweep"] if not step["kept"])
        self.assertTrue(8 <= kept < missed <= kept * 1.06, got["sweep"])
        self.assertLess(missed, 100)
        self.assertEqual(got["request_rate"], kept)
        self.assertIn("<h2>Sweep: goodput</h2>", page.read_text())

    def test_a_lowest_rate_that_misses_them_is_told(self):
        with Sim(*STEADY) as sim:
            self.bench(sim, H2, "--sweep", "10,20", "--duration", "1", "--goodput", "ttft:1", code=1)
        self.assertIn("even 10 requests/s missed the objectives", self.said)


class Ends(BenchTest):
    def test_a_server_that_is_not_there_is_told_before_the_load(self):
        result = aloft("bench", "--base-url", "http://127.0.0.1:1/v1", "--no-self-check")
        self.assertEqual((result.returncode, result.stdout), (1, ""))
        self.assertIn("is the server running", result.stderr)

    def test_a_signal_begins_no_more_and_reports_what_there_is(self):
        for processes in ("1", "2"):
            with Sim(*STEADY) as sim:
                running = subprocess.Popen([ALOFT, "bench", "--base-url", sim.base_url, "--no-self-check", "-q", "--json", H2,
                                            "--duration", "60", "--max-in-flight", "4", "--processes", processes],
                                           stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=CLEAN)
                time.sleep(1.5)
                running.send_signal(signal.SIGINT)
                out, _ = running.communicate(timeout=30)
            self.assertEqual(running.returncode, 130)
            got = json.loads(out)
            self.assertGreater(got["completed"], 0)
            self.assertTrue(got["interrupted"])
            self.assertEqual(got["unfinished"], 0)

    def test_a_file_that_cannot_be_written_is_an_error(self):
        with Sim(*STEADY) as sim:
            self.bench(sim, H2, "-n", "2", "-o", "/nowhere/out.json", code=3)
        self.assertIn("/nowhere/out.json", self.said)

    def test_what_cannot_be_is_refused_with_what_can(self):
        self.assertIn("constant wants a rate, such as constant:50", self.refused("--arrival", "constant:x"))
        self.assertIn("--warm-up is the whole run", self.refused("-n", "5", "--warm-up", "5"))
        self.assertIn("--warm-up wants requests, such as 100, or seconds", self.refused("--warm-up", "long"))
        self.assertIn("--goodput wants MEASURE:MILLISECONDS", self.refused("--goodput", "fast"))
        self.assertIn("--input-len wants tokens", self.refused("--input-len", "many"))
        self.assertIn("--image-size wants pixels", self.refused("--image-size", "big"))
        self.assertIn("--burstiness needs a rate", self.refused("--burstiness", "2"))
        self.assertIn("--percentiles wants numbers", self.refused("--percentiles", "101"))
        self.assertIn("--sweep wants two rates", self.refused("--sweep", "5", "--goodput", "ttft:1"))
        self.assertIn("--sweep needs to know from --goodput", self.refused("--sweep", "5,10"))
        self.assertIn("--sweep has rates of its own", self.refused("--sweep", "5,10", "--rate", "5", "--goodput", "ttft:1"))
        self.assertIn("--extra wants NAME=JSON", self.refused("--extra", "temperature"))
        self.assertIn("--extra wants NAME=JSON", self.refused("--extra", "temperature=warm"))


if __name__ == "__main__":
    main()
