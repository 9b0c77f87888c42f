"""Disks for the Linux door: from a Debian, or from any tree of the host, and
with our init in them.

    Debian's image, or mke2fs -d of a tree --resize2fs--> the size asked for
        --debugfs--> /init, unless the tree has its own, and its environment
"""
import os
import shutil

from cowslip import debian, image, machine

MIB = machine.MIB
ENVIRONMENT = "/etc/cowslip.environment"    # as user/linux/init.c has it
# Of ours, what programs there may know.
TERMINAL = "vt100"


def too_large(settings, size, most):
    """The error for a RAM disk that does not fit."""
    return image.ImageError(
        f"a disk of {size // MIB}M is too large for memory of "
        f"{settings.memory // MIB}M: with --icount it is part of the "
        f"memory, and may have {most // MIB}M; give more with -m, or "
        "keep the disk in a file with --disk")


def make_disk(settings, target, most, say):
    """Make the image `target`, not larger than `most` if that is not None.

    raises: image.ImageError
    """
    scratch = f"{target}.{os.getpid()}"
    try:
        if settings.root is not None:
            if not os.path.isdir(settings.root):
                raise image.ImageError(f"--root: {settings.root} is no folder")
            image.make_linux_image(settings.root, scratch,
                                   image.host_owners(settings.root))
        else:
            debian.copy_image(settings.debian, scratch, say)
        fit(settings, scratch, most)
        os.rename(scratch, target)
    finally:
        if os.path.exists(scratch):
            os.unlink(scratch)


def fit(settings, path, most):
    size = os.path.getsize(path)
    wanted = settings.disk_size or size
    if most is not None and wanted > most:
        if settings.disk_size:
            raise too_large(settings, wanted, most)
        wanted = most
    if wanted == size:
        return
    try:
        image.resize_image(path, wanted)
    except image.ImageError as error:
        if most is not None and not settings.disk_size:
            raise too_large(settings, size, most) from None
        raise image.ImageError(
            f"--disk-size: {wanted // MIB}M is too little: {error}")


def add_init(settings, path, scratch):
    """Put process 1 and what it is to know into the image."""
    init = os.path.join(settings.build, "linux", "init")
    added = os.path.join(scratch, "init")
    shutil.copyfile(init, added)
    os.chmod(added, 0o755)
    ours = image.path_exists(path, ENVIRONMENT)
    if ours or not image.path_exists(path, "/init"):
        image.add_to_image(path, added, "/init")
        environment = os.path.join(scratch, "environment")
        with open(environment, "w") as file:
            file.write(environment_text())
        image.add_to_image(path, environment, ENVIRONMENT)


def environment_text():
    words = {"TERM": os.environ.get("TERM") or TERMINAL, "LANG": "C.UTF-8"}
    try:
        size = os.get_terminal_size(0)
        words.update(COLUMNS=size.columns, LINES=size.lines)
    except OSError:
        pass
    return "".join(f"{name}={value}\n" for name, value in words.items()
                   if "\n" not in str(value))
