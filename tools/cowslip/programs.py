"""Many tests in one guest of the Linux door, and what each of them said: the
programs of tests/linux, compiled for Linux, and scripts.

usage, as ./run finds the package: PYTHONPATH=tools python3 -m cowslip.programs
       [--build DIR] [NAME...]      these programs (but for the fuzzer all),
       and their output

Each program says what it does in its head, and is right on any Linux.  They
run one after the other on a root made of Debian's busybox-static, so that
system() has a shell.
"""
import concurrent.futures
import glob
import os
import re
import subprocess
import sys
import tempfile

from cowslip import guest, machine

FOLDER = os.path.join(machine.ROOT, "tests", "linux")
CROSS = "riscv64-linux-gnu-"
FLAGS = ("-O2", "-g", "-static", "-pthread", "-Wall", "-Wextra")
GUEST_FOLDER = "/tests"
SECONDS_EACH = 100
# A program of the other door: it counts the frames, whoever holds them.
AUDIT = "/audit"
# What marks the output of each, and no program says.
BEGINS, ENDS = "=-=-= begin ", "=-=-= status "


class ProgramError(Exception):
    """A program could not be compiled."""


def sources():
    """{name: source}"""
    found = glob.glob(os.path.join(FOLDER, "*.c")) + \
        glob.glob(os.path.join(FOLDER, "*.cc"))
    return {os.path.splitext(os.path.basename(path))[0]: path
            for path in sorted(found)}


def compile_one(name, folder):
    """returns: the program's path; raises ProgramError"""
    source = sources()[name]
    path = os.path.join(folder, name)
    compiler = CROSS + ("gcc" if source.endswith(".c") else "g++")
    done = subprocess.run([compiler, *FLAGS, source, "-o", path, "-lm"],
                          text=True, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT)
    # Of static programs that ask for users or hosts the linker warns.
    if done.returncode != 0:
        raise ProgramError(f"{name}: {done.stdout}")
    return path


def compile_all(names, folder):
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        return list(pool.map(lambda name: compile_one(name, folder), names))


def command_for(names, before="", after=""):
    return (f"{before}cd {GUEST_FOLDER}; for p in {' '.join(names)}; do "
            f"echo '{BEGINS}'$p; timeout -s KILL {SECONDS_EACH} ./$p "
            f"</dev/null 2>&1; s=$?; echo; echo '{ENDS}'$s; done{after}")


def audit_program(build):
    """What to add to an image for AUDIT."""
    return f"{os.path.join(build, 'root', 'audit')}:{AUDIT}"


def settings_for(names, folder, **more):
    """How to boot the guest that runs them."""
    adds = [f"{path}:{GUEST_FOLDER}/{os.path.basename(path)}"
            for path in compile_all(names, folder)]
    more.setdefault("command", command_for(names))
    more.setdefault("memory", 512 * machine.MIB)
    more.setdefault("harts", 4)
    settings = machine.Settings(debian=(), adds=adds, **more)
    adds.append(audit_program(settings.build))
    return settings


def steps_script(steps, shell="sh", seconds=SECONDS_EACH):
    """A script of scripts: {name: text} one after the other, each in a shell
    and a folder of its own, until a command of it fails."""
    text = ""
    for name, step in steps.items():
        text += f"""\
echo '{BEGINS}{name}'
mkdir -p /tmp/{name}
cat > /tmp/{name}.script <<'{ENDS}'
{step.strip()}
{ENDS}
(cd /tmp/{name} && exec timeout -s KILL {seconds} {shell} -ex \\
	/tmp/{name}.script) </dev/null 2>&1
status=$?
echo
echo '{ENDS}'$status
"""
    return text + AUDIT + "\n"


def run_steps(steps, folder, packages, timeout=600, shell="sh", seconds=100,
              **more):
    """Run {name: script} on a Debian.

    folder: where the disk may stand
    returns: Outcome, {name: (status, output)}
    """
    script = os.path.join(folder, "script.sh")
    with open(script, "w") as file:
        file.write(steps_script(steps, shell, seconds))
    more.setdefault("memory", 512 * machine.MIB)
    more.setdefault("disk", os.path.join(folder, "disk"))
    settings = machine.Settings(command="sh /script.sh", debian=packages,
                                timeout=timeout, **more)
    settings.adds = (f"{script}:/script.sh", audit_program(settings.build),
                     *settings.adds)
    outcome = guest.run_captured(settings)
    return outcome, outcomes(list(steps),
                             outcome.output.decode(errors="replace"))


def outcomes(names, output):
    """{name: (status or None if it did not end, output)} of the guest's."""
    found = {}
    pieces = re.split(rf"^{BEGINS}(\S+)\r?\n", output, flags=re.M)
    for name, text in zip(pieces[1::2], pieces[2::2]):
        match = re.search(rf"^{ENDS}(\d+)\r?$", text, re.M)
        said = text[:match.start()] if match else text
        found[name] = (int(match[1]) if match else None, said)
    return {name: found.get(name, (None, "it did not start"))
            for name in names}


def main(arguments):
    build = os.path.join(machine.ROOT, "build")
    if arguments[:1] == ["--build"]:
        build, arguments = os.path.abspath(arguments[1]), arguments[2:]
    names = arguments or [name for name in sources() if name != "fuzz_calls"]
    with tempfile.TemporaryDirectory() as folder:
        settings = settings_for(names, folder, build=build,
                                timeout=SECONDS_EACH * len(names))
        outcome = guest.run_command(
            settings, lambda data: (sys.stdout.buffer.write(data),
                                    sys.stdout.flush()),
            lambda data: (sys.stderr.buffer.write(data), sys.stderr.flush()))
    print(outcome.status, outcome.reason)
    return outcome.status


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
