"""From unpacked packages to a root that boots: what the packages' scripts
would have done, and programs need, done without running them.

    links      /bin -> usr/bin and the like; sh; busybox's applets;
               /etc/alternatives, from the calls in the scripts
    files      passwd, group, shells, hosts, profiles
    users      that scripts or sysusers.d ask for
    owners     as the packages have them, by name of the file

What it does not do: anything else a script does.  There is no ld.so.cache;
the loader looks into its folders.
"""
import io
import json
import os
import re
import shutil
import stat
import subprocess
import tarfile

from cowslip.image import ImageError

SCRIPTS = ("postinst", "preinst")
USR_MERGED = ("bin", "sbin", "lib")
FOLDERS = (("proc", 0o555), ("sys", 0o555), ("dev", 0o755), ("run", 0o755),
           ("tmp", 0o1777), ("root", 0o700), ("etc", 0o755), ("home", 0o755),
           ("mnt", 0o755), ("usr/bin", 0o755), ("usr/sbin", 0o755),
           ("usr/lib", 0o755), ("var", 0o755), ("var/tmp", 0o1777),
           ("var/log", 0o755), ("var/lib", 0o755), ("var/cache", 0o755),
           ("etc/alternatives", 0o755))
# Only where no package brought them.
PASSWD = """\
root:x:0:0:root:/root:{shell}
daemon:x:1:1:daemon:/usr/sbin:/usr/sbin/nologin
bin:x:2:2:bin:/bin:/usr/sbin/nologin
sys:x:3:3:sys:/dev:/usr/sbin/nologin
nobody:x:65534:65534:nobody:/nonexistent:/usr/sbin/nologin
"""
GROUP = """\
root:x:0:
daemon:x:1:
bin:x:2:
sys:x:3:
tty:x:5:
disk:x:6:
nogroup:x:65534:
"""
FILES = {
    "etc/hostname": "cowslip\n",
    "etc/hosts": "127.0.0.1\tlocalhost cowslip\n::1\tlocalhost\n",
    "etc/fstab": "# What init mounts is in its source.\n",
    "etc/nsswitch.conf": "passwd: files\ngroup: files\nshadow: files\n"
                         "hosts: files\n",
    "etc/profile": "PS1='\\w \\$ '\nexport PS1\n",
}
# Defaults that base-files and base-passwd bring, and their scripts install.
DEFAULTS = {
    "etc/passwd": "usr/share/base-passwd/passwd.master",
    "etc/group": "usr/share/base-passwd/group.master",
    "etc/nsswitch.conf": "usr/share/libc-bin/nsswitch.conf",
    "etc/profile": "usr/share/base-files/profile",
    "root/.profile": "usr/share/base-files/dot.profile",
    "root/.bashrc": "usr/share/base-files/dot.bashrc",
}
# What pam-auth-update makes, where PAM is there.
PAM = {
    "auth": "auth\tsufficient\tpam_unix.so nullok\nauth\trequired\t"
            "pam_deny.so\n",
    "account": "account\trequired\tpam_unix.so\n",
    "password": "password\trequired\tpam_unix.so obscure yescrypt\n",
    "session": "session\trequired\tpam_unix.so\n",
    "session-noninteractive": "session\trequired\tpam_unix.so\n",
}
SHELLS = ("bin/sh", "bin/bash", "bin/dash", "bin/zsh", "bin/fish")
# busybox's names of its applets, one after the other.
APPLETS = re.compile(rb"\[\0\[\[\0(?:[a-z0-9][\w.+-]*\0)+")
APPLETS_MIN = 50
SYSTEM_IDS = 100            # users that packages make, from here on


def keep_scripts(debs, path):
    """Write the maintainer scripts of these packages to a file, for build."""
    kept = {}
    for deb in debs:
        package = os.path.basename(deb).split("_")[0]
        done = subprocess.run(["dpkg-deb", "--ctrl-tarfile", deb],
                              stdout=subprocess.PIPE)
        if done.returncode != 0:
            raise ImageError(f"{deb} is damaged; remove it")
        kept[package] = {}
        with tarfile.open(fileobj=io.BytesIO(done.stdout)) as archive:
            for member in archive:
                name = os.path.basename(member.name)
                if name in SCRIPTS and member.isfile():
                    kept[package][name] = archive.extractfile(
                        member).read().decode(errors="replace")
    with open(path, "w") as file:
        json.dump(kept, file)


