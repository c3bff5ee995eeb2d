"""User-space instructions of a program, counted by callgrind: in all, and of each function."""

import re
import shutil
import subprocess
import sys
import tempfile
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path

LONGEST_NAME = 90


@dataclass
class Profile:
    said: str  # the program's standard output
    total: int
    own: dict  # instructions of each function itself, by name
    inclusive: dict  # with what it calls

    def minus(self, other, units):
        """What a unit costs, this being the longer run of the two."""

        def slope(mine, others):
            return {name: (count - others.get(name, 0)) / units for name, count in mine.items()}

        total = (self.total - other.total) / units
        return Profile("", total, slope(self.own, other.own), slope(self.inclusive, other.inclusive))


def profile(command, environment):
    """Runs the command under callgrind."""
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
        return Profile(done.stdout, *read(out))


def read(path):
    """The total, and the instructions of each function, of a file that callgrind wrote."""
    own, inclusive = defaultdict(int), defaultdict(int)
    names, objects = {}, {}
    function = callee = where = None
    after_call = False
    with open(path, encoding="utf-8", errors="replace") as lines:
        for line in lines:
            if line[0].isdigit():
                cost = int(line.split()[1])
                if not after_call:
                    own[function] += cost
                    inclusive[function] += cost
                elif callee != function:
                    inclusive[function] += cost
                after_call = False
            elif line.startswith("calls="):
                after_call = True
            elif line.startswith("ob="):
                where = spelled(line[3:], objects)
            elif line.startswith("fn="):
                function = readable(spelled(line[3:], names), where)
            elif line.startswith("cob="):
                called_object = spelled(line[4:], objects)
            elif line.startswith("cfn="):
                callee = readable(spelled(line[4:], names), called_object or where)
                called_object = None
            elif line.startswith("fl="):
                called_object = None
    return sum(own.values()), dict(own), dict(inclusive)


def spelled(text, known):
    """Callgrind writes a name once, as "(7) name", and then "(7)"."""
    number, _, name = text.strip().partition(" ")
    if name:
        known[number] = name
    return known[number]


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
