"""Starting and ending: what an operator sees, what is refused, and that nothing is touched when it is."""
import hashlib
import json
import os
import re
import shutil
import signal
import stat
import subprocess

import sallyport_process as e2e
from sallyport_process import PASSWORD, SignedIn

REFUSED, WRONG_SETTING = 1, 2


def bytes_of(folder):
    """Name and digest of each file but the lock, which every start takes."""
    files = [file for file in folder.iterdir() if file.name != "lock"]
    return {file.name: hashlib.sha256(file.read_bytes()).hexdigest() for file in files}


class RefusedStart:
    """A start that ends by itself: its status and what it wrote."""

    def __init__(self, server):
        done = subprocess.run(server.command(), stdin=subprocess.DEVNULL, capture_output=True, timeout=20,
                              env={**e2e.clean_environment(), **server.environment})
        self.status, self.output, self.errors = done.returncode, done.stdout.decode(), done.stderr.decode()


def run(*arguments):
    done = subprocess.run([e2e.Server.binary, *arguments], stdin=subprocess.DEVNULL, capture_output=True, timeout=20,
                          env=e2e.clean_environment())
    return done.returncode, done.stdout.decode(), done.stderr.decode()


class Starting(e2e.EndToEndTest):
    def test_a_second_start_finds_everything_again(self):
        server = self.server()
        times = [server.start()]
        ann = server.register(display_name="Ann")
        gone = SignedIn.of(server.login(ann.email))
        server.post("/v1/auth/logout", None, gone.by_bearer)
        port = server.port
        self.assertEqual(server.stop(), 0)

        times.append(server.start())

        self.assertEqual(server.port, port)
        self.assertEqual(server.me(ann.by_bearer).json, ann.user)
        self.assertEqual(server.me(ann.by_cookie).status, 200)
        self.assertEqual(server.me(gone.by_bearer).status, 401)
        self.assertEqual(server.refresh(ann.refresh_token).status, 200)
        self.assertEqual(server.login(ann.email).status, 200)
        print("start to first 200: " + ", ".join(f"{seconds * 1e3:.0f} ms" for seconds in times), end=" ")
        self.assertLess(max(times), 2)

    def test_keys_and_data_are_the_owners_alone(self):
        server = self.started()

        self.assertEqual(stat.S_IMODE(server.data.stat().st_mode), 0o700)
        self.assertEqual(stat.S_IMODE((server.data / "master.key").stat().st_mode), 0o600)

    def test_the_greeting_names_address_data_and_a_first_command_that_works(self):
        server = self.started()
        self.assertTrue(e2e.eventually(lambda: "  try " in server.output(), 5))  # after it is ready
        greeting = server.output()

        self.assertIn(f"http://127.0.0.1:{server.port}", greeting)
        self.assertIn(str(server.data), greeting)
        command = re.search(r"curl (?:.*\\\n)*.*", greeting).group()
        done = subprocess.run(["sh", "-c", command], capture_output=True, timeout=20, cwd=self.folder())
        self.assertEqual(done.returncode, 0, done.stderr)
        user = json.loads(done.stdout)["user"]
        self.assertEqual(server.rows("SELECT email FROM accounts"), [(user["email"],)])

    def test_what_is_doubtful_in_the_settings_is_logged(self):
        server = self.started(settings=["password.pepper=false"])
        server.stop()

        lines = [json.loads(line) for line in server.errors().splitlines()]
        doubtful = [line for line in lines if line["message"] == "doubtful setting"]
        self.assertEqual([line["level"] for line in doubtful], ["warning"])
        self.assertIn("password.pepper is false", doubtful[0]["detail"])

    def test_an_interrupt_ends_it_like_a_terminate(self):
        server = self.started()
        ann = server.register()

        self.assertEqual(server.stop(signal.SIGINT), 0)

        server.start()
        self.assertEqual(server.me(ann.by_bearer).status, 200)

    def test_a_clean_end_leaves_no_write_ahead_log(self):
        server = self.started()
        server.register()

        self.assertEqual(server.stop(), 0)

        self.assertEqual(sorted(file.name for file in server.data.iterdir()), ["lock", "master.key", "sallyport.db"])

    def test_a_stolen_refresh_token_is_noticed_across_a_start(self):
        server = self.started()
        ann = server.register()
        second = server.refresh(ann.refresh_token).json
        self.assertEqual(server.refresh(second["refresh_token"]).status, 200)

        server.restart()

        self.assert_problem(server.refresh(ann.refresh_token), 401, "refresh_token_reused")
        self.assertEqual(server.me(e2e.bearer(second["access_token"])).status, 401)

    def test_idle_connections_do_not_hold_up_the_end(self):
        server = self.started()
        clients = [e2e.Client(server.port) for _ in range(20)]
        for client in clients:
            self.addCleanup(client.close)
            self.assertEqual(client("GET", "/health").status, 200)

        server.process.send_signal(signal.SIGTERM)

        self.assertEqual(server.wait(3), 0)

    def test_nothing_listens_once_it_has_ended(self):
        server = self.started()
        self.assertEqual(server.stop(), 0)

        with self.assertRaises(ConnectionRefusedError):
            server.get("/health")

    def test_settings_come_from_the_environment_and_flags_win(self):
        server = self.started(environment={"SALLYPORT_SESSION_ACCESS_TOKEN": "20m", "SALLYPORT_TOKEN_AUDIENCE": "app"},
                              settings=["session.access_token=5m"])

        answer = server.post("/v1/auth/register", {"email": "ann@example.org", "password": PASSWORD})

        self.assertEqual(answer.json["expires_in"], 300)
        claims = json.loads(e2e.unbase64url(answer.json["access_token"].split(".")[1]))
        self.assertEqual(claims["aud"], "app")


