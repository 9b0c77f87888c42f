"""Linux beside cowslip: Debian's own kernel, and an initramfs for it.

    linux-image-riscv64 --apt--> .deb --dpkg-deb--> boot/vmlinu* --> Image
    files --cpio--> initramfs

    ~/.cache/cowslip/linux/SUITE/VERSION.Image

The suite and the mirror are those of ./run --debian, and what is fetched is
checked against Debian's keys.  The host's apt fetches it, with lists of its
own: nothing of the host's is changed.

What it does not do: updates.  Remove the cache's folder to fetch anew.
"""
import glob
import gzip
import os
import re
import shutil
import stat
import subprocess
import tempfile

from cowslip import debian, image

PACKAGE = "linux-image-riscv64"
# Where an Image says it is one, and an EFI zboot image what is in it.
IMAGE_MAGIC_AT, IMAGE_MAGIC = 0x38, b"RSC\x05"
ZBOOT_MAGIC_AT, ZBOOT_MAGIC = 4, b"zimg"


class LinuxError(Exception):
    """There is no such kernel to be had; the text says why."""


def cache_folder():
    return os.path.join(os.path.dirname(debian.cache_folder()), "linux")


def find_image(say):
    """returns: the kernel's file, and its version; raises LinuxError"""
    found = cached_image()
    if found is None:
        try:
            with debian.locked(say):
                found = cached_image() or fetch(say)
        except (debian.DebianError, OSError) as error:
            raise LinuxError(str(error)) from None
    return found, os.path.basename(found)[:-len(".Image")]


def cached_image():
    for suite in debian.SUITES:
        found = sorted(glob.glob(os.path.join(
            glob.escape(cache_folder()), suite, "*.Image")))
        if found:
            return found[-1]
    return None


# ---- fetching --------------------------------------------------------------
APT_CONF = """\
Dir "{folder}";
Dir::Etc::sourcelist "{folder}/sources.list";
Dir::Etc::sourceparts "/dev/null";
Dir::Etc::parts "/dev/null";
Dir::Etc::main "/dev/null";
Dir::Etc::trusted "/dev/null";
Dir::Etc::preferencesparts "/dev/null";
Dir::State "{folder}/state";
Dir::State::status "{folder}/status";
Dir::Cache "{folder}/cache";
APT::Architecture "{architecture}";
APT::Architectures {{ "{architecture}"; }};
APT::Sandbox::User "";
"""


def fetch(say):
    """returns: the Image's place in the cache; raises LinuxError"""
    mirror = debian.find_mirror()
    os.makedirs(cache_folder(), exist_ok=True)
    text = ""
    for suite in debian.SUITES:
        with tempfile.TemporaryDirectory(prefix="fetch.",
                                         dir=cache_folder()) as folder:
            say(f"linux: fetching {PACKAGE} of {suite} from {mirror}")
            try:
                package = fetch_package(folder, suite, mirror)
                return keep_image(package, suite, folder)
            except AptError as error:
                text = str(error)
        match = debian.NO_NETWORK.search(text)
        if match:
            raise LinuxError(
                f"{mirror} does not answer ({match[0].lower()}), and no "
                f"kernel of Debian's is in {cache_folder()}: run this once "
                "with a network")
    raise LinuxError(f"apt could not fetch {PACKAGE}:\n" +
                     "\n".join(text.strip().splitlines()[-5:]))


class AptError(Exception):
    """The text is apt's."""


def fetch_package(folder, suite, mirror):
    """returns: the .deb's path; raises AptError"""
    for name in ("state/lists/partial", "cache/archives/partial"):
        os.makedirs(os.path.join(folder, name))
    texts = {
        "status": "",
        "sources.list": f"deb [signed-by={debian.find_keys(folder)}] "
                        f"{mirror} {suite} main\n",
        "apt.conf": APT_CONF.format(folder=folder,
                                    architecture=debian.ARCHITECTURE) +
                    debian.apt_options(),
    }
    for name, text in texts.items():
        with open(os.path.join(folder, name), "w") as file:
            file.write(text)
    run_apt(folder, "apt-get", "-q", "update")
    depends = run_apt(folder, "apt-cache", "depends", PACKAGE)
    match = re.search(r"Depends: (linux-image-\S+)", depends)
    if match is None:
        raise AptError(f"{PACKAGE} depends on no kernel")
    run_apt(folder, "apt-get", "-q", "download", match[1])
    found = glob.glob(os.path.join(glob.escape(folder), "*.deb"))
    if not found:
        raise AptError(f"{match[1]} was not downloaded")
    return found[0]


