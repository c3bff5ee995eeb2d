"""Screenshots by the thousand go through in bounded memory, though all could be in flight at once.

usage: bounded_memory.py [LINES [IMAGE_BYTES [MOST_MEGABYTES]]]
"""

import json
import os
import random
import subprocess
import sys

from program import ALOFT, CLEAN, ProgramTest, Sim, main

LINES = int(sys.argv.pop(1)) if len(sys.argv) > 1 else 500
IMAGE_BYTES = int(sys.argv.pop(1)) if len(sys.argv) > 1 else 1_200_000
MOST_MEGABYTES = int(sys.argv.pop(1)) if len(sys.argv) > 1 else 400


class Memory(ProgramTest):
    def test_screenshots_beyond_the_memory_for_bodies_wait_in_their_files(self):
        noise = random.Random(1).randbytes(IMAGE_BYTES - 8)
        for i in range(4):
            self.write(f"{i}.png", b"\x89PNG\r\n\x1a\n" + noise[i:] + noise[:i])
        prompts = self.write("prompts.jsonl", "".join(
            json.dumps({"custom_id": f"p{i}", "prompt": "Open the settings", "image": f"{i % 4}.png"}) + "\n" for i in range(LINES)))
        output = self.folder / "results.jsonl"
        with Sim("--first-token", "1s", "--gap", "1ms", "--tokens", "5") as sim:
            running = subprocess.Popen([ALOFT, "run", prompts, "-o", output, "-q", "--max-in-flight", "4096", "--base-url", sim.base_url],
                                       env=CLEAN)
            _, status, usage = os.wait4(running.pid, 0)
            running.returncode = os.waitstatus_to_exitcode(status)
        self.assertEqual(running.returncode, 0)
        with output.open() as results:
            self.assertEqual(sum(json.loads(line)["error"] is None for line in results), LINES)
        megabytes = usage.ru_maxrss / 1024
        print(f"{LINES} lines with {IMAGE_BYTES / 1e6:.1f} MB each: {megabytes:.0f} MB at the most, {usage.ru_utime + usage.ru_stime:.1f} s CPU", file=sys.stderr)
        self.assertLess(megabytes, MOST_MEGABYTES)


if __name__ == "__main__":
    main()
