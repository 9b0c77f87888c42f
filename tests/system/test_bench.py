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

from cowslip import bench_guest, bench_linux, bench_plot, bench_rows, machine

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
    assert keys() == [row.key for row in bench_rows.ROWS]
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


def test_plot():
    series = {"linux": [(1 << 20, 1e5), (1 << 30, 4e7)],
              "cowslip": [(1 << 20, 6e3), (1 << 30, 6e3)]}
    root = xml.etree.ElementTree.fromstring(
        bench_plot.draw(series, bench_guest.SYSTEMS, "instructions"))
    lines = [[tuple(map(float, point.split(",")))
              for point in element.get("points").split()]
             for element in root.iter("{http://www.w3.org/2000/svg}polyline")]
    (linux_small, linux_large), (small, large) = lines
    assert small[1] == large[1] > linux_small[1] > linux_large[1]
    assert small[0] == linux_small[0] < large[0] == linux_large[0]


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
    zboot(gzip.compress(image_bytes()), b"gzip")))
def test_images_are_unpacked(packed):
    assert bench_linux.unpack_image(packed) == image_bytes()


@pytest.mark.parametrize("data, said", (
    (b"no kernel" * 20, "not an Image"),
    (zboot(b"?", b"rot13"), "packed with rot13"),
    (zboot(b"?", b"gzip"), "cannot be unpacked")))
def test_wrong_images(data, said):
    with pytest.raises(bench_linux.LinuxError, match=said):
        bench_linux.unpack_image(data)


def test_initramfs(tmp_path):
    """As cpio reads it: by the format's own numbers."""
    program = tmp_path / "program"
    program.write_bytes(b"hello")
    made = tmp_path / "initramfs"
    bench_linux.make_initramfs(str(made), {"init": str(program)})
    data, found, at = made.read_bytes(), {}, 0
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
    assert found["init"] == (0o100755, b"hello", [0, 0])
    assert found["dev/console"] == (0o020600, b"", [5, 1])


def test_what_did_not_end_is_no_result():
    said = "counter time\nrow getppid 400.0\nfail brk brk: Out of memory\n"
    assert bench_guest.parse(said) is None
    found = bench_guest.parse(said.replace("\n", "\r\n") + "done\n")
    assert found.values == {"getppid": 400.0}
    assert found.failures == {"brk": "brk: Out of memory"}