def run_apt(folder, *command):
    """returns: what it said; raises AptError"""
    environment = dict(os.environ, LC_ALL="C",
                       APT_CONFIG=os.path.join(folder, "apt.conf"))
    done = subprocess.run(command, cwd=folder, env=environment, text=True,
                          stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, errors="replace")
    # apt-get update succeeds without any list.
    if done.returncode != 0 or re.search(r"^(E|Err|W: Failed)\b",
                                         done.stdout, re.M):
        raise AptError(done.stdout)
    return done.stdout


# ---- the Image -------------------------------------------------------------
def keep_image(package, suite, folder):
    """Take the Image out of a .deb.  returns: its place in the cache"""
    boot = os.path.join(folder, "boot")
    subprocess.run(["dpkg-deb", "-x", package, boot], check=True)
    found = glob.glob(os.path.join(glob.escape(boot), "boot", "vmlinu[xz]-*"))
    if not found:
        raise LinuxError(f"{os.path.basename(package)} holds no kernel")
    with open(found[0], "rb") as file:
        image = unpack_image(file.read())
    version = os.path.basename(found[0]).split("-", 1)[1]
    place = os.path.join(cache_folder(), suite, version + ".Image")
    os.makedirs(os.path.dirname(place), exist_ok=True)
    scratch = os.path.join(folder, "Image")
    with open(scratch, "wb") as file:
        file.write(image)
    os.rename(scratch, place)
    return place


def unpack_image(data):
    """What QEMU can start: Images may be packed.  raises: LinuxError"""
    if data[ZBOOT_MAGIC_AT:ZBOOT_MAGIC_AT + 4] == ZBOOT_MAGIC:
        start = int.from_bytes(data[8:12], "little")
        size = int.from_bytes(data[12:16], "little")
        method = data[24:56].split(b"\0")[0].decode(errors="replace")
        return unpack_image(unpack(data[start:start + size], method))
    if data[:2] == b"\x1f\x8b":
        return unpack_image(gzip.decompress(data))
    if data[IMAGE_MAGIC_AT:IMAGE_MAGIC_AT + 4] != IMAGE_MAGIC:
        raise LinuxError("the kernel in Debian's package is not an Image")
    return data


def unpack(data, method):
    tool = {"gzip": "gzip", "zstd": "zstd", "xzkern": "xz", "xz": "xz",
            "lzma": "lzma", "lzo": "lzop", "lz4": "lz4"}.get(method)
    if tool is None or shutil.which(tool) is None:
        raise LinuxError("the kernel in Debian's package is packed with "
                         f"{method}, and no tool here unpacks that")
    done = subprocess.run([tool, "-dc"], input=data, stdout=subprocess.PIPE,
                          stderr=subprocess.DEVNULL)
    # What follows the packed bytes makes tools complain.
    if not done.stdout:
        raise LinuxError("the kernel in Debian's package cannot be unpacked")
    return done.stdout


# ---- the initramfs ---------------------------------------------------------
CPIO_MAGIC, CPIO_END, CPIO_ALIGN = "070701", "TRAILER!!!", 4
CONSOLE = (5, 1)


def make_initramfs(path, programs, root=None):
    """Write an initramfs that holds {name: file of the host}, executable.

    root: None, or a tree of the host's to have in it, too
    """
    with open(path, "wb") as file:
        for inode, entry in enumerate(initramfs_entries(programs, root), 1):
            file.write(cpio_entry(inode, *entry))


def initramfs_entries(programs, root):
    """Every (name, mode, data, device) of it, folders before what is in
    them."""
    made = [("dev", stat.S_IFDIR | 0o755, b"", (0, 0)),
            ("proc", stat.S_IFDIR | 0o755, b"", (0, 0)),
            ("dev/console", stat.S_IFCHR | 0o600, b"", CONSOLE)]
    yield from made
    for guest, status in image.paths_under(root) if root else ():
        name = guest.lstrip("/")
        if name not in programs and name not in ("dev", "proc"):
            yield (name, status.st_mode, contents(root + guest, status),
                   (0, 0))
    for name, source in sorted(programs.items()):
        with open(source, "rb") as file:
            yield name, stat.S_IFREG | 0o755, file.read(), (0, 0)
    yield CPIO_END, 0, b"", (0, 0)


def contents(path, status):
    """What cpio keeps of a file or a link."""
    if stat.S_ISLNK(status.st_mode):
        return os.fsencode(os.readlink(path))
    if stat.S_ISREG(status.st_mode):
        with open(path, "rb") as file:
            return file.read()
    return b""


def cpio_entry(inode, name, mode, data, device):
    named = name.encode() + b"\0"
    fields = (inode, mode, 0, 0, 1, 0, len(data), 0, 0, *device, len(named),
              0)
    head = (CPIO_MAGIC + "".join(f"{field:08x}" for field in fields)).encode()
    return padded(head + named) + padded(data)


def padded(data):
    return data + bytes(-len(data) % CPIO_ALIGN)
