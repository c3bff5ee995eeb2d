#!/usr/bin/env python3
"""Each rule of tools/lint/floors fails when it is broken, naming the file and the line."""

import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

FLOORS = Path(__file__).resolve().parents[2] / "tools/lint/floors"

# A small tower in order; each test breaks one rule in it.
TREE = {
    "lib/floors.txt": """\
floor 0 base:
floor 1 http2: nghttp2
floor 1 sse:
floor 2 net: asio openssl
floor 3 client: asio
floor 3 sim: asio
limit sim 1: a server
except sse/hash.cpp openssl: digests are its own
""",
    "include/floors.txt": "0 error.hpp\n1 sse.hpp\n3 client.hpp\n",
    "include/aloft/error.hpp": "#include <boost/system/error_code.hpp>\n",
    "include/aloft/sse.hpp": "#include <aloft/error.hpp>\n#include <boost/asio/awaitable.hpp>\n",
    "include/aloft/client.hpp": "#include <aloft/sse.hpp>\n",
    "lib/base/slab.hpp": "#pragma once\n",
    "lib/http2/session.cpp": '#include "base/slab.hpp"\n#include <nghttp2/nghttp2.h>\n',
    "lib/sse/hash.cpp": '#include <aloft/sse.hpp>\n#include <openssl/evp.h>\n',
    "lib/sse/lines.hpp": "#pragma once\n",
    "lib/net/dial.hpp": '#include "sse/lines.hpp"\n#include <boost/asio/ssl.hpp>\n',
    "lib/sim/server.cpp": '#include "sse/lines.hpp"\n',
    "lib/client/client.cpp": '#include "net/dial.hpp"\n#include <aloft/client.hpp>\n',
}


