"""Who called whom in the kernel, seen from outside: its unwind tables, as
readelf prints them.  The kernel reads them by itself (core/cpu/unwind.h)."""
import bisect
import dataclasses
import re
import subprocess

CIE = re.compile(r'([0-9a-f]+) [0-9a-f]+ [0-9a-f]+ CIE "(\w+)"')
FDE = re.compile(r"[0-9a-f]+ [0-9a-f]+ [0-9a-f]+ FDE "
                 r"cie=([0-9a-f]+) pc=([0-9a-f]+)\.\.([0-9a-f]+)")
ROW = re.compile(r"([0-9a-f]{16}) (\w+)\+(\d+)(.*)")
KEPT = re.compile(r"c([-+]\d+)")
RETURN = "return"


@dataclasses.dataclass
class Row:
    """Where the frame ends, and what is where from there."""
    register: str
    offset: int
    kept: dict              # by register, and RETURN
    trap: bool              # the way back is where a trap was, not a call's end


class Tables:
    def __init__(self, elf):
        said = subprocess.run(
            ["riscv64-linux-gnu-readelf", "--debug-dump=frames-interp", elf],
            text=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
            check=True).stdout
        rows, cies = {}, {}
        for piece in said.split("\n\n"):
            lines = piece.strip().splitlines() or [""]
            if match := CIE.match(lines[0]):
                trap = "S" in match[2]
                (_, first), = read_rows(lines, trap)
                cies[match[1]] = trap, first
            elif match := FDE.match(lines[0]):
                trap, first = cies[match[1]]
                rows[int(match[2], 16)] = first
                rows.update(read_rows(lines, trap))
                rows.setdefault(int(match[3], 16), None)
        self.starts = sorted(rows)
        self.rows = [rows[start] for start in self.starts]

    def row(self, pc):
        """returns: what holds at an address; None if no function is there"""
        at = bisect.bisect_right(self.starts, pc) - 1
        return self.rows[at] if at >= 0 else None


def read_rows(lines, trap):
    """Yields (address, Row) of one entry."""
    names = lines[1].split()[2:] if len(lines) > 1 else []
    if trap and names:
        names[-1] = RETURN      # readelf calls this ra, too
    for match in filter(None, map(ROW.match, lines[2:])):
        kept = {name: int(found[1]) for name, rule in
                zip(names, match[4].split())
                if (found := KEPT.fullmatch(rule))}
        if not trap and "ra" in kept:
            kept[RETURN] = kept["ra"]
        yield int(match[1], 16), Row(match[2], int(match[3]), kept, trap)


def chain(tables, registers, words):
    """Yields addresses, the innermost first: pc, then calls.

    registers: pc, sp, ra and s0
    words: {address: word} of the stack
    """
    at = dict(registers)
    while (row := tables.row(at["pc"])) is not None:
        yield at["pc"]
        if at.get(row.register) is None:
            return
        end = at[row.register] + row.offset
        kept = {name: words.get(end + offset)
                for name, offset in row.kept.items()}
        back = kept[RETURN] if RETURN in kept else at["ra"]
        if back is None:
            return
        at = {"pc": back if row.trap else back - 1, "sp": end,
              "ra": kept.get("ra") if row.trap else None,
              "s0": kept.get("s0", at["s0"])}
    yield at["pc"]              # assembly that is entered, not called
