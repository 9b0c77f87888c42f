"""A picture of fork's cost against resident size, as SVG, on log axes."""
import math
from xml.sax.saxutils import escape

WIDTH, HEIGHT = 720, 440
LEFT, RIGHT, TOP, BOTTOM = 84, 24, 48, 56
COLOURS = {"linux": "#c0392b", "tuned": "#e08e0b", "cowslip": "#2a7f3f"}
GRID, TEXT, PAPER = "#dddddd", "#333333", "#ffffff"
MIB = 1 << 20


class Axis:
    """From values to places, by their logarithms."""

    def __init__(self, least, most, start, end):
        self.least, self.most = math.log10(least), math.log10(most)
        self.start, self.end = start, end

    def place(self, value):
        part = (math.log10(value) - self.least) / (self.most - self.least)
        return self.start + part * (self.end - self.start)


def size_label(size):
    return f"{size >> 30} GiB" if size >= 1 << 30 else f"{size >> 20} MiB"


def count_label(count):
    for unit, name in ((1e9, "G"), (1e6, "M"), (1e3, "k")):
        if count >= unit:
            return f"{count / unit:g}{name}"
    return f"{count:g}"


def text(x, y, words, anchor="middle", more=""):
    return (f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" '
            f'{more}>{escape(words)}</text>')


def line(x1, y1, x2, y2, colour):
    return (f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" '
            f'stroke="{colour}"/>')


def draw(series, names, unit):
    """returns: SVG

    series: {system: [(resident bytes, cost)]}, no cost 0 or less
    names: {system: what it is called}
    unit: what costs are counted in
    """
    sizes = sorted({size for points in series.values() for size, _ in points})
    costs = [cost for points in series.values() for _, cost in points]
    decades = range(math.floor(math.log10(min(costs))),
                    max(math.ceil(math.log10(max(costs))),
                        math.floor(math.log10(min(costs))) + 1) + 1)
    across = Axis(sizes[0], max(sizes[-1], sizes[0] * 2), LEFT, WIDTH - RIGHT)
    up = Axis(10.0 ** decades[0], 10.0 ** decades[-1], HEIGHT - BOTTOM, TOP)
    parts = [text(WIDTH / 2, 24, f"fork: {unit} against resident size",
                  more='font-size="16"')]
    for decade in decades:
        y = up.place(10.0 ** decade)
        parts += [line(LEFT, y, WIDTH - RIGHT, y, GRID),
                  text(LEFT - 8, y + 4, count_label(10.0 ** decade), "end")]
    for size in sizes:
        x = across.place(size)
        parts += [line(x, TOP, x, HEIGHT - BOTTOM, GRID),
                  text(x, HEIGHT - BOTTOM + 18, size_label(size))]
    parts.append(text(WIDTH / 2, HEIGHT - 12, "resident memory of the parent"))
    for number, (system, points) in enumerate(series.items()):
        parts += draw_series(system, points, names[system], across, up)
        y = TOP + 16 + 18 * number
        parts += [f'<rect x="{LEFT + 12}" y="{y - 10}" width="12" '
                  f'height="12" fill="{COLOURS[system]}"/>',
                  text(LEFT + 30, y, names[system], "start")]
    return (f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" '
            f'height="{HEIGHT}" viewBox="0 0 {WIDTH} {HEIGHT}" '
            f'font-family="sans-serif" font-size="12" fill="{TEXT}">\n'
            f'<rect width="{WIDTH}" height="{HEIGHT}" fill="{PAPER}"/>\n' +
            "\n".join(parts) + "\n</svg>\n")


def draw_series(system, points, name, across, up):
    places = [(across.place(size), up.place(cost)) for size, cost in
              sorted(points)]
    path = " ".join(f"{x:.1f},{y:.1f}" for x, y in places)
    parts = [f'<polyline points="{path}" fill="none" stroke-width="2" '
             f'stroke="{COLOURS[system]}"/>']
    for (x, y), (size, cost) in zip(places, sorted(points)):
        parts.append(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3.5" '
                     f'fill="{COLOURS[system]}"><title>'
                     f'{escape(name)}, {size_label(size)}: {cost:,.0f}'
                     '</title></circle>')
    return parts
