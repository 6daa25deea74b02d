"""A fresh Debian in a folder, from the mirror that this machine's apt uses: needs root."""

import os
import pathlib
import shutil
import subprocess

INSTALLED_WITHIN_S = 600
# Exported to what runs inside, as a container engine does.
ENVIRONMENT = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LANG": "C.UTF-8", "DEBIAN_FRONTEND": "noninteractive"}


def make(root):
    """`root`: a path that does not exist yet. Debian's essential packages and apt, of this machine's release."""
    mirror, release = _mirror()
    environment = {**os.environ, **_proxies()}
    _run(["debootstrap", "--variant=minbase", release, root, mirror], environment)
    settings = subprocess.run(["apt-config", "dump", "--no-empty", "--format", '%F "%v";%n', "Acquire::http", "Acquire::https"],
                              check=True, capture_output=True, text=True).stdout
    (root / "etc/apt/apt.conf.d/00host").write_text(settings)
    for path in ("/etc/resolv.conf", "/etc/hosts"):
        shutil.copy(path, root / path[1:])
    shutil.copytree("/etc/apt/auth.conf.d", root / "etc/apt/auth.conf.d", dirs_exist_ok=True)


def command_in(root, *command, user=None):
    """Words that run the command inside, as root or as a user of the root's; /proc is there, and is gone with the process."""
    userspec = [f"--userspec={_ids_of(root, user)}", "--groups="] if user else []
    return ["unshare", "--mount", "sh", "-c", 'mount -t proc proc "$1/proc" && shift && exec "$@"', "sh", str(root),
            "env", "-i", *(f"{name}={value}" for name, value in ENVIRONMENT.items()),
            "chroot", *userspec, str(root), *map(str, command)]


def run_in(root, *command, user=None, check=True):
    """Returns the CompletedProcess; both outputs are in stdout."""
    done = subprocess.run(command_in(root, *command, user=user), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                          timeout=INSTALLED_WITHIN_S, check=False)
    if check and done.returncode != 0:
        raise AssertionError(f"{' '.join(map(str, command))} exits with {done.returncode}:\n{done.stdout[-4000:]}")
    return done


def _run(command, environment):
    done = subprocess.run([str(word) for word in command], env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                          timeout=INSTALLED_WITHIN_S, check=False)
    if done.returncode != 0:
        raise AssertionError(f"{command[0]} exits with {done.returncode}:\n{done.stdout[-4000:]}")


def _mirror():
    """(URI, release) of the main archive in apt's configuration."""
    release = _os_release()["VERSION_CODENAME"]
    lines = subprocess.run(["apt-get", "indextargets", "--format", "$(REPO_URI) $(RELEASE) $(COMPONENT)", "Created-By: Packages"],
                           check=True, capture_output=True, text=True).stdout.splitlines()
    for uri, of_release, component in (line.split() for line in lines if len(line.split()) == 3):
        if component == "main" and of_release in (release, "stable") and uri.startswith("http"):
            return uri, release
    raise AssertionError(f"apt knows no http mirror of {release} main: see /etc/apt/sources.list")


def _proxies():
    found = {}
    for scheme in ("http", "https"):
        proxy = subprocess.run(["apt-config", "shell", "proxy", f"Acquire::{scheme}::Proxy"], check=True, capture_output=True, text=True).stdout
        if proxy:
            found[f"{scheme}_proxy"] = proxy.strip().removeprefix("proxy=").strip("'")
    return found


def _os_release():
    lines = pathlib.Path("/etc/os-release").read_text().splitlines()
    return {name: value.strip('"') for name, value in (line.split("=", 1) for line in lines if "=" in line)}


def _ids_of(root, user):
    for line in (root / "etc/passwd").read_text().splitlines():
        name, _, uid, gid, *_ = line.split(":")
        if name == user:
            return f"{uid}:{gid}"
    raise AssertionError(f"no user {user} in {root}")