class SecondServer(e2e.EndToEndTest):
    def test_on_the_same_data_it_says_so_and_ends(self):
        first = self.started()
        ann = first.register()

        second = RefusedStart(self.server(first.folder, data=first.data, port=e2e.free_port()))

        self.assertEqual(second.status, REFUSED)
        self.assertIn(str(first.data), second.errors)
        self.assertIn(str(first.process.pid), second.errors)
        self.assertEqual(first.me(ann.by_bearer).status, 200)
        self.assertEqual(first.login(ann.email).status, 200)

    def test_on_the_same_port_it_says_so_and_ends(self):
        first = self.started()

        second = RefusedStart(self.server(port=first.port))

        self.assertEqual(second.status, REFUSED)
        self.assertIn(f"127.0.0.1:{first.port}", second.errors)
        self.assertIn("--listen", second.errors)
        self.assertEqual([first.get("/health").status for _ in range(20)], [200] * 20)  # no request went astray

    def test_after_a_crash_the_data_are_free(self):
        first = self.started()
        ann = first.register()
        first.kill()

        second = self.started(first.folder, data=first.data)

        self.assertEqual(second.me(ann.by_bearer).status, 200)


class MasterKeys(e2e.EndToEndTest):
    def setUp(self):
        self.served = self.started()
        self.ann = self.served.register()
        self.assertEqual(self.served.stop(), 0)
        self.key = self.served.data / "master.key"
        self.good_key = self.key.read_bytes()

    def foreign_key(self):
        other = self.started()
        self.assertEqual(other.stop(), 0)
        return other.data / "master.key"

    def assert_refused(self, *named, **environment):
        """Does not start, says what to look at, and leaves every byte alone."""
        before = bytes_of(self.served.data)
        self.served.environment = environment

        refused = RefusedStart(self.served)

        self.assertEqual((refused.status, refused.output), (REFUSED, ""), refused.errors)
        for name in named:
            self.assertIn(str(name), refused.errors)
        self.assertNotIn(self.good_key.decode().strip(), refused.errors)
        self.assertEqual(bytes_of(self.served.data), before)

    def assert_starts_with_its_own_key(self):
        self.served.environment = {}
        self.served.start()
        self.assertEqual(self.served.me(self.ann.by_bearer).status, 200)
        self.assertEqual(self.served.refresh(self.ann.refresh_token).status, 200)

    def test_a_missing_key_is_not_replaced(self):
        self.key.unlink()

        self.assert_refused(self.key)

        self.assertFalse(self.key.exists())
        self.key.write_bytes(self.good_key)
        self.key.chmod(0o600)
        self.assert_starts_with_its_own_key()

    def test_another_stores_key_is_refused(self):
        shutil.copy(self.foreign_key(), self.key)

        self.assert_refused(self.key)

        self.key.write_bytes(self.good_key)
        self.assert_starts_with_its_own_key()

    def test_a_damaged_key_is_refused(self):
        for name, content in {"empty": b"", "nonsense": b"nonsense\n", "cut off": self.good_key[:-5],
                              "binary": bytes(range(256))}.items():
            with self.subTest(name):
                self.key.write_bytes(content)
                self.assert_refused(self.key)

    def test_a_key_that_others_can_read_is_refused(self):
        self.key.chmod(0o644)

        self.assert_refused(self.key, "chmod 600")

    def test_a_key_given_otherwise_must_be_the_right_one(self):
        foreign = self.foreign_key()
        missing = foreign.parent / "nowhere.key"

        self.assert_refused(foreign, SALLYPORT_MASTER_KEY_FILE=str(foreign))
        self.assert_refused(missing, SALLYPORT_MASTER_KEY_FILE=str(missing))
        self.assert_refused("SALLYPORT_MASTER_KEY", SALLYPORT_MASTER_KEY=foreign.read_text())
        self.assert_refused("SALLYPORT_MASTER_KEY", SALLYPORT_MASTER_KEY="nonsense")
        self.assert_refused("SALLYPORT_MASTER_KEY", SALLYPORT_MASTER_KEY="")

    def test_a_key_given_otherwise_serves_like_the_file(self):
        elsewhere = self.folder() / "key"
        elsewhere.write_bytes(self.good_key)
        elsewhere.chmod(0o600)
        self.key.unlink()

        for environment in ({"SALLYPORT_MASTER_KEY_FILE": str(elsewhere)},
                            {"SALLYPORT_MASTER_KEY": self.good_key.decode()}):
            with self.subTest(environment):
                self.served.environment = environment
                self.served.start()
                self.assertEqual(self.served.me(self.ann.by_bearer).status, 200)
                self.assertEqual(self.served.stop(), 0)
                self.assertFalse(self.key.exists())

    def test_after_a_crash_a_wrong_key_changes_nothing_that_was_stored(self):
        self.served.start()
        self.served.register()
        self.served.kill()
        before = self.contents()
        shutil.copy(self.foreign_key(), self.key)

        refused = RefusedStart(self.served)

        self.assertEqual(refused.status, REFUSED)
        self.assertEqual(self.contents(), before)
        self.key.write_bytes(self.good_key)
        self.assert_starts_with_its_own_key()

    def contents(self):
        """Every row, read from a copy: reading may fold the write-ahead log into the database."""
        copy = self.server(data=self.folder() / "copy")
        shutil.copytree(self.served.data, copy.data, ignore=shutil.ignore_patterns("control.sock"))
        connection = copy.database()
        try:
            return list(connection.iterdump())
        finally:
            connection.close()

    def test_a_database_of_an_empty_file_or_of_noise_is_refused_without_a_trace(self):
        database = self.served.database_file
        good = database.read_bytes()
        for name, content in {"noise": os.urandom(len(good)), "cut off": good[:5_000]}.items():
            with self.subTest(name):
                database.write_bytes(content)
                self.assert_refused(self.served.data)


