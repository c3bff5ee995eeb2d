"""The command line as a whole: versions, help, completions, the manual page, wrong usage."""

import re
import shutil
import subprocess
import unittest

from program import ProgramTest, aloft, main

COMMANDS = re.findall(r"^  (\w+)  ", aloft("--help").stdout.partition("Commands:")[2], re.MULTILINE)


class CommandLine(ProgramTest):
    def refused(self, *arguments):
        result = aloft(*arguments)
        self.assertEqual((result.returncode, result.stdout), (2, ""))
        return result.stderr

    def test_an_unknown_command_is_named(self):
        self.assertEqual(self.refused("fly"), 'aloft: there is no command "fly"; aloft --help tells what may be given\n')

    def test_no_command_is_a_usage_error(self):
        self.assertEqual(self.refused(), "aloft: A subcommand is required; aloft --help tells what may be given\n")

    def test_an_unknown_option_is_named(self):
        self.assertEqual(self.refused("sim", "--nonsense"),
                         "aloft sim: The following argument was not expected: --nonsense; "
                         "aloft sim --help tells what may be given\n")

    def test_a_missing_argument_is_named(self):
        self.assertIn("aloft run: ", self.refused("run"))

    def test_the_version_names_what_aloft_stands_on(self):
        text = aloft("--version").stdout
        self.assertRegex(text, r"^aloft \d+\.\d+\.\d+\n")
        for library in ("nghttp2", "OpenSSL", "Boost", "simdjson", "fmt", "CLI11", r"toml\+\+"):
            self.assertRegex(text, library + r" \d+\.\d+")

    def test_the_help_of_every_command_fits_a_screen(self):
        self.assertIn("run", COMMANDS)
        for command in COMMANDS:
            lines = aloft(command, "--help").stdout.splitlines()
            self.assertLessEqual(len(lines), 60, command)
            self.assertLessEqual(max(map(len, lines)), 100, command)

    def test_help_all_has_the_options_that_help_leaves_out_and_errors_name_them(self):
        for command in "run", "bench", "explain":
            self.assertNotIn("--cacert", aloft(command, "--help").stdout)
            everything = aloft(command, "--help-all")
            self.assertEqual(everything.returncode, 0)
            self.assertIn("--cacert", everything.stdout)
            self.assertIn("--base-url", everything.stdout)
            self.assertLessEqual(max(map(len, everything.stdout.splitlines())), 100)
        self.assertEqual(self.refused("run", "x", "--connect-timeout", "soon"),
                         'aloft run: --connect-timeout: wants seconds, such as 2.5, not "soon"; aloft run --help tells what may be given\n')
        self.assertRegex(self.refused("explain", "--http1.1", "--http2"), "^aloft explain: --http[12.]+ excludes --http[12.]+; ")
        self.assertEqual(self.refused("explain", "--hedge=maybe"),
                         'aloft explain: --hedge: wants true or false, not "maybe"; aloft explain --help tells what may be given\n')

    def test_the_manual_page_has_every_command_and_its_options(self):
        page = aloft("man").stdout
        for command in COMMANDS:
            self.assertIn(f".SS aloft {command}\n", page)
        self.assertIn("\\-\\-base\\-url", page)
        if shutil.which("man"):
            shown = subprocess.run(["man", "--warnings", "-E", "UTF-8", "-l", "-Tutf8", "-"], input=page,
                                   capture_output=True, text=True, env={"MANWIDTH": "200", "PATH": "/usr/bin:/bin"})
            self.assertEqual(shown.stderr, "")


@unittest.skipUnless(shutil.which("bash"), "bash is not there")
class Completion(ProgramTest):
    def complete(self, *words):
        script = aloft("completion", "bash").stdout
        ask = f'COMP_WORDS=({" ".join(repr(w) for w in words)}); COMP_CWORD={len(words) - 1}; _aloft; printf "%s\\n" "${{COMPREPLY[@]}}"'
        result = subprocess.run(["bash", "-c", script + ask], capture_output=True, text=True, cwd=self.folder)
        self.assertEqual(result.stderr, "")
        return result.stdout.split()

    def test_bash_completes_commands(self):
        self.assertEqual(self.complete("aloft", "ru"), ["run"])

    def test_bash_completes_the_options_of_a_command(self):
        self.assertEqual(self.complete("aloft", "sim", "--self"), ["--self-signed"])
        self.assertEqual(self.complete("aloft", "run", "--self"), [])

    def test_bash_completes_files_where_a_file_is_wanted(self):
        self.write("cert.pem", "")
        self.assertEqual(self.complete("aloft", "sim", "--cert", "ce"), ["cert.pem"])
        self.assertEqual(self.complete("aloft", "sim", "--seed", "ce"), [])

    def test_the_scripts_for_zsh_and_fish_parse(self):
        for shell, check in ("zsh", ["-n"]), ("fish", ["--no-execute"]):
            script = self.write(shell, aloft("completion", shell).stdout)
            self.assertIn("--self-signed" if shell == "zsh" else "-l self-signed", script.read_text())
            if shutil.which(shell):
                self.assertEqual(subprocess.run([shell, *check, script], capture_output=True, text=True).stderr, "")


if __name__ == "__main__":
    main()
