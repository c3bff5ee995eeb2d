#!/usr/bin/env python3
"""What the compiler read for each public header: never c-ares, nghttp2, OpenSSL, simdjson or Beast."""

import re
import subprocess
import sys

HIDDEN = re.compile(r"/(ares\.h|nghttp2/|openssl/|boost/beast|simdjson)")

ninja, build = sys.argv[1:]
listing = subprocess.run(
    [ninja, "-C", build, "-t", "deps"], check=True, capture_output=True, text=True
).stdout

units, failed = 0, False
for block in listing.split("\n\n"):
    target, *read = block.strip().splitlines() or [""]
    if not target.startswith("test/headers/"):
        continue
    units += 1
    for path in read:
        if HIDDEN.search(path):
            print(f"{target.split(':')[0]} reads {path.strip()}")
            failed = True

if not units:
    sys.exit("no public header was compiled")
sys.exit(failed)
