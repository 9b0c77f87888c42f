"""Disk images: an ext2 file system made from a folder of the host.

    folder --mke2fs -d--> FILE --debugfs--> all files root's, times fixed

Nobody needs to be root for that, and the same folder gives the same bytes.

The image is plain ext2: blocks of 1 KiB, so that small files fill little and
a file of xv6's greatest size (268 KiB) already needs the doubly indirect
block; 16 MiB, so that a test that fills the disk is soon done; 2048 inodes,
since a suite makes a thousand files at once.  When more is to go in, both
grow.

What it does not do: read or change a mounted file system.
"""
import os
import shutil
import stat
import subprocess
import sys

MIB = 1 << 20
BLOCK_BYTES = 1024
SIZE_BYTES = 16 * MIB
SIZE_MIN_BYTES = MIB
ROOM_BYTES = 12 * MIB       # left free for programs to write
INODES = 2048
INODES_ROOM = 1536          # left free for programs to create files
FEATURES = "none,filetype,sparse_super,large_file"
UUID = "c0c0c0c0-0000-4000-8000-636f77736c70"
EPOCH = 1700000000          # every time stamp: images do not depend on today


class ImageError(Exception):
    """An image could not be made or changed; the text says why."""


def run_tool(*command, stdin=None):
    """Run one of e2fsprogs.  returns: its output; raises ImageError"""
    environment = dict(os.environ, E2FSPROGS_FAKE_TIME=str(EPOCH),
                       SOURCE_DATE_EPOCH=str(EPOCH), LC_ALL="C",
                       PATH=os.environ.get("PATH", "") + ":/usr/sbin:/sbin")
    try:
        done = subprocess.run(command, input=stdin, text=True,
                              stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, env=environment)
    except FileNotFoundError:
        raise ImageError(f"{command[0]} is not installed") from None
    if done.returncode != 0:
        raise ImageError(f"{command[0]} failed:\n{done.stdout.strip()}")
    return done.stdout


def split_add(text):
    """HOST[:GUEST].  returns: (host path, guest path beginning with /)"""
    host, colon, guest = text.rpartition(":")
    if not colon or os.path.exists(text):
        host, guest = text, ""
    if guest in ("", "/"):
        guest = os.path.basename(os.path.normpath(host))
    elif guest.endswith("/"):
        guest += os.path.basename(os.path.normpath(host))
    guest = os.path.normpath("/" + guest.lstrip("/"))
    if not os.path.exists(host):
        raise ImageError(f"--add: there is no {host}")
    if not os.access(host, os.R_OK):
        raise ImageError(f"--add: cannot read {host}")
    if guest == "/":
        raise ImageError(f"--add: {text} names no file of the guest")
    if "\n" in guest or '"' in guest:
        raise ImageError(f"--add: cannot name a file {guest!r}")
    return host, guest


def stage_file(root, host, guest):
    """Copy `host`, a file or a folder, to its place under `root`."""
    target = root + guest
    os.makedirs(os.path.dirname(target), exist_ok=True)
    if os.path.isdir(host):
        shutil.copytree(host, target, symlinks=True, dirs_exist_ok=True)
        return
    if os.path.lexists(target):
        os.unlink(target)
    shutil.copyfile(host, target)
    # Set-id bits too: chmod last, since copying drops them.
    os.chmod(target, stat.S_IMODE(os.stat(host).st_mode))


def paths_under(root):
    """Every path below `root`, as the guest names it, and its status."""
    for folder, folders, files in os.walk(root):
        for name in sorted(folders + files):
            path = os.path.join(folder, name)
            yield path[len(root.rstrip("/")):], os.lstat(path)


