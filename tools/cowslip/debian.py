"""A Debian for the guest: packages fetched by mmdebstrap, kept in a cache.

    host's apt --mirror--> mmdebstrap --> KEY.tar --debian_tree--> KEY.img

    ~/.cache/cowslip/debian/SUITE/packages/*.deb    what was downloaded
                                  KEY.tar           unpacked, nothing run
                                  KEY.img           finished, ready to boot

KEY names the packages and the suite; an image also knows which version of the
tools finished it, and is made again, from the tar, by another.  One process at
a time works in the cache; the others wait for it and find its work done.

mmdebstrap runs as anybody, in fakeroot, and runs nothing of the packages:
what their scripts would have done is debian_tree's part.  What the host's apt
was told about the mirror, proxies and certificates counts here too.  What is
fetched is checked against Debian's keys: the host's, or, where those are too
old to know the suite, those of the newest debian-archive-keyring that the
host's own apt vouches for.

What it does not do: updates.  Remove the cache's folder to fetch anew.
"""
import contextlib
import fcntl
import glob
import hashlib
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time

from cowslip import debian_tree, image

ARCHITECTURE = "riscv64"
# The first release with riscv64, and what is before every release.
SUITES = ("trixie", "sid")
DEFAULT_MIRROR = "http://deb.debian.org/debian"
LOGIN_SHELL = ("busybox-static",)
# What a Debian is expected to have: the essential packages but for those that
# manage packages and services.
BASE = ("base-files", "base-passwd", "bash", "bsdutils", "coreutils", "dash",
        "debianutils", "diffutils", "findutils", "grep", "gzip", "hostname",
        "libc-bin", "mawk", "mount", "ncurses-base", "ncurses-bin",
        "perl-base", "procps", "sed", "tar", "util-linux")
# Of the host's apt, what is about fetching.
FETCHING = re.compile(r"Acquire::(http|https|ftp|Retries|ForceIPv[46]|"
                      r"AllowInsecure|Check-Valid-Until|Check-Date)\b")
NO_NETWORK = re.compile(
    "Could not resolve|Temporary failure resolving|Could not connect|"
    "Unable to connect|Connection refused|Connection timed out|"
    "Network is unreachable|No route to host|Connection failed")
PACKAGE_NAME = re.compile(r"[a-z0-9][a-z0-9+.-]+")


class DebianError(image.ImageError):
    """There is no such Debian to be had; the text says why."""


def split_packages(text):
    """"a,b c" -> ("a", "b", "c").  raises: ValueError"""
    names = tuple(sorted(set(re.split(r"[,\s]+", text.strip(", ")))))
    for name in names:
        if name and not PACKAGE_NAME.fullmatch(name):
            raise ValueError(f"{name!r} is not the name of a package")
    return tuple(name for name in names if name)


def with_base(packages):
    """All that is asked for when these packages are."""
    packages = tuple(packages)
    if packages in ((), LOGIN_SHELL):
        return LOGIN_SHELL
    return tuple(sorted(set(packages + BASE)))


def cache_folder():
    home = os.environ.get("XDG_CACHE_HOME") or os.path.join(
        os.path.expanduser("~"), ".cache")
    return os.path.join(home, "cowslip", "debian")


def digest(*parts):
    made = hashlib.sha256()
    for part in parts:
        made.update(part if isinstance(part, bytes) else part.encode())
        made.update(b"\0")
    return made.hexdigest()[:16]


def tools_version():
    """Changes when an image would be finished differently."""
    texts = []
    for module in (image, debian_tree):
        with open(module.__file__, "rb") as file:
            texts.append(file.read())
    return digest(*texts)


class Place:
    """Where a suite's packages of one list stand in the cache."""

    def __init__(self, suite, packages):
        self.folder = os.path.join(cache_folder(), suite)
        self.suite, self.packages = suite, packages
        key = digest(suite, *packages)
        if len(packages) < 3:
            key = "-".join(packages) + "-" + key
        self.tar = os.path.join(self.folder, key + ".tar")
        self.scripts = os.path.join(self.folder, key + ".scripts")
        self.image = os.path.join(self.folder, f"{key}.{tools_version()}.img")
        self.old_images = os.path.join(self.folder, key + ".*.img")
        self.debs = os.path.join(self.folder, "packages")


