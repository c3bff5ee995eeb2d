"""docs/interop.md, of which each part is written by the run that found it out."""

import datetime
from pathlib import Path

PAGE = Path(__file__).parents[2] / "docs/interop.md"


def replace(heading, text):
    """Writes one part of the page; the others stay."""
    before, found, rest = PAGE.read_text().partition(f"## {heading}\n")
    if not found:
        raise ValueError(f"{PAGE} has no part '{heading}'")
    _, following, after = rest.partition("\n## ")
    PAGE.write_text(f"{before}## {heading}\n\n{text.strip()}\n" + (following + after if following else ""))


def today():
    return datetime.date.today().isoformat()


def table(head, rows):
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def write_servers(titles, rows, absent):
    notes = []

    def cell(said):
        word, _, why = said.partition(": ")
        if not why:
            return word
        if why not in notes:
            notes.append(why)
        return f"{word} ({notes.index(why) + 1})"

    lines = [[server, protocol, *(cell(cells[title]) for title in titles)] for server, protocol, cells in rows]
    text = f"Run on {today()}.\n\n" + table(["server", "protocol", *titles], lines)
    text += "".join(f"\n\n({number}) {why}" for number, why in enumerate(notes, 1))
    text += "".join(f"\n\n{name} was skipped: {why}." for name, why in absent)
    replace("Servers", text)
