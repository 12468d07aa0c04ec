#!/usr/bin/env python3
"""package_test.py PROGRAM [CACHE]: makes the Debian package of a program and has apt install it on a fresh Debian 12 whose
systemd really runs: in a container of systemd-nspawn, made by debootstrap from the mirror that this machine's apt uses.

Needs root, debootstrap, systemd-nspawn and that mirror; says so where they are not. CACHE keeps what debootstrap made
for the runs of a week. Mounts and processes are in namespaces of their own, which end with this program, however it ends.
"""
import hashlib
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import time
import unittest

PROJECT = pathlib.Path(__file__).resolve().parents[2]
MAKE_DEB = PROJECT / "tools/package/make_deb.sh"
LONGEST = 20 * 60  # seconds, for everything
FRESH = 7 * 24 * 3600
EXPOSURE = 2.0     # of 10, as systemd-analyze security counts

DATA = "/var/lib/sallyport"
SETTINGS = "/etc/sallyport/sallyport.toml"
DROP_INS = "/etc/systemd/system/sallyport.service.d"
API = "http://127.0.0.1:8080"
ANN = {"email": "ann@example.org", "password": "correct-Horse-7-battery"}


def run(*command, timeout=300, check=True, **more):
    """A command's end, what it said in `stdout`. Its words are part of the failure, if it fails."""
    done = subprocess.run([str(word) for word in command], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True, timeout=timeout, **more)
    if check and done.returncode != 0:
        raise AssertionError(f"{command} ended with {done.returncode}:\n{done.stdout[-4000:]}")
    return done


def mirror():
    """The one this machine takes Debian 12 from, of all that its sources name."""
    targets = run("apt-get", "indextargets", "--format", "$(CODENAME) $(SUITE) $(COMPONENT) $(REPO_URI)").stdout
    for target in targets.splitlines():
        codename, suite, component, address = target.split(" ", 3)
        if "bookworm" in (codename, suite) and component == "main":
            return address.strip()
    raise SystemExit("package_test: apt on this machine knows no mirror of Debian 12 (or was never updated)")


def make_debian(root, cache):
    """A Debian 12 in the folder `root`: from the archive in `cache` that an earlier call left there, if it is fresh."""
    archive = pathlib.Path(cache, "bookworm.tar") if cache else None
    if archive and archive.exists() and time.time() - archive.stat().st_mtime < FRESH:
        root.mkdir()
        run("tar", "--extract", "--numeric-owner", "--file", archive, "--directory", root)
        return root
    run("debootstrap", "--variant=minbase", "--include=curl,dbus,procps,systemd-sysv", "bookworm", root, mirror(),
        timeout=600)
    if archive:
        run("tar", "--create", "--numeric-owner", "--one-file-system", "--file", archive, "--directory", root, ".")
    return root


def make_deb(folder, **environment):
    """(sallyport.deb, sallyport-dbgsym.deb)"""
    folder.mkdir(parents=True)
    run(MAKE_DEB, Package.program, folder, env={**os.environ, **environment})
    (program,), (symbols,) = folder.glob("sallyport_*.deb"), folder.glob("sallyport-dbgsym_*.deb")
    return program, symbols


def field(deb, name):
    return run("dpkg-deb", "--field", deb, name).stdout.strip()