class Settings(e2e.EndToEndTest):
    def assert_wrong(self, key, *, settings=(), environment=None):
        server = self.server(settings=settings, environment=environment, port=e2e.free_port())

        refused = RefusedStart(server)

        self.assertEqual((refused.status, refused.output), (WRONG_SETTING, ""), refused.errors)
        self.assertIn(key, refused.errors)
        self.assertFalse(server.data.exists())

    def test_an_unknown_setting_is_named(self):
        self.assert_wrong("sesion.sliding", settings=["sesion.sliding=1d"])
        self.assert_wrong("SALLYPORT_SESION_SLIDING", environment={"SALLYPORT_SESION_SLIDING": "1d"})
        self.assert_wrong("no-equals-sign", settings=["no-equals-sign"])

    def test_a_wrong_value_is_named_with_its_setting(self):
        for setting in ("session.access_token=soon", "session.access_token=9s", "session.access_token=", "loops=-1",
                        "loops=two", "hash.memory_kib=1e6", "hash.passes=0", "public_url=auth.example.org",
                        "public_url=https://auth.example.org/", "public_url=https://Auth.example.org",
                        "public_url=https://auth.example.org:443", "public_url=ftp://auth.example.org",
                        "allowed_origins=*", "password.pepper=maybe", "password.min_length=7", "http.body_bytes=1",
                        "shutdown.grace=10", "session.absolute=999999999999d"):
            with self.subTest(setting):
                self.assert_wrong(setting.split("=")[0], settings=[setting])

    def test_values_that_contradict_each_other_are_refused(self):
        self.assert_wrong("session.sliding", settings=["session.sliding=30d", "session.absolute=1d"])
        self.assert_wrong("hash.memory_kib", settings=["hash.memory_kib=19456", "hash.passes=1"])

    def test_an_environment_variable_is_named_as_it_was_written(self):
        self.assert_wrong("SALLYPORT_LOOPS", environment={"SALLYPORT_LOOPS": "many"})

    def test_a_wrong_address_is_named(self):
        for listen in ("localhost", "127.0.0.1", "127.0.0.1:70000", "nowhere:80"):
            with self.subTest(listen):
                data = self.folder() / "data"
                status, output, errors = run("serve", "--listen", listen, "--data", str(data))
                self.assertEqual((status, output), (WRONG_SETTING, ""))
                self.assertIn("listen", errors)

    def test_a_data_folder_that_cannot_be_made_is_named(self):
        parent = self.folder() / "file"
        parent.write_text("in the way")

        status, output, errors = run(
            "serve", "--listen", f"127.0.0.1:{e2e.free_port()}", "--data", str(parent / "data"))

        self.assertEqual((status, output), (REFUSED, ""))
        self.assertIn(str(parent / "data"), errors)


