"""User-space instructions of a program, counted by callgrind: in all, and of each function."""

import re
import shutil
import subprocess
import sys
import tempfile
from collections import defaultdict
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

LONGEST_NAME = 90


@dataclass
class Profile:
    total: int
    own: dict  # instructions of each function itself, by name
    inclusive: dict  # with what it calls

    def minus(self, other, units):
        """What a unit costs, this being the longer run of the two."""

        def slope(mine, others):
            return {name: (count - others.get(name, 0)) / units for name, count in mine.items()}

        total = (self.total - other.total) / units
        return Profile(total, slope(self.own, other.own), slope(self.inclusive, other.inclusive))


def profile(command, environment, reader=None):
    """Runs the command under callgrind, and returns what `reader` makes of the file that it writes."""
    if not shutil.which("valgrind"):
        sys.exit("bench: valgrind is needed (apt-get install valgrind)")
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "callgrind.out"
        counted = ["valgrind", "--tool=callgrind", "--compress-pos=no", "--callgrind-out-file=%s" % out]
        # simdjson is told which of its kernels to use, so that the machine does not decide.
        fixed = dict(environment, SIMDJSON_FORCE_IMPLEMENTATION="haswell")
        done = subprocess.run([*counted, *command], env=fixed, capture_output=True, text=True)
        if done.returncode:
            sys.exit("bench: this failed under valgrind: %s\n%s" % (" ".join(command), done.stderr[-400:]))
        return reader(out) if reader else Profile(*read(out))


def read(path):
    """The total, and the instructions of each function, of a file that callgrind wrote."""
    own, inclusive = defaultdict(int), defaultdict(int)
    for cost in costs(path):
        name = readable(cost.function, cost.binary)
        if cost.callee is None:
            own[name] += cost.count
        elif readable(cost.callee, cost.callee_binary) == name:
            continue
        inclusive[name] += cost.count
    return sum(own.values()), dict(own), dict(inclusive)


@dataclass(frozen=True)
class Cost:
    """Instructions of a function in one of the files it is made of, or of all it calls there of one callee."""

    function: str
    binary: str
    function_file: str
    file: str
    count: int
    callee: str = None
    callee_binary: str = None


def costs(path):
    """Every line of cost in a file that callgrind wrote."""
    names, files, binaries = {}, {}, {}
    function = binary = function_file = file = callee = callee_binary = None
    after_call = False
    with open(path, encoding="utf-8", errors="replace") as lines:
        for line in lines:
            key, _, text = line.partition("=")
            if line[0].isdigit():
                called = (callee, callee_binary or binary) if after_call else (None, None)
                yield Cost(function, binary, function_file, file, int(line.split()[1]), *called)
                if after_call:
                    after_call, callee_binary = False, None
            elif key == "calls":
                after_call = True
            elif key == "ob":
                binary = spelled(text, binaries)
            elif key == "fl":
                function_file = file = spelled(text, files)
            elif key in ("fi", "fe"):
                file = spelled(text, files)
            elif key == "fn":
                function, file = spelled(text, names), function_file
            elif key in ("cfi", "cfl"):
                spelled(text, files)
            elif key == "cob":
                callee_binary = spelled(text, binaries)
            elif key == "cfn":
                callee = spelled(text, names)


def spelled(text, known):
    """Callgrind writes a name once, as "(7) name", and then "(7)"."""
    number, _, name = text.strip().partition(" ")
    if name:
        known[number] = name
    return known[number]


@lru_cache(maxsize=None)
def readable(name, where):
    """Without template arguments, parameters and callgrind's counts of recursion."""
    if name.startswith("0x"):
        return "(not named) in " + Path(where or "?").name
    name = re.sub(r"'\d+$", "", name)
    if name.startswith("operator "):  # new and delete
        return " ".join(re.split(r"[ (]", name)[:2])
    name = name.replace("(anonymous namespace)::", "").replace("operator()", "operator_call")
    depth, kept = 0, []
    for at, letter in enumerate(name):
        operator = name[max(0, at - 9) : at].find("operator") >= 0
        if letter in "<({[" and not operator:
            depth += 1
        elif letter in ">)}]" and not operator:
            depth = max(0, depth - 1)
        elif depth == 0:
            kept.append(letter)
    plain = re.sub(r" (const|clone .*)$", "", "".join(kept)).strip()
    plain = plain.split(" ")[-1]  # behind a return type
    return plain.replace("operator_call", "operator()")[:LONGEST_NAME] or name[:LONGEST_NAME]