@contextlib.contextmanager
def locked(say):
    """One process at a time."""
    folder = cache_folder()
    try:
        os.makedirs(folder, exist_ok=True)
        lock = open(os.path.join(folder, ".lock"), "w")
    except OSError as error:
        raise DebianError(f"Debian's cache cannot be written: {error}")
    with lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say("debian: waiting for another ./run that prepares one")
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def copy_image(packages, target, say):
    """Copy the image with `packages`, made first if need be, to `target`.

    say: called with a line about what takes time
    raises: DebianError
    """
    packages = with_base(packages)
    with locked(say):
        place = find(packages, say)
        if not os.path.exists(place.image):
            finish(place, say)
        image.copy_image(place.image, target)


def find(packages, say):
    """Where `packages`, no more and no less, are; fetched if need be.

    needs: the cache is locked
    returns: Place; raises DebianError
    """
    for suite in SUITES:
        place = Place(suite, packages)
        if os.path.exists(place.image) or os.path.exists(place.tar):
            return place
    return fetch(packages, say)


def finish(place, say):
    """Make the image from what was fetched."""
    say("debian: making the disk's image")
    for old in glob.glob(glob.escape(place.old_images).replace("[*]", "*")):
        os.unlink(old)
    with tempfile.TemporaryDirectory(prefix="tree.",
                                     dir=place.folder) as folder:
        owners = debian_tree.build(place.tar, place.scripts,
                                   os.path.join(folder, "root"))
        image.make_linux_image(os.path.join(folder, "root"), place.image,
                               owners)


def fetch(packages, say):
    """Have mmdebstrap fetch and unpack.  returns: Place; raises DebianError"""
    if shutil.which("mmdebstrap") is None or shutil.which("fakeroot") is None:
        raise DebianError("mmdebstrap and fakeroot are not installed")
    mirror = find_mirror()
    failed = None
    for suite in SUITES:
        place = Place(suite, packages)
        os.makedirs(os.path.join(place.debs, "partial"), exist_ok=True)
        say(f"debian: fetching {suite} for {ARCHITECTURE} from {mirror}")
        text = bootstrap(place, mirror, say)
        if text is None:
            return place
        # The first suite that is there decides.
        if failed is None or "Unable to locate package" in text:
            failed = (suite, text)
        if "Unable to locate package" in text or NO_NETWORK.search(text):
            break
    raise DebianError(explain(packages, mirror, *failed))


def explain(packages, mirror, suite, text):
    missing = re.findall(r"Unable to locate package (\S+)", text)
    if missing:
        return f"Debian's {suite} has no package {', '.join(missing)}"
    match = NO_NETWORK.search(text)
    if match:
        return (f"{mirror} does not answer ({match[0].lower()}), and no "
                f"Debian with {', '.join(packages[:8])}"
                f"{', ...' if len(packages) > 8 else ''} is in "
                f"{cache_folder()}: run this once with a network")
    return f"mmdebstrap could not fetch {suite}:\n" + "\n".join(
        text.strip().splitlines()[-15:])


def find_mirror():
    """The address the host's apt has for its own Debian."""
    try:
        lines = subprocess.run(
            ["apt-get", "indextargets", "--format",
             "$(ORIGIN)|$(LABEL)|$(RELEASE)|$(REPO_URI)",
             "Created-By: Packages"], text=True, stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL, check=True).stdout.splitlines()
    except (OSError, subprocess.CalledProcessError):
        lines = []
    found = []
    for line in lines:
        origin, label, release, address = line.split("|", 3)
        # Without lists nothing is known but names.
        if "$" in origin or not origin:
            origin = "Debian" if "debian" in address else ""
            label = "Debian"
        if origin == "Debian" and label == "Debian" and not re.search(
                "security|updates|backports", release):
            found.append(address.rstrip("/"))
    return found[0] if found else DEFAULT_MIRROR


def apt_options():
    """What the host's apt was told about fetching, as apt.conf has it."""
    try:
        dump = subprocess.run(["apt-config", "dump"], text=True,
                              stdout=subprocess.PIPE, check=True).stdout
    except (OSError, subprocess.CalledProcessError):
        dump = ""
    lines = [line for line in dump.splitlines()
             if FETCHING.match(line) and not line.endswith('"";')]
    lines += ['Acquire::Languages "none";', 'Acquire::Retries "2";',
              'Acquire::http::Timeout "20";', 'Acquire::https::Timeout "20";']
    return "\n".join(lines) + "\n"


