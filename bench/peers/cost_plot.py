"""Draws what each peer costs, on a logarithmic axis: one panel a workload, a dot for the median, a line for the spread."""

import math

WIDTH, LEFT, RIGHT = 760, 200, 70
ROW, HEAD, FOOT = 18, 30, 34
INK, FAINT, MINE, OTHERS = "#3c4450", "#8884", "#2563eb", "#8a929e"


def axis(values):
    """Whole powers of ten around the values."""
    return math.floor(math.log10(min(values))), math.ceil(math.log10(max(values)))


def panel(top, title, unit, rows):
    """Lines of SVG. Rows are (label, least, median, most), the cheapest first."""
    low, high = axis([value for row in rows for value in row[1:]])
    bottom = top + HEAD + ROW * len(rows)

    def x(value):
        return LEFT + (math.log10(value) - low) / (high - low) * (WIDTH - LEFT - RIGHT)

    yield f'<text x="12" y="{top + 14}" font-weight="600">{title}</text>'
    for power in range(low, high + 1):
        at = x(10**power)
        yield f'<path d="M{at:.1f} {top + HEAD - 6}V{bottom}" stroke="{FAINT}"/>'
        yield f'<text x="{at:.1f}" y="{bottom + 14}" text-anchor="middle" font-size="11">{10**power:g}{unit if power == high else ""}</text>'
    for number, (label, least, median, most) in enumerate(rows):
        y = top + HEAD + ROW * number + ROW / 2
        mine = label.startswith("aloft")
        colour = MINE if mine else OTHERS
        weight = ' font-weight="600"' if mine else ""
        yield f'<text x="{LEFT - 12}" y="{y + 4}" text-anchor="end"{weight}>{label}</text>'
        yield f'<path d="M{x(least):.1f} {y}H{x(most):.1f}" stroke="{colour}" stroke-width="2"/>'
        yield f'<circle cx="{x(median):.1f}" cy="{y}" r="4" fill="{colour}"/>'
        yield f'<text x="{x(most) + 9:.1f}" y="{y + 4}"{weight}>{three_digits(median)}</text>'


def three_digits(value):
    return "%.2f" % value if value < 10 else "%.1f" % value if value < 100 else "%.0f" % value


def draw(panels):
    """An SVG of panels (title, unit, rows)."""
    height = sum(HEAD + FOOT + ROW * len(rows) for _, _, rows in panels)
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" font-family="system-ui,sans-serif" font-size="12" fill="{INK}">',
        f'<rect width="{WIDTH}" height="{height}" fill="#fff"/>',
    ]
    top = 0
    for title, unit, rows in panels:
        lines.extend(panel(top, title, unit, rows))
        top += HEAD + FOOT + ROW * len(rows)
    return "\n".join([*lines, "</svg>", ""])
