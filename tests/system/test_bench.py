"""./bench: its parts on the host, and the measured program on cowslip.

Nothing here fetches Debian's kernel: a row is run on cowslip alone.
"""
import gzip
import json
import os
import re
import subprocess
import sys
import xml.etree.ElementTree

import pytest

from cowslip import bench_guest, bench_linux, bench_plot, bench_report
from cowslip import bench_rows, bench_tree, machine

BENCH = os.path.join(machine.ROOT, "tools", "bench.py")


def run_bench(*words, **more):
    return subprocess.run([sys.executable, "-B", BENCH, *words], text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          timeout=180, **more)


def keys_of_programs():
    found = []
    for name in os.listdir(bench_guest.FOLDER):
        with open(os.path.join(bench_guest.FOLDER, name)) as file:
            found += re.findall(r'^\t\{ "([\w-]+)", measure_', file.read(),
                                re.M)
    return found


def test_rows_are_those_of_the_program():
    keys = [row.key for row in bench_rows.ROWS]
    assert len(set(keys)) == len(keys)
    assert sorted(keys) == sorted(keys_of_programs())


def test_choosing_rows():
    def keys(*patterns):
        return [row.key for row in bench_rows.choose(patterns)]
    assert keys() == [row.key for row in bench_rows.ROWS
                      if "micro" in row.groups]
    assert {row.key for row in bench_rows.choose([], ("real",))} >= {
        "sh", "make", "python", "sort", "fork-server", "redis-pause"}
    assert {row.resident for row in bench_rows.choose([], ("scale",))} >= {
        1 << 20, 4 << 30}
    assert keys("fork") == ["fork"]
    assert keys("brk", "getppid") == ["getppid", "brk"]
    assert keys("mmap + munmap") == ["mmap-4k", "mmap-1g"]
    with pytest.raises(ValueError, match="no row is called 'nonsense'"):
        bench_rows.choose(["nonsense"])


def test_list():
    done = run_bench("--list")
    assert done.returncode == 0
    assert [line.split()[0] for line in done.stdout.splitlines()] == \
        [row.key for row in bench_rows.ROWS]


@pytest.mark.parametrize("words, status, said", (
    (("nonsense",), 2, "no row is called 'nonsense'"),
    (("--only", "cowslip", "--wall"), 2, "wants all of them"),
    (("--only", "plan9"), 2, "invalid choice"),
    (("--real", "brk"), 2, "name rows, and so does ROW"),
    (("-m", "lots"), 2, "-m")))
def test_wrong_words(words, status, said):
    done = run_bench(*words)
    assert done.returncode == status and said in done.stderr


def test_no_network(tmp_path):
    """One sentence, if neither the cache nor the mirror has a kernel."""
    conf = tmp_path / "conf"
    conf.write_text('Acquire::http::Proxy "http://127.0.0.1:1";\n'
                    'Acquire::https::Proxy "http://127.0.0.1:1";\n')
    done = run_bench("getppid", "--only", "linux", env=dict(
        os.environ, XDG_CACHE_HOME=str(tmp_path), APT_CONFIG=str(conf)))
    assert done.returncode == 2, done
    assert "does not answer" in done.stderr, done.stderr
    assert "Traceback" not in done.stderr


def test_two_runs_are_the_same(tmp_path):
    """And a row's goal decides the exit status."""
    runs = []
    for count in range(2):
        made = tmp_path / f"{count}.json"
        done = run_bench("--only", "cowslip", "--json", str(made), "getppid",
                         "pipe", "fork", "fork-exec", "cow", "fork-4m")
        assert done.returncode in (0, 1), done
        runs.append(json.loads(made.read_text()))
    assert runs[0] == runs[1]
    run = runs[0]["runs"][0]["cowslip"]
    assert not run["failures"] and run["counter"] == "instret"
    assert set(run["values"]) == {row["key"] for row in runs[0]["rows"]}
    missed = [row["key"] for row in runs[0]["rows"] if row["goal"] and
              run["values"][row["key"]] > row["goal"]]
    assert done.returncode == (1 if missed else 0)
    # A call costs more than nothing and less than a fork.
    assert 10 < run["values"]["getppid"] < run["values"]["fork"]


def test_large_and_many(tmp_path):
    """Rows of the other groups that need no Debian; and harts take part."""
    made, plot = tmp_path / "json", tmp_path / "svg"
    keys = ["alive-10", "alive-100", "child-memory", "fork-server", "space-1",
            "space-2", "spaces-1", "spaces-2"]
    done = run_bench("--only", "cowslip", "-m", "1G", "--json", str(made),
                     "--plot-faults", str(plot), *keys)
    assert done.returncode == 0, done
    run = json.loads(made.read_text())["runs"][0]["cowslip"]
    assert not run["failures"] and set(run["values"]) == set(keys)
    assert run["counter"] == "instret"
    # Which frames are at hand, and cleared, differs a little.
    assert run["values"]["alive-10"] == pytest.approx(
        run["values"]["alive-100"], rel=0.01)
    assert re.search(r"cowslip +several spaces +2 harts +\d", done.stdout)
    assert xml.etree.ElementTree.fromstring(plot.read_text()) is not None


def results(**values):
    return bench_guest.Results("instret", {
        key.replace("_", "-"): value for key, value in values.items()})


def test_being_ahead():
    """Of the better Linux: being as good is not enough."""
    row, = bench_rows.choose(["sort"])
    found = {"linux": results(sort=300.0), "tuned": results(sort=200.0)}
    for ours, missed in ((199.0, False), (200.0, True), (250.0, True)):
        found["cowslip"] = results(sort=ours)
        assert bench_report.print_table(found, [row]) == missed


