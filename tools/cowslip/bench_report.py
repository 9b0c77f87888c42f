"""What ./bench found, as tables.

    {system: Results} --> a line a row: each system's figure, how far cowslip
                          is ahead of the better Linux, and its goal
"""
import statistics

from cowslip import bench_guest

LINUXES = ("linux", "tuned")
PROFILE_REST = 0.05
SAMPLES_REST = 0.005
MILLIONS_FROM = 10 ** 8


def number(value):
    if value is None:
        return "-"
    if value >= MILLIONS_FROM:
        return f"{value / 1e6:,.1f}M"
    return f"{value:,.0f}" if value >= 100 else f"{value:,.1f}"


def value_of(found, system, row):
    return found[system].values.get(row.key) if system in found else None


def better_linux(found, row):
    values = [value for system in LINUXES
              if (value := value_of(found, system, row)) is not None]
    return min(values) if values else None


def ratio(ours, theirs):
    """How much less ours is than theirs, as text."""
    if ours is None or theirs is None or theirs <= 0:
        return "-"
    return "any" if ours <= 0 else f"{theirs / ours:,.2f}x"


def judge(row, ours, theirs):
    """returns: a word about the goal, and whether it is missed"""
    if row.goal is None and not row.ahead:
        return "", False
    if ours is None:
        return "failed", True
    if row.goal is not None:
        missed = ours > row.goal
        return ("over" if missed else "reached"), missed
    if theirs is None:
        return "", False
    missed = ours >= theirs
    return ("behind" if missed else "ahead"), missed


def title_of(row):
    if row.bytes:
        return f"{row.title}, bytes"
    return f"{row.title}, ns" if row.machine.timed else row.title


def goal_of(row):
    return "ahead" if row.ahead else number(row.goal)


def print_table(found, rows):
    """returns: whether a row missed its goal"""
    missed = False
    print(f"{'row':<50}{'Linux':>12}{'tuned':>12}{'cowslip':>12}"
          f"{'ratio':>11}{'goal':>9}")
    for row in rows:
        ours, theirs = value_of(found, "cowslip", row), better_linux(found, row)
        verdict, bad = judge(row, ours, theirs) if "cowslip" in found else (
            "", False)
        missed |= bad
        print(f"{title_of(row):<50}"
              f"{number(value_of(found, 'linux', row)):>12}"
              f"{number(value_of(found, 'tuned', row)):>12}"
              f"{number(ours):>12}{ratio(ours, theirs):>11}"
              f"{goal_of(row):>9}  {verdict}".rstrip())
    return print_failures(found) or missed


def print_failures(found):
    """returns: whether there are any"""
    for system, results in found.items():
        for key, why in results.failures.items():
            print(f"{bench_guest.SYSTEMS[system]}: {key} failed: {why}")
    return any(results.failures for results in found.values())


def print_counters(found):
    words = {"instret": "rdinstret, exact",
             "time": "rdtime, in steps of 100"}
    said = ", ".join(f"{bench_guest.SYSTEMS[system]} {words[results.counter]}"
                     for system, results in found.items())
    print("\ninstructions (-icount shift=0), one hart, but for rows in ns; "
          f"counted by: {said}.\n"
          "ratio: the better Linux to cowslip; more than 1 is ours.")


# ---- the wall clock --------------------------------------------------------
def wall_ratios(rounds, row, system):
    """Of each round, `system`'s time to cowslip's."""
    pairs = [(value_of(found, system, row), value_of(found, "cowslip", row))
             for found in rounds]
    return [theirs / ours for theirs, ours in pairs
            if theirs is not None and ours]


def print_wall(rounds, rows):
    """returns: whether a row failed"""
    print(f"{'row':<50}{'Linux':>12}{'tuned':>12}")
    for row in rows:
        if row.bytes:
            continue
        words = [f"{statistics.median(ratios):.2f}x" if ratios else "-"
                 for ratios in (wall_ratios(rounds, row, system)
                                for system in LINUXES)]
        print(f"{row.title:<50}{words[0]:>12}{words[1]:>12}")
    print(f"\ntime of the wall clock to cowslip's, the median of "
          f"{len(rounds)} paired runs; more than 1 is ours.")
    return any([print_failures(found) for found in rounds])


# ---- several harts ---------------------------------------------------------
def speedups(runs, rows):
    """How much faster faults are on several harts than on one.

    runs: [{system: Results}], the median of which counts
    returns: {(system, in what): [(harts, times)]}
    """
    costs = {}
    for row in rows:
        if row.faults is None:
            continue
        for system in runs[0]:
            values = [value for found in runs
                      if (value := value_of(found, system, row))]
            if values:
                costs.setdefault((system, row.faults), {})[
                    row.machine.harts] = statistics.median(values)
    return {key: [(harts, by[1] / cost) for harts, cost in sorted(by.items())]
            for key, by in costs.items() if 1 in by}


def print_speedups(runs, rows):
    found = speedups(runs, rows)
    if not any(len(points) > 1 for points in found.values()):
        return
    print("\nfaults against one hart, in times:")
    for (system, where), points in found.items():
        print(f"  {bench_guest.SYSTEMS[system]:<14}{where:<16}" + "".join(
            f"{harts:>4} harts{times:>7.2f}x" for harts, times in points
            if harts > 1))


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


def print_samples(counts, where):
    """counts: of bench_sample.sample; where: what all samples are of"""
    total = sum(counts["functions"].values())
    if total == 0:
        raise bench_guest.BenchError("no hart was seen where it matters")
    for kind, places in counts.items():
        if places:
            print(f"by {kind}:")
        for name, count in places.most_common():
            if count >= total * SAMPLES_REST:
                print(f"{count / total:7.1%}  {name}")
    print(f"\nof {total} samples of harts, {where}")