def build(tar, scripts, root):
    """Unpack `tar` into the new folder `root`, and finish it.

    returns: {file: (uid, gid)} for those that are not root's
    """
    os.makedirs(root)
    owners = unpack(tar, root)
    with open(scripts) as file:
        texts = [text for kept in json.load(file).values()
                 for text in kept.values()]
    make_folders(root)
    make_shell(root)
    make_files(root)
    make_applets(root)
    make_alternatives(root, texts)
    make_users(root, texts, owners)
    return owners


def unpack(tar, root):
    """Unpack as ourselves, without devices.  returns: the owners"""
    owners = {}
    with tarfile.open(tar) as archive:
        for member in archive:
            if (member.uid, member.gid) != (0, 0):
                owners[os.path.normpath("/" + member.name)] = (member.uid,
                                                               member.gid)
    done = subprocess.run(
        ["tar", "-xf", tar, "-C", root, "--no-same-owner", "-p",
         "--exclude=./dev/*", "--delay-directory-restore"],
        stderr=subprocess.PIPE, text=True)
    if done.returncode != 0:
        raise ImageError(f"{tar} cannot be unpacked: {done.stderr.strip()}")
    # Ours to read, so that mke2fs can.
    for folder, names, files in os.walk(root):
        for name in names + files:
            path = os.path.join(folder, name)
            mode = os.lstat(path).st_mode
            if not stat.S_ISLNK(mode) and not mode & stat.S_IRUSR:
                os.chmod(path, stat.S_IMODE(mode) | stat.S_IRUSR)
    return {name: ids for name, ids in owners.items()
            if not name.startswith("/dev/")}


def make_folders(root):
    for name, mode in FOLDERS:
        os.makedirs(os.path.join(root, name), exist_ok=True)
        os.chmod(os.path.join(root, name), mode)
    for name in USR_MERGED:
        link(root, name, f"usr/{name}")
    for name, target in (("var/run", "/run"), ("var/lock", "/run/lock"),
                         ("etc/mtab", "../proc/self/mounts")):
        link(root, name, target)
    shutil.rmtree(os.path.join(root, "var/cache/apt"), ignore_errors=True)


def link(root, name, target, replace=False):
    """A symbolic link, unless there is a file of the name."""
    path = os.path.join(root, name)
    if os.path.lexists(path):
        if not replace or not os.path.islink(path):
            return
        os.unlink(path)
    os.makedirs(os.path.dirname(path), exist_ok=True)
    os.symlink(target, path)


def has(root, name):
    return os.path.lexists(os.path.join(root, name))


def make_shell(root):
    for shell in ("dash", "bash", "busybox"):
        if has(root, f"usr/bin/{shell}"):
            link(root, "usr/bin/sh", shell)
            break


def make_files(root):
    for name, source in DEFAULTS.items():
        source = os.path.join(root, source)
        if os.path.exists(source) and not has(root, name):
            shutil.copyfile(source, os.path.join(root, name))
    shell = "/bin/bash" if has(root, "usr/bin/bash") else "/bin/sh"
    for name, text in dict(FILES, **{
            "etc/passwd": PASSWD.format(shell=shell), "etc/group": GROUP,
            "etc/shells": "".join(f"/{name}\n" for name in SHELLS
                                  if has(root, f"usr/{name}"))},
            **{f"etc/pam.d/common-{name}": text for name, text in PAM.items()
               if has(root, "etc/pam.d")}).items():
        if not has(root, name) or name in ("etc/hostname", "etc/fstab"):
            with open(os.path.join(root, name), "w") as file:
                file.write(text)
            os.chmod(os.path.join(root, name), 0o644)
    # The host's, not the guest's.
    resolver = os.path.join(root, "etc/resolv.conf")
    if os.path.lexists(resolver):
        os.unlink(resolver)


