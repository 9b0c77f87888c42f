"""./test grade: the score tables of the two exercises, as their graders
print them, from real runs of cowtest, lazytests and usertests in the guest.

    copy-on-write   simple 30, three 30, file 20             = 80
    lazy            map 30, unmap 30, out of memory 20       = 80
    both            usertests: copyin 5, copyout 5, all 19;
                    time 1                                   = 30

The points of the first table are the exercise's; the second exercise leaves
more than one choice, and ours gives its suite the same 80.  A row is granted
only if every line its suite prints about it says so.

The graders' "time" row asks for a file with the hours a student worked.  Here
it is granted if the guests were done in the time graders allow, 300 seconds
a suite.
"""
import re
import sys

from cowslip import guest, machine

SECONDS_MAX = 300


class Table:
    """Rows as they are judged, and their sum."""

    def __init__(self):
        self.points = self.possible = 0

    def row(self, title, points, granted, seconds=None):
        taken = "" if seconds is None else f" ({seconds:.1f}s)"
        print(f"== Test   {title} == ")
        print(f"  {title}: {'OK' if granted else 'FAIL'}{taken} "
              f"[{points if granted else 0}/{points}]")
        self.possible += points
        if granted:
            self.points += points

    def score(self):
        print(f"Score: {self.points}/{self.possible}")
        return self.points == self.possible


def run_suite(command):
    print(f"== Test running {command} == ", flush=True)
    outcome = guest.run_captured(machine.Settings(command=command,
                                                  timeout=SECONDS_MAX))
    verdict = outcome.reason or f"status {outcome.status}"
    print(f"({outcome.seconds:.1f}s, {verdict})", flush=True)
    return outcome


def says(outcome, pattern):
    """Whether lines match, and every one of them ends in OK."""
    lines = re.findall(rf"^{pattern}: *(.*?)\r?$",
                       outcome.output.decode(errors="replace"), re.MULTILINE)
    return bool(lines) and all(re.search(r"\bOK$", line, re.IGNORECASE)
                               for line in lines)


def usertests_rows(table, outcome, outcomes):
    print("== Test usertests == ")
    for name in ("copyin", "copyout"):
        table.row(f"usertests: {name}", 5, says(outcome, f"test {name}"))
    table.row("usertests: all tests", 19, outcome.status == 0 and
              b"ALL TESTS PASSED" in outcome.output, outcome.seconds)
    table.row("time", 1, all(each.status == 0 and each.seconds < SECONDS_MAX
                             for each in outcomes))


def main():
    everything = run_suite("usertests")

    cow = run_suite("cowtest")
    table = Table()
    for name, points in (("simple", 30), ("three", 30), ("file", 20)):
        table.row(name, points, says(cow, name))
    usertests_rows(table, everything, (cow, everything))
    passed = table.score()

    print()
    lazy = run_suite("lazytests")
    table = Table()
    for title, name, points in (("lazy: map", "sparse_memory", 30),
                                ("lazy: unmap", "sparse_memory_unmap", 30),
                                ("lazy: out of memory", "oom", 20)):
        table.row(title, points, says(lazy, f"test {name}"))
    usertests_rows(table, everything, (lazy, everything))
    passed = table.score() and passed
    return 0 if passed else 1


if __name__ == "__main__":
    sys.exit(main())