def bytes_needed(root):
    """Room the files under `root` take, indirect blocks included."""
    total = 0
    for _, status in paths_under(root):
        blocks = -(-status.st_size // BLOCK_BYTES)
        total += (blocks + blocks // 128 + 2) * BLOCK_BYTES
    return total


def size_for(root, room=None):
    """The size of an image for the files under `root`: the usual one, or what
    they need; what they need and `room` bytes to write, if that is given."""
    least = SIZE_BYTES if room is None else 0
    needed = bytes_needed(root) + (ROOM_BYTES if room is None else room)
    return max(least, -(-needed // MIB) * MIB)


def fix_owners(path, root):
    """Make all files root's, and their times the same."""
    commands = []
    for guest, _ in list(paths_under(root)) + [("/", None), ("/lost+found", None)]:
        for field, value in (("uid", 0), ("gid", 0), ("ctime", f"@{EPOCH}"),
                             ("atime", f"@{EPOCH}"), ("mtime", f"@{EPOCH}")):
            commands.append(f'sif "{guest}" {field} {value}')
    run_debugfs(path, commands)


def run_debugfs(path, commands):
    """Carry out debugfs commands on an image; raises ImageError."""
    output = run_tool("debugfs", "-w", "-f", "-", path,
                      stdin="\n".join(commands) + "\n")
    # debugfs says what went wrong and returns success all the same.
    wrong = [line for line in output.splitlines()
             if line and not line.startswith(("debugfs", "Allocated inode"))]
    if wrong:
        raise ImageError("debugfs failed:\n" + "\n".join(wrong))


def make_image(root, path, size_bytes=None):
    """Make the image `path` of all that is under `root`.

    size_bytes: None for the usual size, or more if the files need it
    raises: ImageError, with no file left behind
    """
    count = sum(1 for _ in paths_under(root))
    if size_bytes is None:
        size_bytes = size_for(root)
    if size_bytes < SIZE_MIN_BYTES:
        raise ImageError("a disk has at least 1M")
    inodes = max(INODES, count + INODES_ROOM)
    # A small disk is not to be all inodes.
    inodes = min(inodes, max(count + 32, size_bytes // (4 * BLOCK_BYTES)))
    scratch = f"{path}.{os.getpid()}"
    try:
        with open(scratch, "wb") as file:
            file.truncate(size_bytes)
        run_tool("mke2fs", "-q", "-F", "-t", "ext2", "-O", FEATURES,
                 "-b", str(BLOCK_BYTES), "-I", "128", "-N", str(inodes),
                 "-m", "0", "-U", UUID, "-L", "cowslip",
                 "-E", f"root_owner=0:0,hash_seed={UUID}", "-d", root, scratch)
        fix_owners(scratch, root)
        os.rename(scratch, path)
    finally:
        if os.path.exists(scratch):
            os.unlink(scratch)


def add_to_image(path, host, guest):
    """Put one file of the host into an image that is already there."""
    if os.path.isdir(host):
        raise ImageError("--add: a folder cannot be added to a disk that is "
                         "already there; add its files")
    if '"' in host or "\n" in host:
        raise ImageError(f"--add: cannot read a file named {host!r}")
    mode = 0o100000 | stat.S_IMODE(os.stat(host).st_mode)
    commands = []
    folder = ""
    for name in guest.split("/")[1:-1]:
        folder += "/" + name
        if not path_exists(path, folder):
            commands.append(f'mkdir "{folder}"')
    if path_exists(path, guest):
        commands.append(f'rm "{guest}"')
    commands += [f'write "{os.path.abspath(host)}" "{guest}"',
                 f'sif "{guest}" mode 0{mode:o}',
                 f'sif "{guest}" uid 0', f'sif "{guest}" gid 0']
    run_debugfs(path, commands)


def path_exists(image, guest):
    """Whether the image has a file of that name."""
    output = run_tool("debugfs", "-R", f'stat "{guest}"', image)
    return "File not found" not in output


def copy_image(source, target):
    """A copy that shares its blocks where the host can, else is sparse."""
    done = subprocess.run(["cp", "--reflink=auto", "--sparse=always", "--",
                           source, target], stderr=subprocess.PIPE, text=True)
    if done.returncode != 0:
        raise ImageError(done.stderr.strip())


def check_image(path):
    """returns: None if `e2fsck -fn` finds nothing, else what it says"""
    environment = dict(os.environ, LC_ALL="C",
                       PATH=os.environ.get("PATH", "") + ":/usr/sbin:/sbin")
    done = subprocess.run(["e2fsck", "-fn", path], text=True, env=environment,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    return None if done.returncode == 0 else done.stdout


def main(arguments):
    """usage: python3 -m cowslip.image FOLDER FILE"""
    folder, path = arguments
    try:
        make_image(folder, path)
    except (ImageError, OSError) as error:
        sys.exit(f"image: {error}")


if __name__ == "__main__":
    main(sys.argv[1:])