def test_speedups():
    rows = bench_rows.choose(["space-1", "space-2", "spaces-2"])
    runs = [{"cowslip": results(space_1=cost, space_2=50.0, spaces_2=1.0)}
            for cost in (90.0, 100.0, 1000.0)]
    assert bench_report.speedups(runs, rows) == {
        ("cowslip", "one space"): [(1, 1.0), (2, 2.0)]}


def polylines(svg):
    return [[tuple(map(float, point.split(",")))
             for point in element.get("points").split()]
            for element in xml.etree.ElementTree.fromstring(svg).iter(
                "{http://www.w3.org/2000/svg}polyline")]


def test_plot():
    series = {"linux": [(1 << 20, 1e5), (1 << 30, 4e7)],
              "cowslip": [(1 << 20, 6e3), (1 << 30, 6e3)]}
    (linux_small, linux_large), (small, large) = polylines(
        bench_plot.fork_picture(series, bench_guest.SYSTEMS, "instructions"))
    assert small[1] == large[1] > linux_small[1] > linux_large[1]
    assert small[0] == linux_small[0] < large[0] == linux_large[0]


def test_plot_of_faults():
    ideal, ours, theirs = polylines(bench_plot.faults_picture({
        ("cowslip", "several spaces"): [(1, 1.0), (2, 2.0), (4, 4.0)],
        ("linux", "several spaces"): [(1, 1.0), (2, 0.5)]},
        bench_guest.SYSTEMS, "faults"))
    assert ideal[0] == ours[0] == theirs[0] and ideal[1] == ours[2]
    assert theirs[1][1] > ours[0][1] > ours[1][1] > ours[2][1]


def image_bytes():
    return bytes(0x38) + bench_linux.IMAGE_MAGIC + b"kernel" * 100


def zboot(data, method):
    head = bytearray(64)
    head[4:8] = b"zimg"
    head[8:12] = (64).to_bytes(4, "little")
    head[12:16] = len(data).to_bytes(4, "little")
    head[24:24 + len(method)] = method
    return bytes(head) + data


@pytest.mark.parametrize("packed", (
    image_bytes(), gzip.compress(image_bytes()),
    zboot(gzip.compress(image_bytes()), b"gzip")),
    ids=("plain", "packed", "zboot"))      # what is packed has the time in it
def test_images_are_unpacked(packed):
    assert bench_linux.unpack_image(packed) == image_bytes()


@pytest.mark.parametrize("data, said", (
    (b"no kernel" * 20, "not an Image"),
    (zboot(b"?", b"rot13"), "packed with rot13"),
    (zboot(b"?", b"gzip"), "cannot be unpacked")),
    ids=("none", "of no kind", "broken"))
def test_wrong_images(data, said):
    with pytest.raises(bench_linux.LinuxError, match=said):
        bench_linux.unpack_image(data)


def read_cpio(data):
    """By the format's own numbers.  returns: {name: (mode, bytes, device)}"""
    found, at = {}, 0
    while True:
        assert data[at:at + 6] == b"070701"
        fields = [int(data[at + 6 + 8 * i:at + 14 + 8 * i], 16)
                  for i in range(13)]
        size, named = fields[6], fields[11]
        name = data[at + 110:at + 110 + named - 1].decode()
        body = at + (110 + named + 3) // 4 * 4
        found[name] = (fields[1], data[body:body + size], fields[9:11])
        at = body + (size + 3) // 4 * 4
        if name == "TRAILER!!!":
            break
    assert at == len(data)
    return found


def test_initramfs(tmp_path):
    program, made = tmp_path / "program", tmp_path / "initramfs"
    program.write_bytes(b"hello")
    bench_linux.make_initramfs(str(made), {"init": str(program)})
    found = read_cpio(made.read_bytes())
    assert found["init"] == (0o100755, b"hello", [0, 0])
    assert found["dev/console"] == (0o020600, b"", [5, 1])


def test_initramfs_of_a_tree(tmp_path):
    root, made = tmp_path / "root", tmp_path / "initramfs"
    (root / "usr" / "bin").mkdir(parents=True)
    (root / "dev").mkdir()
    (root / "usr" / "bin" / "tool").write_bytes(b"tool")
    (root / "usr" / "bin" / "tool").chmod(0o755)
    (root / "bin").symlink_to("usr/bin")
    (root / "init").write_bytes(b"another")
    bench_linux.make_initramfs(str(made), {
        "init": str(root / "usr" / "bin" / "tool")}, str(root))
    found = read_cpio(made.read_bytes())
    assert found["usr/bin/tool"] == (0o100755, b"tool", [0, 0])
    assert found["bin"] == (0o120777, b"usr/bin", [0, 0])
    assert found["init"][1] == b"tool"
    assert list(found).index("usr") < list(found).index("usr/bin/tool")


def test_project_is_made(tmp_path):
    """What the row `make` builds, with the compiler that is here."""
    project = str(tmp_path / "project")
    bench_tree.add_project(project)
    for _ in range(2):
        done = subprocess.run(
            ["make", "-C", project, "CC=riscv64-linux-gnu-gcc"], text=True,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        assert done.returncode == 0, done.stdout
    assert "up to date" in done.stdout
    assert os.access(os.path.join(project, "bench"), os.X_OK)


def test_what_did_not_end_is_no_result():
    said = "counter time\nrow getppid 400.0\nfail brk brk: Out of memory\n"
    assert bench_guest.parse(said) is None
    found = bench_guest.parse(said.replace("\n", "\r\n") + "done\n")
    assert found.values == {"getppid": 400.0}
    assert found.failures == {"brk": "brk: Out of memory"}
