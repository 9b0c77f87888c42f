"""./bench: cowslip beside Debian's own Linux, row by row.

usage: ./bench [--list] [--wall] [--profile] [--json FILE] [--plot FILE]
               [ROW...]

Each system runs the same static Linux binary (tests/bench) on the same
machine of QEMU's, one hart: cowslip; Debian's kernel as shipped; and that
kernel tuned.  Under -icount a nanosecond is an instruction, and figures repeat
exactly.

exit status: 0; 1 if a row of cowslip's misses its goal, or a row or a system
could not be measured; 2 if nothing could be
"""
import argparse
import json
import os
import signal
import statistics
import sys
import tempfile

from cowslip import bench_guest, bench_plot, bench_profile, bench_rows
from cowslip import machine

SYSTEMS = ("linux", "tuned", "cowslip")
WALL_RUNS = 5
MEMORY = 2048 * machine.MIB
SECONDS = 900
PROFILE_REST = 0.05


def parser():
    made = argparse.ArgumentParser(
        prog="./bench", description="Measure cowslip beside Debian's Linux on "
        "the same QEMU, and print a table.",
        epilog="Exit status: 0; 1 if a row of cowslip's misses its goal, or "
        "a row or a system failed; 2 if nothing could be measured.")
    add = made.add_argument
    add("rows", metavar="ROW", nargs="*",
        help="a row's key, or part of a key or title (all rows)")
    add("--list", action="store_true", help="name the rows, and run none")
    add("--only", metavar="SYSTEM", choices=SYSTEMS,
        help=f"boot only one of {', '.join(SYSTEMS)}")
    add("--profile", action="store_true",
        help="of one ROW, where cowslip's instructions go, by function; slow")
    add("--wall", action="store_true",
        help=f"measure time, without -icount: the median of {WALL_RUNS} "
        "paired runs, as ratios to cowslip")
    add("--json", metavar="FILE", help="write what was measured there, too")
    add("--plot", metavar="FILE",
        help="draw fork's cost against resident size, as SVG")
    add("-m", metavar="SIZE", dest="memory", type=machine.parse_size,
        default=MEMORY, help="memory of each machine (2G)")
    add("--build", metavar="DIR", default=os.path.join(machine.ROOT, "build"),
        help="build there, not in build/")
    return made


def complain(text):
    print(f"bench: {text}", file=sys.stderr, flush=True)


def number(value):
    if value is None:
        return "-"
    return f"{value:,.0f}" if value >= 100 else f"{value:,.1f}"


# ---- instructions ----------------------------------------------------------
def measure(bench, systems, rows):
    """returns: {system: Results}, without those that could not be run, of
    which it complains; raises BenchError if none could"""
    found = {}
    for system in systems:
        complain(f"running {bench_guest.SYSTEMS[system]}")
        try:
            found[system] = bench.run(system, rows)
        except bench_guest.BenchError as error:
            complain(error)
    if not found:
        raise bench_guest.BenchError("no system could be measured")
    return found


def value_of(found, system, row):
    return found[system].values.get(row.key) if system in found else None


def better_linux(found, row):
    values = [value for system in ("linux", "tuned")
              if (value := value_of(found, system, row)) is not None]
    return min(values) if values else None


def ratio(ours, theirs):
    """How much less ours is than theirs, as text."""
    if ours is None or theirs is None or theirs <= 0:
        return "-"
    return "any" if ours <= 0 else f"{theirs / ours:,.2f}x"


def judge(row, ours):
    """returns: a word about the goal, and whether it is missed"""
    if row.goal is None:
        return "", False
    if ours is None:
        return "failed", True
    missed = ours > row.goal
    return ("over" if missed else "reached"), missed


def print_table(found, rows):
    """returns: whether a row missed its goal"""
    missed = False
    print(f"{'row':<50}{'Linux':>12}{'tuned':>12}{'cowslip':>10}"
          f"{'ratio':>10}{'goal':>9}")
    for row in rows:
        ours = value_of(found, "cowslip", row)
        verdict, bad = judge(row, ours) if "cowslip" in found else ("", False)
        missed |= bad
        print(f"{row.title + (', bytes' if row.bytes else ''):<50}"
              f"{number(value_of(found, 'linux', row)):>12}"
              f"{number(value_of(found, 'tuned', row)):>12}"
              f"{number(ours):>10}"
              f"{ratio(ours, better_linux(found, row)):>10}"
              f"{number(row.goal):>9}  {verdict}".rstrip())
    for system, results in found.items():
        for key, why in results.failures.items():
            print(f"{bench_guest.SYSTEMS[system]}: {key} failed: {why}")
            missed = True
    return missed


def print_counters(found):
    words = {"instret": "rdinstret, exact",
             "time": "rdtime, in steps of 100"}
    said = ", ".join(f"{bench_guest.SYSTEMS[system]} {words[results.counter]}"
                     for system, results in found.items())
    print(f"\ninstructions (-icount shift=0), one hart; counted by: {said}.\n"
          "ratio: the better Linux to cowslip; more than 1 is ours.")


