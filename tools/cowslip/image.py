"""Disk images: an ext2 file system made from a folder of the host.

    folder --mke2fs -d--> FILE --debugfs--> all files root's, times fixed

Nobody needs to be root for that, and the same folder gives the same bytes.

The image is plain ext2: blocks of 1 KiB, so that small files fill little and
a file of xv6's greatest size (268 KiB) already needs the doubly indirect
block; 16 MiB, so that a test that fills the disk is soon done; 2048 inodes,
since a suite makes a thousand files at once.  When more is to go in, both
grow.  The root of a Linux is larger in all of that, and of blocks as large as
pages; its files keep owners of their own.

What it does not do: read or change a mounted file system.
"""
import dataclasses
import os
import shutil
import stat
import subprocess
import sys

MIB = 1 << 20
SIZE_MIN_BYTES = MIB
# What a root has in /dev before anything is mounted there.
DEVICES = (("console", 5, 1, 0o600), ("null", 1, 3, 0o666),
           ("zero", 1, 5, 0o666), ("tty", 5, 0, 0o666))
FEATURES = "none,filetype,sparse_super,large_file"
UUID = "c0c0c0c0-0000-4000-8000-636f77736c70"
EPOCH = 1700000000          # every time stamp: images do not depend on today


class ImageError(Exception):
    """An image could not be made or changed; the text says why."""


@dataclasses.dataclass(frozen=True)
class Format:
    """What kind of image: its blocks and inodes, and how much is free."""
    block_bytes: int
    inode_bytes: int
    size_bytes: int         # usually
    room_bytes: int         # left free for programs to write
    inodes: int
    inodes_room: int        # left free for programs to create files


SMALL = Format(1024, 128, 16 * MIB, 12 * MIB, 2048, 1536)
# A file that is free costs the host nothing: the image is sparse.
LINUX = Format(4096, 256, 256 * MIB, 1024 * MIB, 16384, 32768)


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


