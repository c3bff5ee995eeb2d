"""The report of `aloft bench --html` as a browser shows it: headless Chromium, which reaches no other host, takes a picture
of it, in which every plot has drawn something. Run by `./dev nightly`; `KEEP=FILE` keeps the picture."""

import os
import shutil
import struct
import subprocess
import sys
import tempfile
import zlib
from collections import Counter
from pathlib import Path

from program import Sim, aloft

WIDTH, HEIGHT = 1280, 2600
LINES = {"first": (0x25, 0x63, 0xEB), "second": (0xEA, 0x7A, 0x17)}  # of light pages: --c0 and --c1 of the report
BROWSER = [
    "chromium", "--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--hide-scrollbars", "--enable-logging=stderr",
    "--blink-settings=preferredColorScheme=1", "--host-resolver-rules=MAP * ~NOTFOUND", f"--window-size={WIDTH},{HEIGHT}",
]


def pixels(png):
    """The rows of a PNG of eight bits a channel, without interlacing, as bytes; and how many bytes a pixel has."""
    at, data, header = 8, b"", None
    while at < len(png):
        size, kind = struct.unpack(">I4s", png[at:at + 8])
        content = png[at + 8:at + 8 + size]
        if kind == b"IHDR":
            header = struct.unpack(">IIBBBBB", content)
        elif kind == b"IDAT":
            data += content
        at += size + 12
    width, _, depth, colour, _, _, interlaced = header
    assert depth == 8 and colour in (2, 6) and not interlaced, header
    each = 3 if colour == 2 else 4
    raw, rows, before = zlib.decompress(data), [], bytearray(width * each)
    for start in range(0, len(raw), width * each + 1):
        row, way = bytearray(raw[start + 1:start + 1 + width * each]), raw[start]
        for i in range(len(row) if way else 0):
            left, up, corner = (row[i - each] if i >= each else 0), before[i], (before[i - each] if i >= each else 0)
            near = left + up - corner
            paeth = min((left, up, corner), key=lambda one: (abs(near - one)))
            row[i] = (row[i] + (0, left, up, (left + up) // 2, paeth)[way]) & 255
        rows.append(row)
        before = row
    return rows, each


def main():
    with tempfile.TemporaryDirectory() as folder:
        page, picture = Path(folder) / "report.html", Path(folder) / "report.png"
        with Sim("--first-token", "40ms", "--gap", "10ms", "--tokens", "20") as sim:
            ran = aloft("bench", "--base-url", sim.base_url, "-q", "--no-self-check", "--rate", "40", "-n", "200",
                        "--input-len", "16", "--goodput", "ttft:200,tpot:50", "--html", page)
        assert ran.returncode == 0, ran.stderr
        plots = page.read_text().count("<svg")
        seen = subprocess.run([*BROWSER, f"--user-data-dir={folder}/profile", f"--screenshot={picture}", page.as_uri()],
                              capture_output=True, text=True, timeout=120)
        assert picture.exists(), seen.stderr
        complaints = [line for line in seen.stderr.splitlines() if "CONSOLE" in line]
        assert not complaints, complaints
        rows, each = pixels(picture.read_bytes())
        if os.environ.get("KEEP"):
            shutil.copy(picture, os.environ["KEEP"])
    colours = Counter(bytes(row[i:i + 3]) for row in rows for i in range(0, len(row), each))
    assert plots >= 4, f"{plots} plots in the page"
    assert len(colours) > 50, f"{len(colours)} colours: the page is nearly empty"
    for name, colour in LINES.items():
        drawn = [number for number, row in enumerate(rows) if bytes(colour) in {bytes(row[i:i + 3]) for i in range(0, len(row), each)}]
        assert len(drawn) > 100, f"the {name} line of the plots is in {len(drawn)} rows of the picture"
    print(f"{plots} plots in a picture of {len(rows[0]) // each} x {len(rows)} and {len(colours)} colours")


if __name__ == "__main__":
    sys.exit(main())