# ---- the wall clock --------------------------------------------------------
def measure_wall(bench, systems, rows):
    """returns: [{system: Results}], one for each round of paired runs"""
    rounds = []
    for count in range(WALL_RUNS):
        complain(f"round {count + 1} of {WALL_RUNS}")
        rounds.append({system: bench.run(system, rows) for system in systems})
    return rounds


def wall_ratios(rounds, row, system):
    """Of each round, `system`'s time to cowslip's."""
    pairs = [(value_of(found, system, row), value_of(found, "cowslip", row))
             for found in rounds]
    return [theirs / ours for theirs, ours in pairs
            if theirs is not None and ours]


def print_wall(rounds, rows):
    print(f"{'row':<50}{'Linux':>12}{'tuned':>12}")
    for row in rows:
        if row.bytes:
            continue
        words = [f"{statistics.median(ratios):.2f}x" if ratios else "-"
                 for ratios in (wall_ratios(rounds, row, system)
                                for system in ("linux", "tuned"))]
        print(f"{row.title:<50}{words[0]:>12}{words[1]:>12}")
    print(f"\ntime of the wall clock to cowslip's, the median of {WALL_RUNS} "
          "paired runs; more than 1 is ours.")


# ---- the profile -----------------------------------------------------------
def print_profile(functions):
    """All that make up all but the last PROFILE_REST of a row."""
    total = sum(count for _, count in functions if count > 0)
    if total == 0:
        raise bench_guest.BenchError("the kernel ran no instruction for it")
    seen = 0
    for name, count in functions:
        if seen > total * (1 - PROFILE_REST):
            break
        seen += count
        print(f"{count / total:7.1%}{count:>14,}  {name}")
    print(f"{1:7.1%}{total:>14,}  all, of every round and repeat")


# ---- files -----------------------------------------------------------------
def write_json(path, runs, rows, wall, version):
    """runs: [{system: Results}], one unless by the wall clock"""
    made = {
        "unit": "nanoseconds" if wall else "instructions",
        "linux": version,
        "rows": [{"key": row.key, "title": row.title, "goal": row.goal,
                  "unit": "bytes" if row.bytes else None} for row in rows],
        "runs": [{system: {"counter": results.counter,
                           "values": results.values,
                           "failures": results.failures}
                  for system, results in found.items()} for found in runs],
    }
    with open(path, "w") as file:
        json.dump(made, file, indent=1)
        file.write("\n")


def write_plot(path, found, wall):
    series = {}
    for system in found:
        points = [(row.resident, value) for row in bench_rows.ROWS
                  if row.resident and
                  (value := value_of(found, system, row))]
        if points:
            series[system] = points
    if not series:
        raise bench_guest.BenchError(
            "--plot draws the rows of fork by resident size, and none of "
            "them was measured")
    names = dict(bench_guest.SYSTEMS)
    with open(path, "w") as file:
        file.write(bench_plot.draw(series, names, "nanoseconds" if wall
                                   else "instructions"))


# ---- all of it -------------------------------------------------------------
def run(given, rows, folder):
    """returns: whether a goal was missed"""
    settings = machine.Settings(
        memory=given.memory, harts=1, icount=not given.wall, timeout=SECONDS,
        build=os.path.abspath(given.build))
    bench = bench_guest.Bench(folder, settings, complain)
    if given.profile:
        print_profile(bench_profile.profile(bench, rows[0].key))
        return False
    systems = (given.only,) if given.only else SYSTEMS
    version = None
    if systems != ("cowslip",):
        version = bench.linux_image()[1]
        print(f"cowslip beside Linux {version}\n")
    if given.wall:
        runs, missed = measure_wall(bench, systems, rows), False
        print_wall(runs, rows)
    else:
        runs = [measure(bench, systems, rows)]
        missed = print_table(runs[0], rows) or len(runs[0]) < len(systems)
        print_counters(runs[0])
    if given.json:
        write_json(given.json, runs, rows, given.wall, version)
    if given.plot:
        write_plot(given.plot, runs[-1], given.wall)
    return missed


def main():
    made = parser()
    given = made.parse_args()
    try:
        rows = bench_rows.choose(given.rows)
    except ValueError as error:
        made.error(str(error))
    if given.profile and len(rows) != 1:
        made.error("--profile wants one row")
    if given.profile and (given.wall or given.json or given.plot):
        made.error("--profile counts instructions, and writes no file")
    if given.only and given.wall:
        made.error("--wall compares systems, and wants all of them")
    if given.list:
        for row in rows:
            print(f"{row.key:<14}{row.title}")
        return 0
    for signum in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(signum, lambda *_: sys.exit(2))
    try:
        with tempfile.TemporaryDirectory(prefix="bench.") as folder:
            return 1 if run(given, rows, folder) else 0
    except (bench_guest.BenchError, OSError) as error:
        complain(error)
        return 2
    except KeyboardInterrupt:
        return 130


if __name__ == "__main__":
    sys.exit(main())