class CommandLine(e2e.EndToEndTest):
    def test_version_is_one_line(self):
        status, output, errors = run("version")

        self.assertEqual((status, errors), (0, ""))
        self.assertRegex(output, r"\Asallyport \d+\.\d+\.\d+\S*\n\Z")

    def test_help_names_the_commands_and_flags(self):
        for arguments, words in ((["--help"], ("serve", "version", "config")),
                                 (["serve", "--help"], ("--listen", "--data", "--set"))):
            status, output, _ = run(*arguments)
            self.assertEqual(status, 0)
            for word in words:
                self.assertIn(word, output)

    def test_config_keys_lists_every_setting(self):
        status, output, _ = run("config", "keys")

        self.assertEqual(status, 0)
        for key in ("public_url", "session.access_token", "hash.memory_kib", "listen", "data"):
            self.assertRegex(output, rf"(?m)^{re.escape(key)} +\S")

    def test_a_mistake_on_the_command_line_is_told(self):
        for arguments in ([], ["srve"], ["serve", "--nonsense"], ["serve", "--set"], ["version", "extra"]):
            with self.subTest(arguments):
                status, output, errors = run(*arguments)
                self.assertEqual((status, output), (WRONG_SETTING, ""), errors)
                self.assertTrue(errors.strip())


if __name__ == "__main__":
    e2e.main()
