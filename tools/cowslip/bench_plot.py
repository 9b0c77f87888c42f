"""Pictures of what ./bench found, as SVG, on log axes.

    fork's cost against resident size;  faults on several harts against one
"""
import dataclasses
import math
import typing
from xml.sax.saxutils import escape

WIDTH, HEIGHT = 720, 440
LEFT, RIGHT, TOP, BOTTOM = 84, 24, 48, 56
GRID, TEXT, PAPER = "#dddddd", "#333333", "#ffffff"
COLOURS = {"linux": "#c0392b", "tuned": "#e08e0b", "cowslip": "#2a7f3f"}
IDEAL = "#888888"


@dataclasses.dataclass
class Series:
    """A line of a picture."""
    name: str
    colour: str
    points: list                # of (across, up), both more than 0
    dashed: bool = False


@dataclasses.dataclass
class Picture:
    """What is said around the lines."""
    title: str
    below: str                  # what is across
    label_across: typing.Callable   # a value's text
    label_up: typing.Callable
    step_up: int                # from one line of the grid to the next, times


class Axis:
    """From values to places, by their logarithms."""

    def __init__(self, least, most, start, end):
        self.least, self.most = math.log10(least), math.log10(most)
        self.start, self.end = start, end

    def place(self, value):
        part = (math.log10(value) - self.least) / (self.most - self.least)
        return self.start + part * (self.end - self.start)


# ---- the two pictures ------------------------------------------------------
def fork_picture(series, names, unit):
    """series: {system: [(resident bytes, cost)]}; returns: SVG"""
    lines = [Series(names[system], COLOURS[system], points)
             for system, points in series.items()]
    return draw(lines, Picture(
        f"fork: {unit} against resident size", "resident memory of the parent",
        size_label, count_label, 10))


def faults_picture(speedups, names, title):
    """speedups: {(system, in what): [(harts, times)]}; returns: SVG"""
    most = max(harts for points in speedups.values() for harts, _ in points)
    lines = [Series("as many times as harts", IDEAL, [(1, 1), (most, most)],
                    True)]
    lines += [Series(f"{names[system]}, {where}", COLOURS[system], points,
                     where == "one space")
              for (system, where), points in speedups.items()]
    return draw(lines, Picture(title, "harts", "{:g}".format, "{:g}x".format,
                               2))


def size_label(size):
    return f"{size >> 30} GiB" if size >= 1 << 30 else f"{size >> 20} MiB"


def count_label(count):
    for unit, name in ((1e9, "G"), (1e6, "M"), (1e3, "k")):
        if count >= unit:
            return f"{count / unit:g}{name}"
    return f"{count:g}"


# ---- drawing ---------------------------------------------------------------
def text(x, y, words, anchor="middle", more=""):
    return (f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" '
            f'{more}>{escape(words)}</text>')


def line(x1, y1, x2, y2, colour):
    return (f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" '
            f'stroke="{colour}"/>')


def steps(values, step):
    """The powers of `step` that `values` lie between, two at least."""
    least = math.floor(math.log(min(values), step) + 1e-9)
    most = math.ceil(math.log(max(values), step) - 1e-9)
    return [float(step) ** power
            for power in range(least, max(most, least + 1) + 1)]


def draw(lines, picture):
    """returns: SVG"""
    places = sorted({x for series in lines for x, _ in series.points})
    grid = steps([y for series in lines for _, y in series.points],
                 picture.step_up)
    across = Axis(places[0], max(places[-1], places[0] * 2), LEFT,
                  WIDTH - RIGHT)
    up = Axis(grid[0], grid[-1], HEIGHT - BOTTOM, TOP)
    parts = [text(WIDTH / 2, 24, picture.title, more='font-size="16"')]
    for cost in grid:
        y = up.place(cost)
        parts += [line(LEFT, y, WIDTH - RIGHT, y, GRID),
                  text(LEFT - 8, y + 4, picture.label_up(cost), "end")]
    for size in places:
        x = across.place(size)
        parts += [line(x, TOP, x, HEIGHT - BOTTOM, GRID),
                  text(x, HEIGHT - BOTTOM + 18, picture.label_across(size))]
    parts.append(text(WIDTH / 2, HEIGHT - 12, picture.below))
    for number, series in enumerate(lines):
        parts += draw_series(series, picture, across, up)
        parts += draw_name(series, TOP + 16 + 18 * number)
    return (f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" '
            f'height="{HEIGHT}" viewBox="0 0 {WIDTH} {HEIGHT}" '
            f'font-family="sans-serif" font-size="12" fill="{TEXT}">\n'
            f'<rect width="{WIDTH}" height="{HEIGHT}" fill="{PAPER}"/>\n' +
            "\n".join(parts) + "\n</svg>\n")


def dashes(series):
    return ' stroke-dasharray="6 4"' if series.dashed else ""


def draw_name(series, y):
    return [f'<line x1="{LEFT + 10}" y1="{y - 4}" x2="{LEFT + 34}" '
            f'y2="{y - 4}" stroke="{series.colour}" stroke-width="3"'
            f'{dashes(series)}/>', text(LEFT + 40, y, series.name, "start")]


def draw_series(series, picture, across, up):
    points = sorted(series.points)
    places = [(across.place(x), up.place(y)) for x, y in points]
    path = " ".join(f"{x:.1f},{y:.1f}" for x, y in places)
    parts = [f'<polyline points="{path}" fill="none" stroke-width="2" '
             f'stroke="{series.colour}"{dashes(series)}/>']
    for (x, y), (size, cost) in zip(places, points):
        parts.append(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3.5" '
                     f'fill="{series.colour}"><title>'
                     f'{escape(series.name)}, {picture.label_across(size)}: '
                     f'{cost:,.5g}</title></circle>')
    return parts
