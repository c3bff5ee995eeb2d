"""A run that is killed again and again, against a server that fails, still has each result exactly once.

usage: survives_kills.py [LINES [KILLS]]
"""

import json
import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter

from program import ALOFT, CLEAN, ProgramTest, Sim, main

LINES = int(sys.argv.pop(1)) if len(sys.argv) > 1 else 3000
KILLS = int(sys.argv.pop(1)) if len(sys.argv) > 1 else 6
FAULTS = ("probability 0.01: status 503", "probability 0.01: reset after 2", "probability 0.005: cut after 1",
          "probability 0.005: truncate after 3", "probability 0.01: refuse", "probability 0.002: goaway")


LINE_BYTES = 450  # of a result, about


class Kills(ProgramTest):
    def size(self, path):
        return path.stat().st_size if path.exists() else 0

    def lines(self, path):
        return [json.loads(line) for line in path.read_text().splitlines()]

    def test_each_result_is_there_once(self):
        seed = int(os.environ.get("SEED", random.randrange(1 << 30)))
        chance = random.Random(seed)
        prompts = self.write("prompts.jsonl", "".join(
            json.dumps({"custom_id": f"p{i}", "prompt": f"Open app number {i}"}) + "\n" for i in range(LINES)))
        output, partial = self.folder / "results.jsonl", self.folder / "results.jsonl.partial"
        faults = [option for rule in FAULTS for option in ("--fault", rule)]
        with Sim("--first-token", "exponential:20ms", "--gap", "1ms", "--tokens", "3-9", "--seed", str(seed), *faults) as sim:
            command = ["run", prompts, "-o", output, "--base-url", sim.base_url, "--max-in-flight", "200", "-q"]
            killed, before = 0, set()
            while killed < KILLS and not output.exists():
                running = subprocess.Popen([ALOFT, *map(str, command)], env=CLEAN, stderr=subprocess.DEVNULL)
                # At a random moment of its progress, so that a slow machine sees the same kills.
                enough = self.size(partial) + chance.uniform(0, 2) * LINES / (KILLS + 1) * LINE_BYTES
                while running.poll() is None and self.size(partial) < enough:
                    time.sleep(0.002)
                running.kill()
                if running.wait() == -signal.SIGKILL:
                    killed += 1
                else:
                    self.assertIn(running.returncode, (0, 1))
                if partial.exists():
                    whole = partial.read_bytes().rpartition(b"\n")[0].decode()
                    now = {json.loads(line)["custom_id"] for line in whole.splitlines()}
                    self.assertLessEqual(before, now, f"a result was lost again (SEED={seed})")
                    before = now
            last = subprocess.run([ALOFT, *map(str, command)], env=CLEAN, capture_output=True, text=True)
        results = self.lines(output)
        self.assertIn(last.returncode, (0, 1), last.stderr)
        counted = Counter(result["custom_id"] for result in results)
        self.assertEqual(counted, Counter(f"p{i}" for i in range(LINES)), f"SEED={seed}")
        self.assertFalse(partial.exists())
        failed = sum(result["error"] is not None for result in results)
        print(f"{LINES} lines, {killed} kills, {failed} failures by fault, SEED={seed}", file=sys.stderr)
        self.assertLess(failed, LINES / 10)
        for result in results:
            self.assertEqual(result["error"] is None, result["response"] is not None and result["response"]["status_code"] == 200)


if __name__ == "__main__":
    main()