def find_keys(folder):
    """A file with the keys that sign the suites.  raises: DebianError"""
    def keys_in(base):
        if glob.glob(f"{base}/usr/share/keyrings/debian-archive-trixie-*"):
            for end in ("pgp", "gpg"):
                path = f"{base}/usr/share/keyrings/debian-archive-keyring.{end}"
                if os.path.exists(path):
                    return path
        return None

    kept = os.path.join(cache_folder(), "keys")
    found = keys_in("") or keys_in(kept)
    if found is not None:
        return found
    # Signed by what the host trusts: the keys of later releases are added to
    # the package of earlier ones.
    done = subprocess.run(["apt-get", "-q", "download",
                           "debian-archive-keyring"], cwd=folder, text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    for deb in glob.glob(os.path.join(folder, "debian-archive-keyring_*")):
        subprocess.run(["dpkg-deb", "-x", deb, kept], check=True)
        os.unlink(deb)
    found = keys_in(kept)
    if found is None:
        raise DebianError(
            "the host's debian-archive-keyring does not have the keys of "
            f"Debian 13, and no newer one could be had:\n{done.stdout}")
    return found


# mmdebstrap's hooks: $1 is the root, $2 what we say.
HOOK_BEFORE = """\
mkdir -p "$1/var/cache/apt/archives/partial"
find "$2" -maxdepth 1 -name '*.deb' -exec cp -t "$1/var/cache/apt/archives" {} +
"""
HOOK_AFTER = """\
cp -u "$1"/var/cache/apt/archives/*.deb "$2"
"""


def bootstrap(place, mirror, say):
    """returns: None, or what mmdebstrap said if it failed"""
    with tempfile.TemporaryDirectory(prefix="fetch.",
                                     dir=place.folder) as folder:
        options = os.path.join(folder, "apt.conf")
        with open(options, "w") as file:
            file.write(apt_options())
        hooks = []
        for name, text in (("setup", HOOK_BEFORE), ("extract", HOOK_AFTER)):
            path = os.path.join(folder, name)
            with open(path, "w") as file:
                file.write("set -e\n" + text)
            hooks.append(f"--{name}-hook=sh '{path}' \"$1\" '{place.debs}'")
        made = os.path.join(folder, "made.tar")
        command = [
            "fakeroot", "mmdebstrap", "--verbose", "--mode=chrootless",
            f"--architectures={ARCHITECTURE}", "--variant=extract",
            f"--aptopt={options}", *hooks,
            f"--include={','.join(place.packages)}", place.suite, made,
            f"deb [signed-by={find_keys(folder)}] {mirror} {place.suite} main"]
        status, text = watch(command, say)
        if status != 0:
            return text
        debian_tree.keep_scripts(used_debs(text, place.debs), place.scripts)
        os.rename(made, place.tar)
        return None


def used_debs(text, folder):
    """The packages that apt told mmdebstrap to unpack."""
    names = []
    for line in text.splitlines():
        if " --unpack " in line:
            names += [os.path.basename(word) for word in line.split()
                      if word.endswith(".deb")]
    return [os.path.join(folder, name) for name in names]


def watch(command, say):
    """Run mmdebstrap, and say how far it is.  returns: status, all it said"""
    environment = dict(os.environ, LC_ALL="C")
    environment.pop("APT_CONFIG", None)
    process = subprocess.Popen(command, stdin=subprocess.DEVNULL, text=True,
                               errors="replace", stdout=subprocess.PIPE,
                               stderr=subprocess.STDOUT, env=environment)
    text, total, count, said = [], "", 0, time.monotonic()
    with process:
        for line in process.stdout:
            text.append(line)
            match = re.match(r"Need to get (?:\S+ \S+/)?(.*) of archives",
                             line)
            if match:
                total = match[1]
                say(f"debian: downloading {total} of packages")
            if re.match(r"Get:\d+ .*\.?deb|Get:\d+ .* riscv64|Get:\d+ .* all",
                        line):
                count += 1
                if time.monotonic() - said > 3:
                    said = time.monotonic()
                    say(f"debian: {count} packages are here")
            if line.startswith("I: extracting"):
                say("debian: unpacking")
    return process.returncode, "".join(text)


def main(arguments):
    """usage: python3 -m cowslip.debian FILE [PACKAGE...]"""
    target, *packages = arguments
    try:
        copy_image(tuple(sorted(packages)), target,
                   lambda line: print(line, file=sys.stderr, flush=True))
    except (image.ImageError, OSError) as error:
        sys.exit(f"debian: {error}")


if __name__ == "__main__":
    main(sys.argv[1:])