def bytes_needed(root, form=SMALL):
    """Room the files under `root` take, indirect blocks included."""
    total = 0
    for _, status in paths_under(root):
        blocks = -(-status.st_size // form.block_bytes)
        total += (blocks + blocks // 128 + 2) * form.block_bytes
    return total


def size_for(root, room=None, form=SMALL):
    """The size of an image for the files under `root`: the usual one, or what
    they need; what they need and `room` bytes to write, if that is given."""
    least = form.size_bytes if room is None else 0
    needed = bytes_needed(root, form) + (form.room_bytes if room is None
                                         else room)
    return max(least, -(-needed // MIB) * MIB)


def fix_owners(path, root):
    """Make all files root's, and their times the same."""
    commands = []
    for guest, _ in list(paths_under(root)) + [("/", None), ("/lost+found", None)]:
        for field, value in (("uid", 0), ("gid", 0), ("ctime", f"@{EPOCH}"),
                             ("atime", f"@{EPOCH}"), ("mtime", f"@{EPOCH}")):
            commands.append(f'sif "{guest}" {field} {value}')
    run_debugfs(path, commands)


def set_owners(path, root, owners):
    """Give files their owners where mke2fs, which takes the host's, did not;
    and /dev what no ordinary user of the host can make."""
    commands = []
    if not os.path.lexists(os.path.join(root, "dev")):
        commands.append('mkdir "/dev"')
    commands.append('cd "/dev"')
    for name, major, minor, mode in DEVICES:
        if not os.path.lexists(os.path.join(root, "dev", name)):
            commands += [f"mknod {name} c {major} {minor}",
                         f"sif {name} mode 0{stat.S_IFCHR | mode:o}"]
    commands.append('cd "/"')
    for guest, status in paths_under(root):
        wanted = owners.get(guest, (0, 0))
        for field, now, value in (("uid", status.st_uid, wanted[0]),
                                  ("gid", status.st_gid, wanted[1])):
            if now != value:
                commands.append(f'sif "{guest}" {field} {value}')
    run_debugfs(path, commands)


def host_owners(root):
    """Owners for make_linux_image of a tree that is on the host: who owns
    `root` is root in the guest, all others are who they are."""
    own = os.lstat(root)
    owners = {}
    for guest, status in paths_under(root):
        ids = (0 if status.st_uid == own.st_uid else status.st_uid,
               0 if status.st_gid == own.st_gid else status.st_gid)
        if ids != (0, 0):
            owners[guest] = ids
    return owners


def resize_image(path, size_bytes):
    """Make an image that is there larger or smaller; raises ImageError"""
    if size_bytes > os.path.getsize(path):
        os.truncate(path, size_bytes)
    run_tool("resize2fs", "-f", path, f"{size_bytes >> 10}K")
    os.truncate(path, size_bytes)


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
    """Make the image `path` of all that is under `root`, all of it root's.

    size_bytes: None for the usual size, or more if the files need it
    raises: ImageError, with no file left behind
    """
    make_any_image(root, path, size_bytes, SMALL,
                   lambda scratch: fix_owners(scratch, root))


def make_linux_image(root, path, owners, size_bytes=None):
    """The same for the root of a Linux, whose files have owners.

    owners: {file, as the guest names it: (uid, gid)}; all others are root's
    """
    make_any_image(root, path, size_bytes, LINUX,
                   lambda scratch: set_owners(scratch, root, owners))


def make_any_image(root, path, size_bytes, form, fix):
    count = sum(1 for _ in paths_under(root))
    if size_bytes is None:
        size_bytes = size_for(root, form=form)
    if size_bytes < SIZE_MIN_BYTES:
        raise ImageError("a disk has at least 1M")
    inodes = max(form.inodes, count + form.inodes_room)
    # A small disk is not to be all inodes.
    inodes = min(inodes, max(count + 32,
                             size_bytes // (4 * form.block_bytes)))
    scratch = f"{path}.{os.getpid()}"
    try:
        with open(scratch, "wb") as file:
            file.truncate(size_bytes)
        run_tool("mke2fs", "-q", "-F", "-t", "ext2", "-O", FEATURES,
                 "-b", str(form.block_bytes), "-I", str(form.inode_bytes),
                 "-N", str(inodes),
                 "-m", "0", "-U", UUID, "-L", "cowslip",
                 "-E", f"root_owner=0:0,hash_seed={UUID}", "-d", root, scratch)
        fix(scratch)
        os.rename(scratch, path)
    finally:
        if os.path.exists(scratch):
            os.unlink(scratch)


def add_to_image(path, host, guest):
    """Put a file or a folder of the host into an image that is there."""
    commands = []
    parent = os.path.dirname(guest)
    make_path(path, parent, commands)
    there = path_exists(path, guest)
    if os.path.isdir(host):
        if not there:
            commands.append(f'mkdir "{guest}"')
        for name, status in paths_under(host):
            add_commands(host + name, guest + name, status, there and
                         path_exists(path, guest + name), commands)
    else:
        add_commands(host, guest, os.stat(host), there, commands)
    run_debugfs(path, commands)


def make_path(path, folder, commands):
    """The folders on the way to `folder` that are not there."""
    made = ""
    for name in folder.split("/")[1:]:
        made += "/" + name
        if name and not path_exists(path, made):
            commands.append(f'mkdir "{made}"')


def add_commands(host, guest, status, there, commands):
    """What puts one file, link or folder in its place, with its mode."""
    if '"' in host or "\n" in host:
        raise ImageError(f"--add: cannot read a file named {host!r}")
    folder, name = os.path.split(guest)
    if stat.S_ISDIR(status.st_mode):
        if not there:
            commands.append(f'mkdir "{guest}"')
    else:
        if there:
            commands.append(f'rm "{guest}"')
        # `write` names its file as it is told, with a slash or without.
        commands.append(f'cd "{folder}"')
        if stat.S_ISLNK(status.st_mode):
            commands += [f'symlink "{name}" "{os.readlink(host)}"']
        elif stat.S_ISREG(status.st_mode):
            commands += [f'write "{os.path.abspath(host)}" "{name}"']
        else:
            raise ImageError(f"--add: {host} is neither file nor folder")
        commands.append('cd "/"')
    mode = stat.S_IFMT(status.st_mode) | stat.S_IMODE(status.st_mode)
    commands += [f'sif "{guest}" mode 0{mode:o}',
                 f'sif "{guest}" uid 0', f'sif "{guest}" gid 0']


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