class Container:
    """A Debian whose systemd is up."""

    def __init__(self, root):
        self.root = root
        self.output = open(root.with_suffix(".console"), "w+", encoding="utf-8")
        # A network of its own: its loopback's ports are all free, and nothing reaches it.
        self.process = subprocess.Popen(
            ["systemd-nspawn", "--directory", root, "--boot", "--private-network", "--register=no", "--keep-unit",
             "--machine", f"sallyport-{os.getpid()}"],
            stdin=subprocess.DEVNULL, stdout=self.output, stderr=subprocess.STDOUT)
        deadline = time.monotonic() + 90
        while True:
            children = pathlib.Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text().split()
            if children:
                self.leader = children[0]
                state = self("systemctl", "is-system-running", check=False).stdout.strip()
                if state in ("running", "degraded"):
                    return
            if self.process.poll() is not None or time.monotonic() > deadline:
                self.output.seek(0)
                raise AssertionError("the container does not boot:\n" + self.output.read()[-4000:])
            time.sleep(0.2)

    def __call__(self, *command, **more):
        return run("nsenter", "--target", self.leader, "--all", "--root", "--wd", *command, timeout=120,
                   env={"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "DEBIAN_FRONTEND": "noninteractive", "LC_ALL": "C"},
                   **more)

    def power_off(self):
        self("systemctl", "poweroff", check=False)
        try:
            self.process.wait(60)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.output.close()


class Package(unittest.TestCase):
    """One story, told in the order of the names: a machine's life with the package."""

    program = cache = room = None
    maxDiff = None

    @classmethod
    def setUpClass(cls):
        cls.deb, cls.symbols = make_deb(cls.room / "now")
        cls.next_version = field(cls.deb, "Version") + "+next"
        cls.next_deb, _ = make_deb(cls.room / "next", PACKAGE_VERSION=cls.next_version)
        root = make_debian(cls.room / "debian", cls.cache)
        for deb in (cls.deb, cls.next_deb):
            shutil.copy(deb, root / "root")
        # What it depends on is fetched here and installed in there, where there is no network.
        shutil.copy("/etc/resolv.conf", root / "etc/resolv.conf")
        run("chroot", root, "apt-get", "--yes", "--no-install-recommends", "--download-only", "install",
            f"/root/{cls.deb.name}", timeout=600)
        cls.inside = Container(root)
        cls.addClassCleanup(cls.inside.power_off)

    # --- looking at the machine

    def install(self, deb):
        return self.inside("apt-get", "--yes", "--no-install-recommends", "install",
                           f"/root/{deb.name}").stdout

    def show(self, *names):
        """Properties of the service."""
        lines = self.inside("systemctl", "show", "sallyport", "--property=" + ",".join(names)).stdout
        values = dict(line.split("=", 1) for line in lines.splitlines())
        return values[names[0]] if len(names) == 1 else values

    def is_active(self):
        return self.inside("systemctl", "is-active", "sallyport", check=False).stdout.strip() == "active"

    def eventually(self, condition, within=20):
        deadline = time.monotonic() + within
        while not condition():
            if time.monotonic() > deadline:
                self.fail("not in time:\n" + self.inside("journalctl", "--no-pager", "-n40", "-u", "sallyport").stdout)
            time.sleep(0.2)

    def restart(self):
        self.inside("systemctl", "daemon-reload")
        done = self.inside("systemctl", "restart", "sallyport", check=False)
        self.assertEqual(done.returncode, 0, self.inside("journalctl", "--no-pager", "-n40", "-u", "sallyport").stdout)

    def drop_in(self, text, name="test.conf"):
        folder = self.inside.root / DROP_INS[1:]
        folder.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")

        def remove():
            (folder / name).unlink()
            self.inside("systemctl", "daemon-reload")
        self.addCleanup(remove)

    def status_of(self, path, body=None, api=API):
        command = ["curl", "--silent", "--output", "/dev/null", "--write-out", "%{http_code}", api + path]
        if body is not None:
            command += ["--header", "Content-Type: application/json", "--data", json.dumps(body)]
        return int(self.inside(*command, check=False).stdout)

    def owner_and_mode(self, path):
        return self.inside("stat", "--format=%U:%G %a", path).stdout.strip()

    def assert_ann_signs_in(self, api=API):
        self.assertEqual(self.status_of("/v1/auth/login", ANN, api), 200)

    # --- the story

    def test_10_the_same_program_and_commit_give_the_same_bytes(self):
        def digests(debs):
            return [hashlib.sha256(deb.read_bytes()).hexdigest() for deb in debs]

        old_umask = os.umask(0o077)
        try:
            again = make_deb(self.room / "again", TZ="Pacific/Auckland", LC_ALL="C.UTF-8", HOME="/nonexistent",
                             GIT_CONFIG_COUNT="1", GIT_CONFIG_KEY_0="safe.directory", GIT_CONFIG_VALUE_0="*")
        finally:
            os.umask(old_umask)

        self.assertEqual(digests(again), digests([self.deb, self.symbols]))

    def test_11_lintian_has_nothing_to_say(self):
        done = run("lintian", "--allow-root", "--fail-on", "error,warning,info", "--suppress-tags",
                   "package-supports-alternative-init-but-no-init.d-script,bogus-mail-host", self.deb, self.symbols)
        self.assertEqual(done.stdout, "")

    def test_12_a_debugger_finds_the_symbols(self):
        unpacked = self.room / "unpacked"
        for deb in (self.deb, self.symbols):
            run("dpkg-deb", "--extract", deb, unpacked)
        notes = run("readelf", "--notes", unpacked / "usr/bin/sallyport").stdout
        build_id = notes.split("Build ID: ")[1].split()[0]
        sections = run("readelf", "--section-headers", "--wide",
                       unpacked / f"usr/lib/debug/.build-id/{build_id[:2]}/{build_id[2:]}.debug").stdout
        self.assertIn(".debug_line", sections)
        self.assertNotIn(".debug_line", run("readelf", "--section-headers", unpacked / "usr/bin/sallyport").stdout)

    def test_20_installing_it_starts_the_service(self):
        self.install(self.deb)

        self.assertTrue(self.is_active())
        self.assertEqual(self.inside("systemctl", "is-enabled", "sallyport").stdout.strip(), "enabled")
        self.assertEqual(self.show("StatusText"), "listens on 127.0.0.1:8080")
        self.assertEqual(self.status_of("/health/ready"), 200)
        self.assertEqual(self.status_of("/v1/auth/register", ANN), 201)
        self.assert_ann_signs_in()

    def test_21_files_and_user_belong_to_nobody_else(self):
        name, _, uid, _, _, home, shell = self.inside("getent", "passwd", "sallyport").stdout.strip().split(":")
        self.assertEqual((name, home, shell), ("sallyport", DATA, "/usr/sbin/nologin"))
        self.assertLess(int(uid), 1000)
        self.assertEqual(self.owner_and_mode(DATA), "sallyport:sallyport 700")
        for file in ("master.key", "sallyport.db", "control.sock"):
            self.assertEqual(self.owner_and_mode(f"{DATA}/{file}"), "sallyport:sallyport 600", file)
        self.assertEqual(self.owner_and_mode(SETTINGS), "root:root 644")
        self.assertEqual(self.owner_and_mode("/usr/bin/sallyport"), "root:root 755")
        process = self.inside("ps", "-o", "user:32=,args=", "-p", self.show("MainPID")).stdout.split()
        self.assertEqual(process, ["sallyport", "/usr/bin/sallyport", "serve", "--config", SETTINGS])

    def test_22_the_settings_file_is_right_line_by_line(self):
        self.inside("sallyport", "config", "check", "--config", SETTINGS)
        file = self.inside.root / "root/all.toml"
        lines = (self.inside.root / SETTINGS[1:]).read_text(encoding="utf-8").splitlines()
        settings = [line.removeprefix("# ") for line in lines if " = " in line]
        self.assertGreaterEqual(len(settings), 3)
        file.write_text("\n".join(settings), encoding="utf-8")
        self.inside("sallyport", "config", "check", "--config", "/root/all.toml")

    def test_23_the_manual_is_there(self):
        page = run("man", "--warnings", "--local-file", self.inside.root / "usr/share/man/man8/sallyport.8.gz",
                   env={**os.environ, "MANPAGER": "cat", "MANWIDTH": "100"}).stdout
        for words in ("SALLYPORT(8)", "user suspend ID", "--password-stdin", "SALLYPORT_MASTER_KEY_FILE"):
            self.assertIn(words, page)

    def test_24_the_command_line_reaches_the_server_as_root_and_as_its_user(self):
        for user in ("root", "sallyport"):
            with self.subTest(user=user):
                said = self.inside("runuser", "-u", user, "--", "sallyport", "user", "list", "--config", SETTINGS)
                self.assertIn(ANN["email"], said.stdout)
        as_nobody = self.inside("runuser", "-u", "nobody", "--", "sallyport", "user", "list", "--config", SETTINGS,
                                check=False)
        self.assertEqual(as_nobody.returncode, 1, as_nobody.stdout)

    def test_30_the_sandbox_holds(self):
        pid = self.show("MainPID")
        status = dict(line.split(":\t", 1) for line in self.inside("cat", f"/proc/{pid}/status").stdout.splitlines())
        for capabilities in ("CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb"):
            self.assertEqual(int(status[capabilities], 16), 0, capabilities)
        self.assertEqual((status["NoNewPrivs"], status["Seccomp"]), ("1", "2"))

        # What the server itself writes where it was asked to, and what not even root could write in its place.
        self.inside("sallyport", "backup", f"{DATA}/fine.db", "--config", SETTINGS)
        outside = self.inside("sallyport", "backup", "/var/log/outside.db", "--config", SETTINGS, check=False)
        self.assertEqual(outside.returncode, 1, outside.stdout)
        for folder in ("/etc", "/usr", "/var/log", "/var/lib", "/root", "/etc/sallyport"):
            done = self.inside("nsenter", "--target", pid, "--mount", "touch", f"{folder}/outside", check=False)
            self.assertNotEqual(done.returncode, 0, folder)
            self.assertFalse((self.inside.root / folder[1:] / "outside").exists())

    def test_31_systemd_finds_little_exposed(self):
        self.assertEqual(self.inside("systemd-analyze", "verify", "--man=no", "sallyport.service", "sallyport-backup.service",
                                     "sallyport-backup.timer").stdout, "")
        done = self.inside("systemd-analyze", "security", "--no-pager", f"--threshold={int(EXPOSURE * 10)}",
                           "sallyport.service")
        print(done.stdout.strip().splitlines()[-1], end=" ")

    def test_40_it_comes_back_when_it_dies_or_hangs(self):
        first = self.show("MainPID")
        self.inside("kill", "-KILL", first)
        self.eventually(lambda: self.is_active() and self.show("MainPID") not in (first, "0"))

        self.drop_in("[Service]\nWatchdogSec=2s\n")
        self.restart()
        second = self.show("MainPID")
        time.sleep(3)
        self.assertEqual(self.show("MainPID"), second)  # it beats, so nothing happens
        self.inside("kill", "-STOP", second)
        self.eventually(lambda: self.is_active() and self.show("MainPID") not in (second, "0"))
        self.assert_ann_signs_in()

    def test_41_an_orderly_end_gets_the_time_it_was_given(self):
        self.drop_in("[Service]\nWatchdogSec=1s\nTimeoutStopSec=2s\nEnvironment=SALLYPORT_SHUTDOWN_DELAY=5s\n")
        self.restart()
        began = time.monotonic()
        self.inside("systemctl", "stop", "sallyport")

        self.assertGreater(time.monotonic() - began, 4.9)
        self.assertEqual(self.show("Result", "ExecMainStatus"), {"Result": "success", "ExecMainStatus": "0"})
        self.inside("systemctl", "start", "sallyport")

    def test_42_a_wrong_setting_is_not_tried_again(self):
        self.drop_in("[Service]\nEnvironment=SALLYPORT_LISTEN=nowhere\n")
        self.inside("systemctl", "daemon-reload")
        self.inside("systemctl", "restart", "sallyport", check=False)
        self.eventually(lambda: self.show("ActiveState") == "failed")
        self.assertEqual(self.show("ExecMainStatus", "NRestarts"), {"ExecMainStatus": "2", "NRestarts": "0"})
        self.doCleanups()
        self.restart()

    def test_50_the_master_key_can_be_kept_elsewhere(self):
        example = "/usr/share/doc/sallyport/examples/master-key.conf"
        text = (self.inside.root / example[1:]).read_text(encoding="utf-8")
        steps = [line.removeprefix("#   ") for line in text.splitlines() if line.startswith("#   ")]
        self.assertEqual(len(steps), 4)
        self.drop_in(text, "master-key.conf")
        kept = self.inside("sh", "-c", f"mkdir -p /etc/credstore && cat {DATA}/master.key").stdout

        for step in steps:
            self.inside("sh", "-ec", step)

        self.assertFalse((self.inside.root / DATA[1:] / "master.key").exists())
        self.assert_ann_signs_in()
        self.inside("systemctl", "restart", "sallyport")
        self.assert_ann_signs_in()

        key = self.inside.root / DATA[1:] / "master.key"
        key.write_text(kept, encoding="utf-8")
        self.inside("chown", "sallyport:", f"{DATA}/master.key")
        self.inside("chmod", "600", f"{DATA}/master.key")
        self.doCleanups()
        self.restart()
        self.assert_ann_signs_in()

    def test_51_a_low_port_takes_the_drop_in(self):
        listen = "Environment=SALLYPORT_LISTEN=127.0.0.1:80\n"
        self.drop_in((self.inside.root / "usr/share/doc/sallyport/examples/low-port.conf").read_text(encoding="utf-8") + listen)
        self.restart()
        self.assert_ann_signs_in(api="http://127.0.0.1:80")
        self.doCleanups()
        self.restart()

    def test_52_the_backup_of_the_timer_can_be_restored(self):
        self.inside("systemctl", "enable", "--now", "sallyport-backup.timer")
        self.assertIn("sallyport-backup.timer", self.inside("systemctl", "list-timers", "--no-pager").stdout)
        self.inside("systemctl", "start", "sallyport-backup.service")

        (backup,) = (self.inside.root / DATA[1:] / "backups").glob("sallyport-*.db")
        self.assertEqual(self.owner_and_mode(f"{DATA}/backups/{backup.name}"), "sallyport:sallyport 600")
        self.inside("sallyport", "restore", f"{DATA}/backups/{backup.name}", "--data", "/root/restored")

        # Without a server it is made from the data itself.
        self.inside("systemctl", "stop", "sallyport")
        time.sleep(1)  # the name has the second in it
        self.inside("systemctl", "start", "sallyport-backup.service")
        self.assertEqual(len(list(backup.parent.glob("*.db"))), 2)
        self.inside("systemctl", "start", "sallyport")

    def test_60_an_upgrade_restarts_it_and_keeps_data_and_settings(self):
        before = self.show("MainPID")
        settings = self.inside.root / SETTINGS[1:]
        settings.write_text(settings.read_text(encoding="utf-8") + '\n[token]\naudience = "mine"\n', encoding="utf-8")

        self.install(self.next_deb)

        self.assertEqual(self.inside("dpkg-query", "-Wf", "${Version}", "sallyport").stdout, self.next_version)
        self.assertTrue(self.is_active())
        self.assertNotEqual(self.show("MainPID"), before)
        self.assert_ann_signs_in()
        self.assertIn('audience = "mine"', settings.read_text(encoding="utf-8"))

    def test_61_an_upgrade_leaves_a_service_alone_that_was_disabled(self):
        self.inside("systemctl", "disable", "--now", "sallyport")
        self.inside("apt-get", "--yes", "--reinstall", "install", f"/root/{self.next_deb.name}")
        self.assertFalse(self.is_active())
        self.inside("systemctl", "enable", "--now", "sallyport")

    def test_70_removing_it_keeps_data_and_settings(self):
        self.inside("apt-get", "--yes", "remove", "sallyport")

        self.assertFalse(self.is_active())
        self.assertFalse((self.inside.root / "usr/bin/sallyport").exists())
        self.assertEqual(self.owner_and_mode(DATA), "sallyport:sallyport 700")
        self.assertTrue((self.inside.root / SETTINGS[1:]).exists())

    def test_71_purging_it_keeps_the_data_and_says_where(self):
        said = self.inside("apt-get", "--yes", "purge", "sallyport").stdout

        self.assertIn(f"the accounts and the master key stay in {DATA}", said)
        self.assertFalse((self.inside.root / "etc/sallyport").exists())
        for file in ("sallyport.db", "master.key"):
            self.assertEqual(self.owner_and_mode(f"{DATA}/{file}"), "sallyport:sallyport 600")
        left = self.inside("sh", "-c", "ls -d /etc/systemd/system/*sallyport* /etc/systemd/system/*/*sallyport* "
                                       "/var/lib/systemd/deb-systemd-helper-enabled/*sallyport* 2>/dev/null || true")
        self.assertEqual([line for line in left.stdout.split() if not line.endswith(".service.d")], [])

    def test_72_installing_it_again_finds_everything(self):
        self.install(self.deb)
        self.assertTrue(self.is_active())
        self.assert_ann_signs_in()

    def test_80_it_can_be_installed_where_no_systemd_runs(self):
        self.inside("apt-get", "--yes", "purge", "sallyport")
        run("chroot", self.inside.root, "apt-get", "--yes", "--no-install-recommends", "install",
            f"/root/{self.deb.name}")
        self.assertEqual(self.inside("systemctl", "is-enabled", "sallyport").stdout.strip(), "enabled")


def tell_from_inside():
    """In the namespaces."""
    Package.program, Package.room, Package.cache = sys.argv[2], pathlib.Path(sys.argv[3]), sys.argv[4] or None
    unittest.main(argv=sys.argv[:1] + sys.argv[5:], verbosity=2)


def main():
    if len(sys.argv) < 2 or not os.access(sys.argv[1], os.X_OK):
        raise SystemExit(__doc__)
    if os.geteuid() != 0:
        raise SystemExit("package_test: making a Debian to install it on needs root: sudo make package-test")
    missing = [name for name in ("debootstrap", "systemd-nspawn", "lintian", "unshare") if shutil.which(name) is None]
    if missing:
        raise SystemExit(f"package_test: {', '.join(missing)} not found; tools/packages-package.txt has the packages")
    cache = ""
    if len(sys.argv) > 2:
        cache = os.path.abspath(sys.argv[2])
        os.makedirs(cache, exist_ok=True)
    room = tempfile.mkdtemp(prefix="sallyport-package-", dir="/var/tmp")  # /tmp may be small, or mounted nodev
    os.chmod(room, 0o755)
    try:
        command = ["unshare", "--mount", "--propagation", "private", "--pid", "--fork", "--kill-child", "--mount-proc",
                   sys.executable, "-B", os.path.abspath(__file__), "--inside", os.path.abspath(sys.argv[1]), room, cache,
                   *sys.argv[3:]]
        return subprocess.run(command, timeout=LONGEST).returncode
    finally:
        shutil.rmtree(room, ignore_errors=True)


if __name__ == "__main__":
    sys.exit(tell_from_inside() if sys.argv[1:2] == ["--inside"] else main())
