#!/usr/bin/env python3
"""tools/package, installed into a fresh Debian as the Containerfile's last stage does: it serves coturn's client there.

Needs root and a mirror of Debian; takes about two minutes.
"""

import contextlib
import os
import pathlib
import re
import shutil
import subprocess
import tempfile
import unittest

import booted_root
import containerfile
import debian_root
import lone_edge
import network_namespace
import uclient

TREE = pathlib.Path(__file__).resolve().parents[2]
ADDRESS, PEER = "11.79.12.1", "11.79.12.2"
SECRET = "integration-test-secret"
EXAMPLE = "usr/share/doc/causeway/examples/turn-only.yaml"
UNIT = "causewayd.service"
PROGRAMS = ("usr/bin/causewayd", "usr/bin/causeway")
BUILD_STAGE, IMAGE = containerfile.stages_of((TREE / "Containerfile").read_text())


class PackageTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        done = subprocess.run([TREE / "tools/package", "--no-setup"], check=True, stdout=subprocess.PIPE, text=True)
        cls.package = TREE / done.stdout.strip()
        cls.folder = pathlib.Path(cls.enterClassContext(tempfile.TemporaryDirectory(prefix="causeway-package-")))
        cls.root = cls.folder / "root"
        debian_root.make(cls.root)
        for copy in containerfile.all_of(IMAGE, "COPY"):
            _, pattern, to = copy.split()
            assert cls.package.match(pathlib.Path(pattern).name), f"the Containerfile copies {pattern}, not {cls.package.name}"
            shutil.copy(cls.package, cls.root / to.lstrip("/"))
        for command in containerfile.all_of(IMAGE, "RUN"):
            cls.installation = debian_root.run_in(cls.root, "sh", "-c", command).stdout

    def test_has_the_version_of_the_build_everywhere(self):
        [version] = re.findall(r"^project\(causeway VERSION (\S+)", (TREE / "CMakeLists.txt").read_text(), re.MULTILINE)
        of_package = subprocess.run(["dpkg-deb", "-f", self.package, "Version"], check=True, capture_output=True, text=True).stdout

        self.assertEqual(of_package.strip(), f"{version}-1")
        for program in ("causewayd", "causeway"):
            self.assertEqual(debian_root.run_in(self.root, program, "--version").stdout, f"{program} {version}\n")
        self.assertEqual(re.search(r"^## (\S+)", (TREE / "CHANGELOG.md").read_text(), re.MULTILINE).group(1), version)

    def test_brings_two_programs_and_what_systemd_and_a_shell_need(self):
        installed = debian_root.run_in(self.root, "dpkg", "-L", "causeway").stdout.split()
        for path in ("lib/systemd/system/causewayd.service", "lib/sysusers.d/causeway.conf", "lib/tmpfiles.d/causeway.conf",
                     "share/bash-completion/completions/causeway"):
            self.assertIn(f"/usr/{path}", installed)
        self.assertEqual({path for path in installed if path.startswith("/usr/bin/")}, {f"/{program}" for program in PROGRAMS})
        conffiles = subprocess.run(["dpkg-deb", "--info", self.package, "conffiles"], check=True, capture_output=True, text=True).stdout
        self.assertEqual(set(conffiles.split()), {path for path in installed if path.startswith("/etc/") and (self.root / path[1:]).is_file()})

    def test_is_hardened(self):
        for program in PROGRAMS:
            with self.subTest(program=program):
                said = subprocess.run(["readelf", "--wide", "--file-header", "--program-headers", "--dynamic", "--dyn-syms", self.root / program],
                                      check=True, capture_output=True, text=True).stdout

                self.assertRegex(said, r"Type: +DYN")
                self.assertRegex(said, r"FLAGS_1.*NOW.*PIE")
                self.assertRegex(said, r"GNU_RELRO")
                self.assertRegex(said, r"GNU_STACK .* RW ")
                self.assertIn("__stack_chk_fail@", said)
                self.assertRegex(said, r"__\w+_chk@")
                self.assertFalse(str(TREE).encode() in (self.root / program).read_bytes(), "the program names the folder of its build")

    def test_explains_itself_in_manual_pages(self):
        for page, of_help in (("man8/causewayd.8.gz", "--check-config"), ("man1/causeway.1.gz", "--deadline"),
                              ("man5/causeway.yaml.5.gz", "turn.limits.channels")):
            with self.subTest(page=page):
                shown = subprocess.run(["man", "--warnings", "-l", self.root / "usr/share/man" / page], check=True, capture_output=True, text=True,
                                       env={**os.environ, "MANWIDTH": "200", "LC_ALL": "C.UTF-8"})

                self.assertEqual(shown.stderr, "")
                self.assertIn(of_help, shown.stdout)

    def test_completes_commands_and_options(self):
        for words, expected in ((["causeway", "und"], ["undrain"]), (["causeway", "node", ""], ["enroll", "show"]),
                                (["causeway", "drain", "--dead"], ["--deadline"]), (["causewayd", "--check"], ["--check-config"])):
            with self.subTest(words=words):
                script = ('. /usr/share/bash-completion/completions/causeway; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); '
                          '_causeway "$1" "${COMP_WORDS[COMP_CWORD]}" "${COMP_WORDS[COMP_CWORD - 1]}"; echo "${COMPREPLY[@]}"')

                done = debian_root.run_in(self.root, "bash", "-c", script, "bash", *words)

                self.assertEqual(done.stdout.split(), expected)

    def test_prepares_and_does_not_start_a_daemon_without_configuration(self):
        self.assertIn("causewayd is not configured yet", self.installation)
        self.assertTrue((self.root / "etc/systemd/system/multi-user.target.wants/causewayd.service").is_symlink())
        stated = debian_root.run_in(self.root, "stat", "-c", "%a %U %G", "/etc/causeway").stdout
        self.assertEqual(stated, "750 root causeway\n")
        self.assertIn("/usr/sbin/nologin", debian_root.run_in(self.root, "getent", "passwd", "causeway").stdout)

    def test_serves_a_client_from_its_example_configuration(self):
        entry, options, user = (of_image(instruction) for instruction in ("ENTRYPOINT", "CMD", "USER"))
        config = self.root / options[-1].lstrip("/")
        config.write_text(self.example())
        self.addCleanup(config.unlink)
        with contextlib.ExitStack() as stack:
            namespace = stack.enter_context(network_namespace.lone_namespace("package", [f"{ADDRESS}/32", f"{PEER}/32"]))
            stack.enter_context(lone_edge.running(namespace, debian_root.command_in(self.root, *entry, *options, user=user[0]), ADDRESS,
                                                  self.folder / "log"))
            stack.enter_context(lone_edge.echoing_peers(namespace, 3480, PEER))

            self.assert_relays(namespace)
            status = debian_root.run_in(self.root, *of_image("HEALTHCHECK", after="CMD "), user=user[0])

        self.assertIn("edge", status.stdout)

    def test_runs_under_systemd(self):
        root = self.folder / "machine"
        subprocess.run(["cp", "-a", self.root, root], check=True)
        debian_root.run_in(root, "sh", "-c", "apt-get update && apt-get install -y --no-install-recommends systemd dbus procps")
        shutil.copy(self.package, root / "opt/causeway.deb")
        with contextlib.ExitStack() as stack:
            namespace = stack.enter_context(network_namespace.lone_namespace("machine", [f"{ADDRESS}/32", f"{PEER}/32"]))
            machine = stack.enter_context(booted_root.booted(root, namespace))
            stack.enter_context(lone_edge.echoing_peers(namespace, 3480, PEER))

            with self.subTest("stays off without a configuration"):
                self.assertEqual(machine.property_of(UNIT, "ConditionResult"), "no")
                self.assertEqual(machine.property_of(UNIT, "ActiveState"), "inactive")

            (root / "etc/causeway/node.yaml").write_text(self.example())
            machine.run("systemctl", "start", UNIT)
            with self.subTest("serves in its sandbox, alive as the watchdog sees it"):
                self.assert_relays(namespace)
                self.assertIn("event=relay_ports_not_steered", machine.run("journalctl", "-u", UNIT).stdout)
                self.assertNotEqual(machine.property_of(UNIT, "WatchdogTimestampMonotonic"), "0")

            with self.subTest("reloads"):
                machine.run("systemctl", "reload", UNIT)
                self.assertEqual(machine.property_of(UNIT, "SubState"), "running")

            with self.subTest("goes on while the package is upgraded"):
                daemon = machine.property_of(UNIT, "MainPID")
                self.assertIn("still runs the version before", machine.run("dpkg", "-i", "/opt/causeway.deb").stdout)
                self.assertEqual(machine.property_of(UNIT, "MainPID"), daemon)

            with self.subTest("steers relay ports with the rights of the drop-in"):
                machine.run("install", "-D", "-m", "0644", "/usr/share/doc/causeway/examples/steered-ports.conf",
                            f"/etc/systemd/system/{UNIT}.d/steered-ports.conf")
                machine.run("journalctl", "--rotate", "--vacuum-time=1us")
                machine.run("sh", "-c", f"systemctl daemon-reload && systemctl restart {UNIT}")
                self.assert_relays(namespace)
                said = machine.run("journalctl", "-u", UNIT).stdout
                self.assertIn("event=node_started", said)
                self.assertNotIn("event=relay_ports_not_steered", said)

            with self.subTest("stops with the package"):
                machine.run("dpkg", "--remove", "causeway")
                self.assertNotEqual(machine.property_of(UNIT, "ActiveState"), "active")

    def test_leaves_to_operators_what_is_theirs(self):
        root = self.folder / "second"
        subprocess.run(["cp", "-a", self.root, root], check=True)
        shutil.copy(self.package, root / "tmp/again.deb")
        theirs = {"etc/causeway/node.yaml": "turn: {}\n", "etc/logrotate.d/causeway": "# not rotated\n"}
        for path, text in theirs.items():
            (root / path).write_text(text)
        (root / "var/log/causeway/usage.jsonl").write_text("{}\n")

        upgraded = debian_root.run_in(root, "dpkg", "-i", "/tmp/again.deb").stdout
        self.assertNotIn("not configured", upgraded)
        for path, text in theirs.items():
            self.assertEqual((root / path).read_text(), text)

        debian_root.run_in(root, "dpkg", "--purge", "causeway")
        self.assertFalse((root / "var/log/causeway").exists())
        self.assertFalse((root / "etc/logrotate.d/causeway").exists())
        self.assertEqual((root / "etc/causeway/node.yaml").read_text(), "turn: {}\n")

    def example(self):
        text = (self.root / EXAMPLE).read_text().replace("192.0.2.10", ADDRESS).replace("change-me-before-use", SECRET)
        # The peer is on the edge's own host, where only its full address makes it one.
        return text.replace("turn:\n", f"turn:\n  peers: {{allow: [{PEER}/32]}}\n", 1)

    def assert_relays(self, namespace):
        call = uclient.run(namespace, "-u", "alice", "-W", SECRET, "-n", 20, "-c", "-e", PEER, ADDRESS)
        self.assertEqual(call.returncode, 0, call.stdout)
        self.assertIn("Total lost packets 0 (0.000000%), total send dropped 0 (0.000000%)", call.stdout)


class ContainerfileTest(unittest.TestCase):
    """No container engine is at hand: PackageTest runs the last stage, and this is the rest."""

    def test_builds_with_what_tools_setup_installs(self):
        self.assertEqual(containerfile.all_of(BUILD_STAGE, "COPY"), [". ."])
        [run] = containerfile.all_of(BUILD_STAGE, "RUN")
        commands = [containerfile.words(command) for command in run.split("&&")]
        self.assertEqual([program for program, _ in commands], ["tools/setup", "tools/package"])
        for program, option in commands:
            explained = subprocess.run([TREE / program, "--help"], check=True, capture_output=True, text=True).stdout
            self.assertIn(option, explained)

    def test_copies_the_package_from_where_it_is_built(self):
        [workdir] = containerfile.all_of(BUILD_STAGE, "WORKDIR")
        [copy] = containerfile.all_of(IMAGE, "COPY")
        self.assertEqual(copy.split()[:2], ["--from=build", f"{workdir}/build/package/causeway_*.deb"])


def of_image(instruction, after=""):
    [rest] = containerfile.all_of(IMAGE, instruction)
    return containerfile.words(rest.removeprefix(after))


if __name__ == "__main__":
    unittest.main(verbosity=2)