class Floors(unittest.TestCase):
    def run_on(self, changes):
        with tempfile.TemporaryDirectory() as root:
            for name, text in (TREE | changes).items():
                path = Path(root) / name
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(text)
            return subprocess.run([FLOORS, root], capture_output=True, text=True)

    def broken(self, message, changes):
        result = self.run_on(changes)
        self.assertEqual(result.stdout.splitlines(), [message], result.stderr)
        self.assertEqual(result.returncode, 1)

    def test_a_tree_in_order_passes(self):
        result = self.run_on({})
        self.assertEqual((result.stdout, result.returncode), ("", 0), result.stderr)

    def test_no_dots_in_an_include(self):
        self.broken(
            "test/a.cpp:2: include of ../lib/base/slab.hpp: spell it from lib/ or include/, without '..'",
            {"test/a.cpp": '\n#include "../lib/base/slab.hpp"\n'},
        )

    def test_no_two_headers_of_one_name(self):
        self.broken(
            "include/aloft/slab.hpp:1: lib/base/slab.hpp has this name already",
            {"include/aloft/slab.hpp": "", "include/floors.txt": TREE["include/floors.txt"] + "0 slab.hpp\n"},
        )

    def test_no_header_of_a_higher_floor(self):
        self.broken(
            "lib/base/a.cpp:3: net/dial.hpp stands on floor 2, and base sees only what is below 0",
            {"lib/base/a.cpp": '\n\n#  include "net/dial.hpp"\n'},
        )

    def test_angle_brackets_do_not_hide_a_floor(self):
        self.broken(
            "lib/base/a.cpp:1: net/dial.hpp stands on floor 2, and base sees only what is below 0",
            {"lib/base/a.cpp": "#include <net/dial.hpp>\n"},
        )

    def test_no_header_of_a_sibling(self):
        self.broken(
            "lib/http2/a.cpp:1: sse/lines.hpp stands on floor 1, and http2 sees only what is below 1",
            {"lib/http2/a.cpp": '#include "sse/lines.hpp"\n'},
        )

    def test_a_limit_holds_below_the_own_floor(self):
        self.broken(
            "lib/sim/server.cpp:1: net/dial.hpp stands on floor 2, and sim sees only what is below 2",
            {"lib/sim/server.cpp": '#include "net/dial.hpp"\n'},
        )

    def test_no_folder_without_a_floor(self):
        self.broken("lib/new/a.cpp:1: lib/new has no floor in lib/floors.txt", {"lib/new/a.cpp": ""})

    def test_no_library_of_another_floor(self):
        self.broken(
            "lib/net/a.cpp:1: <nghttp2/nghttp2.h>: nghttp2 is not seen in net",
            {"lib/net/a.cpp": "#include <nghttp2/nghttp2.h>\n"},
        )
        self.broken(
            "lib/client/a.cpp:1: <openssl/ssl.h>: openssl is not seen in client",
            {"lib/client/a.cpp": "#include <openssl/ssl.h>\n"},
        )
        self.broken(
            "lib/sse/a.cpp:1: <boost/asio.hpp>: asio is not seen in sse",
            {"lib/sse/a.cpp": "#include <boost/asio.hpp>\n"},
        )
        self.broken(
            "lib/net/a.cpp:1: <boost/beast/core.hpp>: beast is not seen in net",
            {"lib/net/a.cpp": "#include <boost/beast/core.hpp>\n"},
        )
        self.broken(
            "lib/net/a.cpp:1: <simdjson.h>: simdjson is not seen in net",
            {"lib/net/a.cpp": "#include <simdjson.h>\n"},
        )

    def test_an_exception_covers_one_file(self):
        self.broken(
            "lib/sse/other.cpp:1: <openssl/evp.h>: openssl is not seen in sse",
            {"lib/sse/other.cpp": "#include <openssl/evp.h>\n"},
        )

    def test_no_exception_for_what_is_gone(self):
        self.broken(
            "lib/floors.txt:9: an exception for lib/sse/gone.cpp, which does not exist",
            {"lib/floors.txt": TREE["lib/floors.txt"] + "except sse/gone.cpp asio: was needed\n"},
        )

    def test_no_exception_without_a_reason(self):
        self.broken(
            "lib/floors.txt:9: expected 'floor', 'limit' or 'except', the last two with a reason",
            {"lib/floors.txt": TREE["lib/floors.txt"] + "except sse/lines.hpp asio:\n"},
        )

    def test_no_unknown_library_in_the_table(self):
        self.broken(
            "lib/floors.txt:9: nghttp3 is not a library known to tools/lint/floors",
            {"lib/floors.txt": TREE["lib/floors.txt"] + "floor 2 quic: nghttp3\n"},
        )

    def test_no_public_header_of_a_higher_floor_in_lib(self):
        self.broken(
            "lib/net/a.cpp:1: <aloft/client.hpp> stands on floor 3, and net sees only its own and what is below 2",
            {"lib/net/a.cpp": "#include <aloft/client.hpp>\n"},
        )

    def test_no_public_header_of_a_higher_floor_in_another(self):
        self.broken(
            "include/aloft/error.hpp:1: <aloft/sse.hpp> stands on floor 1, above this header's 0",
            {"include/aloft/error.hpp": "#include <aloft/sse.hpp>\n"},
        )

    def test_no_public_header_without_a_floor(self):
        self.broken(
            "include/aloft/new.hpp:1: has no floor in include/floors.txt", {"include/aloft/new.hpp": ""}
        )

    def test_no_floor_for_a_public_header_that_is_gone(self):
        self.broken(
            "include/floors.txt:4: include/aloft/gone.hpp does not exist",
            {"include/floors.txt": TREE["include/floors.txt"] + "0 gone.hpp\n"},
        )

    def test_no_lib_header_in_a_public_one(self):
        self.broken(
            "include/aloft/sse.hpp:1: sse/lines.hpp is of lib/, which is not installed",
            {"include/aloft/sse.hpp": '#include "sse/lines.hpp"\n'},
        )

    def test_no_hidden_library_in_a_public_header(self):
        for library, header in {
            "nghttp2": "nghttp2/nghttp2.h",
            "beast": "boost/beast.hpp",
            "openssl": "boost/asio/ssl/stream.hpp",
            "simdjson": "simdjson.h",
        }.items():
            self.broken(
                f"include/aloft/sse.hpp:1: <{header}>: a public header needs no {library}",
                {"include/aloft/sse.hpp": f"#include <{header}>\n"},
            )


if __name__ == "__main__":
    unittest.main()