def make_applets(root):
    """Links to busybox under the names nothing else has."""
    path = os.path.join(root, "usr/bin/busybox")
    if not os.path.exists(path):
        return
    with open(path, "rb") as file:
        match = APPLETS.search(file.read())
    names = match[0].decode().split("\0")[:-1] if match else []
    if len(names) < APPLETS_MIN or "sh" not in names:
        raise ImageError("busybox's list of applets is not where it was")
    for name in names:
        if not has(root, f"usr/sbin/{name}") and name != "init":
            link(root, f"usr/bin/{name}", "busybox")


def with_values(text):
    """A script with its continued lines joined, and its variables that are
    literal words replaced."""
    text = re.sub(r"\\\n", " ", text)
    values = dict(re.findall(r"""^\s*([A-Za-z_]\w*)=["']?([\w./+-]+)["']?\s*$""",
                             text, re.M))
    return re.sub(r"\$(?:(\w+)|\{(\w+)\})", lambda match: values.get(
        match[1] or match[2], match[0]), text)


def alternatives(texts):
    """{name: (link, path, slaves)} of the calls with literal words, the
    highest priority of each."""
    best = {}
    for text in texts:
        text = with_values(text)
        for call in re.findall(r"update-alternatives\b([^\n;|&>]*)", text):
            words = [word.strip("\"'") for word in call.split()]
            if "--install" not in words:
                continue
            at = words.index("--install")
            place, name, path, priority = (words[at + 1:at + 5] +
                                           [""] * 4)[:4]
            if "$" in place + name + path or not re.fullmatch(r"-?\d+",
                                                              priority):
                continue
            slaves = [words[i + 1:i + 4] for i, word in enumerate(words)
                      if word in ("--slave", "--follower")]
            if name not in best or int(priority) > best[name][0]:
                best[name] = (int(priority), place, path, [
                    slave for slave in slaves
                    if len(slave) == 3 and "$" not in "".join(slave)])
    return {name: choice[1:] for name, choice in best.items()}


def make_alternatives(root, texts):
    for name, (place, path, slaves) in alternatives(texts).items():
        if not os.path.exists(root + path):
            continue
        for at, called, target in [(place, name, path)] + slaves:
            if not os.path.exists(root + target):
                continue
            link(root, f"etc/alternatives/{called}", target, replace=True)
            link(root, at.lstrip("/"), f"/etc/alternatives/{called}",
                 replace=True)


def wanted_users(root, texts):
    """{name: (home, shell)}: system users of adduser calls and sysusers.d"""
    users = {}
    for text in texts:
        text = with_values(text)
        for call in re.findall(r"\badduser\b([^\n;|&>]*--system[^\n;|&>]*)",
                               text):
            home = re.search(r"--home[ =](/\S+)", call)
            name = call.split()[-1].strip("\"'")
            if re.fullmatch(r"[a-z_][a-z0-9_-]*", name):
                users[name] = (home[1] if home else "/nonexistent",
                               "/usr/sbin/nologin")
    folder = os.path.join(root, "usr/lib/sysusers.d")
    for file in sorted(os.listdir(folder)) if os.path.isdir(folder) else []:
        with open(os.path.join(folder, file)) as lines:
            for match in re.finditer(r'^u!?\s+(\S+)\s+\S+(?:\s+"[^"]*"|\s+-)?'
                                     r"\s*(\S*)", lines.read(), re.M):
                users.setdefault(match[1], (match[2] if match[2][:1] == "/"
                                            else "/", "/usr/sbin/nologin"))
    return users


def make_users(root, texts, owners):
    """Add users, a group for each; their home below /var is made."""
    with open(os.path.join(root, "etc/passwd")) as file:
        taken = {line.split(":")[0] for line in file}
    number = SYSTEM_IDS
    for name, (home, shell) in sorted(wanted_users(root, texts).items()):
        if name in taken:
            continue
        with open(os.path.join(root, "etc/passwd"), "a") as file:
            file.write(f"{name}:x:{number}:{number}::{home}:{shell}\n")
        with open(os.path.join(root, "etc/group"), "a") as file:
            file.write(f"{name}:x:{number}:\n")
        if home.startswith("/var/"):
            os.makedirs(root + home, exist_ok=True)
            owners[home] = (number, number)
        number += 1
