#!/usr/bin/env python3
"""Each rule of tools/lint/docs fails when it is broken, naming the page and the line."""

import subprocess
import tempfile
import unittest
from pathlib import Path

DOCS = Path(__file__).resolve().parents[2] / "tools/lint/docs"
EXAMPLE = "#include <a>\nint main()\n{\n    // [call]\n    call();\n    // [call]\n}\n"
OTHER = "# Other page\n\n## What `it` does, and why\n"


class Docs(unittest.TestCase):
    def check(self, page, *messages, name="page.md"):
        with tempfile.TemporaryDirectory() as root:
            root = Path(root)
            (root / "docs/examples").mkdir(parents=True)
            (root / "docs/examples/a.cpp").write_text(EXAMPLE)
            (root / "docs/other.md").write_text(OTHER)
            (root / "test/unit/client").mkdir(parents=True)
            (root / "test/unit/client/bodies.cpp").write_text('TEST_CASE("a body beyond "\n    "its limit")\n')
            (root / name).write_text(page)
            result = subprocess.run([DOCS, root], capture_output=True, text=True)
        self.assertEqual(result.stdout.splitlines(), list(messages), result.stderr)
        self.assertEqual(result.returncode, 1 if messages else 0)

    def test_a_limit_without_a_test_is_found(self):
        self.check(
            '| limit | test |\n|---|---|\n| a | client: "beyond its" |\n| b | client |\n| c | client: "gone" |\n',
            'docs/limits.md:4: no test is named, as in: client: "a body beyond its limit"',
            'docs/limits.md:5: there is no test "gone" in client',
            name="docs/limits.md",
        )

    def test_links_that_lead_somewhere_pass(self):
        self.check(
            "# Page\n[a](docs/other.md) [b](docs/other.md#what-it-does-and-why) [c](https://example.org/x) [d](#page)\n"
            "```cpp\nauto f = [](nothing) {};\n```\n`[](nothing)`\n"
        )

    def test_a_link_to_a_missing_file(self):
        self.check("\n[a](docs/gone.md)\n", "page.md:2: docs/gone.md leads nowhere")

    def test_a_link_to_a_missing_heading(self):
        self.check("[a](docs/other.md#gone)\n", "page.md:1: docs/other.md#gone: other.md has no such heading")

    def test_an_example_that_is_the_file_passes(self):
        self.check(f"<!-- example: docs/examples/a.cpp -->\n```cpp\n{EXAMPLE}```\n")

    def test_an_example_that_is_a_region_passes(self):
        self.check("<!-- example: docs/examples/a.cpp [call] -->\n\n```cpp\ncall();\n```\n")

    def test_an_example_that_differs(self):
        self.check(
            "<!-- example: docs/examples/a.cpp [call] -->\n```cpp\ncall(1);\n```\n",
            "page.md:1: this block differs from docs/examples/a.cpp",
        )

    def test_an_example_of_a_missing_file_or_region(self):
        self.check(
            "<!-- example: docs/examples/b.cpp -->\n```cpp\n```\n<!-- example: docs/examples/a.cpp [no] -->\n```cpp\n```\n",
            "page.md:1: example docs/examples/b.cpp does not exist",
            "page.md:4: example docs/examples/a.cpp [no] does not exist",
        )

    def test_a_marker_without_a_block(self):
        self.check("<!-- example: docs/examples/a.cpp -->\ntext\n", "page.md:1: no code block follows the example marker")


if __name__ == "__main__":
    unittest.main()
