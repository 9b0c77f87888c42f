"""./bench: cowslip beside Debian's own Linux, row by row.

usage: ./bench [--list] [--real] [--scale] [--wall] [--profile] [--json FILE]
               [--plot FILE] [--plot-faults FILE] [ROW...]

Each system runs the same static Linux binary (tests/bench) on the same
machine of QEMU's: cowslip; Debian's kernel as shipped; and that kernel tuned.
Under -icount a nanosecond is an instruction, and figures repeat exactly.

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

from cowslip import bench_guest, bench_plot, bench_profile, bench_report
from cowslip import bench_rows, bench_sample, machine

SYSTEMS = ("linux", "tuned", "cowslip")
WALL_RUNS = 5
SECONDS = 900


def parser():
    made = argparse.ArgumentParser(
        prog="./bench", description="Measure cowslip beside Debian's Linux on "
        "the same QEMU, and print a table.",
        epilog="Exit status: 0; 1 if a row of cowslip's misses its goal, or "
        "a row or a system failed; 2 if nothing could be measured.")
    add = made.add_argument
    add("rows", metavar="ROW", nargs="*",
        help="a row's key, or part of a key or title (all that calls and "
        "faults cost)")
    for group, text in (("real", "whole programs of Debian's"),
                        ("scale", "rows by size, by children, by harts")):
        add(f"--{group}", action="append_const", dest="groups", const=group,
            help=f"{text}, instead; slow")
    add("--list", action="store_true", help="name all rows, and run none")
    add("--only", metavar="SYSTEM", choices=SYSTEMS,
        help=f"boot only one of {', '.join(SYSTEMS)}")
    add("--profile", action="store_true",
        help="of one ROW, where cowslip's instructions go, by function (of "
        "programs and of faults on harts: by samples)")
    add("--wall", action="store_true",
        help=f"measure time, without -icount: the median of {WALL_RUNS} "
        "paired runs, as ratios to cowslip")
    add("--json", metavar="FILE", help="write what was measured there, too")
    add("--plot", metavar="FILE",
        help="draw fork's cost against resident size, as SVG")
    add("--plot-faults", metavar="FILE",
        help="draw faults on several harts against one, as SVG")
    add("-m", metavar="SIZE", dest="memory", type=machine.parse_size,
        help="memory of each machine (what its rows want)")
    add("--build", metavar="DIR", default=os.path.join(machine.ROOT, "build"),
        help="build there, not in build/")
    return made


def complain(text):
    print(f"bench: {text}", file=sys.stderr, flush=True)


# ---- measuring -------------------------------------------------------------
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


def measure_wall(bench, systems, rows):
    """returns: [{system: Results}], one for each round of paired runs"""
    rounds = []
    for count in range(WALL_RUNS):
        complain(f"round {count + 1} of {WALL_RUNS}")
        rounds.append(measure(bench, systems, rows))
    return rounds


# ---- files -----------------------------------------------------------------
def write_json(path, runs, rows, wall, version):
    """runs: [{system: Results}], one unless by the wall clock"""
    made = {
        "unit": unit_of(wall),
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


def unit_of(wall):
    return "nanoseconds" if wall else "instructions"


def write_plot(path, runs, rows, wall):
    """Fork's cost by resident size; of several runs, the median."""
    series = {}
    for system in runs[0]:
        for row in rows:
            values = [value for found in runs if row.resident and
                      (value := bench_report.value_of(found, system, row))]
            if values:
                series.setdefault(system, []).append(
                    (row.resident, statistics.median(values)))
    if not series:
        raise bench_guest.BenchError(
            "--plot draws the rows of fork by resident size, and none of "
            "them was measured")
    with open(path, "w") as file:
        file.write(bench_plot.fork_picture(series, bench_guest.SYSTEMS,
                                           unit_of(wall)))


def write_faults_plot(path, runs, rows, wall):
    found = bench_report.speedups(runs, rows)
    if not any(len(points) > 1 for points in found.values()):
        raise bench_guest.BenchError(
            "--plot-faults draws the rows of faults by harts, and there are "
            "none on one hart and on several")
    title = ("write faults a second" if wall else
             "faults by the instructions of all harts")
    with open(path, "w") as file:
        file.write(bench_plot.faults_picture(found, bench_guest.SYSTEMS,
                                             f"{title}, against one hart"))


# ---- all of it -------------------------------------------------------------
def report(bench, given, systems, rows):
    """Measure, and print tables.

    returns: [{system: Results}], and whether a goal was missed
    """
    if given.wall:
        runs = measure_wall(bench, systems, rows)
        missed = bench_report.print_wall(runs, rows)
    else:
        runs = [measure(bench, systems, rows)]
        missed = bench_report.print_table(runs[0], rows)
        bench_report.print_counters(runs[0])
    bench_report.print_speedups(runs, rows)
    return runs, missed or any(len(found) < len(systems) for found in runs)


def print_profile(bench, row):
    """By instruction where that can be, else by samples."""
    if row.faults:
        bench_report.print_samples(bench_sample.sample(bench, row),
                                   "while one of them is in a fault")
    elif row.machine.debian:
        bench_report.print_samples(bench_sample.sample(bench, row),
                                   "from the machine's start to its end")
    else:
        bench_report.print_profile(bench_profile.profile(bench, row.key))


def run(given, rows, folder):
    """returns: whether a goal was missed"""
    settings = machine.Settings(harts=1, icount=not given.wall,
                                timeout=SECONDS,
                                build=os.path.abspath(given.build))
    bench = bench_guest.Bench(folder, settings, complain, given.memory)
    if given.profile:
        print_profile(bench, rows[0])
        return False
    systems = (given.only,) if given.only else SYSTEMS
    version = None
    if systems != ("cowslip",):
        version = bench.linux_image()[1]
        print(f"cowslip beside Linux {version}\n")
    runs, missed = report(bench, given, systems, rows)
    if given.json:
        write_json(given.json, runs, rows, given.wall, version)
    if given.plot:
        write_plot(given.plot, runs, rows, given.wall)
    if given.plot_faults:
        write_faults_plot(given.plot_faults, runs, rows, given.wall)
    return missed


def check(made, given, rows):
    """End with a sentence about words that do not go together."""
    if given.rows and given.groups:
        made.error("--real and --scale name rows, and so does ROW")
    if given.profile and len(rows) != 1:
        made.error("--profile wants one row")
    if given.profile and (given.wall or given.json or given.plot or
                          given.plot_faults):
        made.error("--profile counts instructions, and writes no file")
    if given.only and given.wall:
        made.error("--wall compares systems, and wants all of them")


def print_list(rows):
    for row in rows:
        print(f"{row.key:<18}{'/'.join(row.groups):<12}{row.title}")


def main():
    made = parser()
    given = made.parse_args()
    groups = given.groups or (
        bench_rows.GROUPS if given.list else bench_rows.MICRO)
    try:
        rows = bench_rows.choose(given.rows, groups)
    except ValueError as error:
        made.error(str(error))
    check(made, given, rows)
    if given.list:
        print_list(rows)
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
