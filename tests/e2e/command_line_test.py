"""The operator's subcommands, through a running server's control socket and on the data itself when none runs."""
import json
import os
import pathlib
import shutil
import socket
import sqlite3
import stat
import subprocess
import threading
import time

import sallyport_process as e2e
from sallyport_process import PASSWORD

FAILED, WRONG_ARGUMENTS = 1, 2


class Done:
    def __init__(self, *arguments, data=None, stdin=None, cwd=None):
        where = ["--data", str(data)] if data else []
        done = subprocess.run([e2e.Server.binary, *arguments, *where], input=stdin.encode() if stdin else b"",
                              capture_output=True, timeout=60, env=e2e.clean_environment(), cwd=cwd)
        self.status, self.output, self.errors = done.returncode, done.stdout.decode(), done.stderr.decode()

    @property
    def json(self):
        return json.loads(self.output)

    def __repr__(self):
        return f"<{self.status} {self.output!r} {self.errors!r}>"


class CommandLineTest(e2e.EndToEndTest):
    def run_on(self, server, *arguments, stdin=None, status=0):
        done = Done(*arguments, data=server.data, stdin=stdin)
        self.assertEqual(done.status, status, done)
        self.assertEqual("Sanitizer" in done.errors, False, done.errors)
        return done

    def json_of(self, server, *arguments, **options):
        return self.run_on(server, *arguments, "--json", **options).json

    def create_admin(self, server, email, password=PASSWORD, **options):
        return self.run_on(server, "admin", "create", email, "--password-stdin", stdin=password + "\n", **options)

    def in_both_modes(self, server):
        """Once with the server running, once without."""
        for name in ("served", "offline"):
            if name == "offline":
                self.assertEqual(server.stop(), 0)
            with self.subTest(name):
                yield name


class Accounts(CommandLineTest):
    def test_every_command_that_reads_answers_with_and_without_a_server(self):
        server = self.started()
        ann = server.register(display_name="Ann")
        bob = server.register(e2e.fresh_email("bob"))
        for _ in self.in_both_modes(server):
            page = self.json_of(server, "user", "list", "--limit", "1")
            self.assertEqual([user["id"] for user in page["users"]], [ann.user["id"]])
            rest = self.json_of(server, "user", "list", "--after", page["next"])
            self.assertEqual([user["id"] for user in rest["users"]], [bob.user["id"]])
            self.assertEqual(len(self.json_of(server, "user", "list", "--query", "BOB")["users"]), 1)
            self.assertEqual(self.json_of(server, "user", "list", "--status", "suspended")["users"], [])
            table = self.run_on(server, "user", "list").output
            self.assertRegex(table.splitlines()[0], r"^ID +EMAIL +ROLE +STATUS")
            self.assertIn(ann.email, table)

            for name in (ann.user["id"], ann.email.upper()):
                self.assertEqual(self.json_of(server, "user", "show", name)["user"], ann.user)
            self.assertIn(ann.email, self.run_on(server, "user", "show", ann.email).output)
            sessions = self.json_of(server, "user", "sessions", ann.email)["sessions"]
            self.assertEqual([session["id"] for session in sessions], [ann.session_id])

            events = self.json_of(server, "audit", "list", "--account", ann.email)["events"]
            self.assertEqual([event["event"] for event in events], ["account_registered"])
            events = self.json_of(server, "audit", "list")["events"]
            self.assertEqual([event["event"] for event in events],
                             ["account_registered", "account_registered", "setup_token_made"])
            self.assertTrue(self.json_of(server, "audit", "verify")["is_intact"])
            self.assertIn("intact", self.run_on(server, "audit", "verify").output)

            keys = self.json_of(server, "keys", "list")["keys"]
            self.assertEqual([key["algorithm"] for key in keys], ["EdDSA"])
            self.assertEqual(set(keys[0]), {"kid", "state", "format", "algorithm", "active_from"})

    def test_suspension_is_felt_by_the_next_request_and_ends_with_activation(self):
        server = self.started()
        ann = server.register()
        self.assertEqual(server.me(ann.by_bearer).status, 200)

        suspended = self.json_of(server, "user", "suspend", ann.email)["user"]

        self.assertEqual(suspended["status"], "suspended")
        self.assertGreater(suspended["updated_at"], ann.user["updated_at"])
        self.assertEqual(suspended, self.json_of(server, "user", "show", ann.email)["user"])
        self.assertEqual(server.me(ann.by_bearer).status, 401)
        self.assertEqual(server.me(ann.by_cookie).status, 401)
        self.assertEqual(server.refresh(ann.refresh_token).status, 401)
        self.assertNotEqual(server.login(ann.email).status, 200)
        self.assertEqual(self.json_of(server, "user", "activate", ann.email)["user"]["status"], "active")
        self.assertEqual(server.login(ann.email).status, 200)

    def test_signing_out_ends_every_session_and_nothing_else(self):
        server = self.started()
        ann, bob = server.register(), server.register()
        server.login(ann.email)

        self.assertEqual(self.json_of(server, "user", "revoke-sessions", ann.user["id"])["sessions_ended"], 2)

        self.assertEqual(server.me(ann.by_bearer).status, 401)
        self.assertEqual(server.me(bob.by_bearer).status, 200)
        self.assertEqual(server.login(ann.email).status, 200)

    def test_what_was_done_without_a_server_holds_when_it_starts(self):
        server = self.started()
        ann, bob = server.register(), server.register()
        server.stop()

        self.run_on(server, "user", "suspend", ann.email)
        self.run_on(server, "user", "delete", bob.email)

        server.start()
        self.assertEqual(server.me(ann.by_bearer).status, 401)
        self.assertEqual(server.me(bob.by_bearer).status, 401)
        server.register(bob.email)
        self.assertTrue(self.json_of(server, "audit", "verify")["is_intact"])

    def test_an_unknown_account_is_told(self):
        server = self.started()
        for _ in self.in_both_modes(server):
            for command in ("show", "suspend", "activate", "delete", "sessions", "revoke-sessions"):
                done = self.run_on(server, "user", command, "nobody@example.org", status=FAILED)
                self.assertIn("no such account", done.errors)
                self.assertEqual(done.output, "")
            done = self.run_on(server, "user", "show", "no address", "--json", status=FAILED)
            self.assertEqual(done.json["error"]["code"], "account_malformed")

    def test_an_administrator_is_made_and_the_last_one_stays(self):
        server = self.server()
        self.create_admin(server, "boss@example.org")  # before the first start
        server.start()
        self.assertEqual(server.login("boss@example.org").json["user"]["role"], "admin")

        for command in ("suspend", "delete"):
            done = self.run_on(server, "user", command, "boss@example.org", status=FAILED)
            self.assertIn("last active administrator", done.errors)
        self.assertEqual(server.login("boss@example.org").status, 200)
        self.create_admin(server, "second@example.org")
        self.run_on(server, "user", "delete", "boss@example.org")

    def test_an_administrators_password_keeps_the_rules_and_is_never_echoed(self):
        server = self.started()
        for _ in self.in_both_modes(server):
            done = self.create_admin(server, "boss@example.org", "short", status=FAILED)
            self.assertIn("password too_short", done.errors)
            done = self.create_admin(server, "no address", status=FAILED)
            self.assertIn("email", done.errors)
            done = Done("admin", "create", "boss@example.org", data=server.data)
            self.assertEqual(done.status, FAILED)
            self.assertIn("--password-stdin", done.errors)
        self.assertEqual(server.rows("SELECT count(*) FROM accounts"), [(0,)])
        self.create_admin(server, "boss@example.org")
        done = self.create_admin(server, "BOSS@example.org", status=FAILED)
        self.assertIn("exists already", done.errors)


class Auditing(CommandLineTest):
    def test_an_altered_a_missing_and_a_lost_last_row_are_named(self):
        server = self.started()
        for _ in range(4):
            server.register()
        server.stop()
        good = server.database_file.read_bytes()
        cases = {
            "row 2 was altered": "UPDATE audit_events SET event = 'signed_in' WHERE sequence = 2",
            "row 3 was altered": "UPDATE audit_persons SET person = '{}' WHERE sequence = 3",
            "row 1 is missing": "DELETE FROM audit_events WHERE sequence = 1",
            "row 4 is missing": "DELETE FROM audit_events WHERE sequence = 4",
        }
        for words, sql in cases.items():
            with self.subTest(words):
                connection = sqlite3.connect(server.database_file)
                connection.execute(sql)
                connection.commit()
                connection.close()
                self.assertIn(words, self.run_on(server, "audit", "verify", status=FAILED).output)
                self.assertFalse(self.json_of(server, "audit", "verify", status=FAILED)["is_intact"])
                server.database_file.write_bytes(good)
        self.assertIn("intact", self.run_on(server, "audit", "verify").output)


class Backups(CommandLineTest):
    def test_a_backup_taken_under_load_has_every_registration_answered_before(self):
        server = self.started(settings=["hash.memory_kib=7168", "hash.passes=5"])
        answered, ending = [], threading.Event()

        def load():
            while not ending.is_set():
                answered.append(server.register())

        threads = [threading.Thread(target=load) for _ in range(2)]
        for thread in threads:
            thread.start()
        self.assertTrue(e2e.eventually(lambda: len(answered) >= 5, 20))
        before = list(answered)
        backup = self.folder() / "backup.db"
        done = self.run_on(server, "backup", str(backup))
        ending.set()
        for thread in threads:
            thread.join()
        self.assertIn("master key", done.output)
        self.assertEqual(stat.S_IMODE(backup.stat().st_mode), 0o600)
        self.assertEqual(os.listdir(backup.parent), ["backup.db"])

        restored = self.server(data=self.folder() / "data")
        done = self.run_on(restored, "restore", str(backup))
        self.assertIn("Bring the master key", done.output)
        shutil.copy(server.data / "master.key", restored.data)
        restored.start()
        for person in before:
            self.assertEqual(restored.me(person.by_cookie).status, 200)
        self.assertEqual(restored.login(before[0].email).status, 200)
        self.assertTrue(self.json_of(restored, "audit", "verify")["is_intact"])

    def test_a_backup_without_a_server_names_itself_from_where_it_was_asked_for(self):
        server = self.started()
        server.register()
        server.stop()
        folder = self.folder()

        done = Done("backup", "copy.db", data=server.data, cwd=folder)

        self.assertEqual(done.status, 0, done)
        self.assertTrue((folder / "copy.db").exists())

    def test_nothing_is_overwritten(self):
        server = self.started()
        backup = self.folder() / "backup.db"
        backup.write_text("precious")

        for _ in self.in_both_modes(server):
            self.assertIn("not overwritten", self.run_on(server, "backup", str(backup), status=FAILED).errors)
            self.assertEqual(backup.read_text(), "precious")

    def test_restoring_wants_an_empty_folder_no_server_and_a_whole_backup(self):
        server = self.started()
        backup = self.folder() / "backup.db"
        self.run_on(server, "backup", str(backup))
        self.assertIn("in use", self.run_on(server, "restore", str(backup), status=FAILED).errors)
        server.stop()
        self.assertIn("empty folder", self.run_on(server, "restore", str(backup), status=FAILED).errors)
        noise = self.folder() / "noise"
        noise.write_bytes(os.urandom(10_000))
        other = self.server(data=self.folder() / "other")
        self.run_on(other, "restore", str(noise), status=FAILED)
        self.run_on(other, "restore", str(noise.parent / "absent"), status=FAILED)
        self.assertEqual(os.listdir(other.data), ["lock"])
        shutil.copy(server.data / "master.key", other.data)
        done = self.json_of(other, "restore", str(backup))
        self.assertEqual(done, {"database": str(other.data / "sallyport.db"), "master_key_fits": True})


class Socket(CommandLineTest):
    def test_it_is_the_owners_alone_and_gone_with_the_server(self):
        server = self.started()
        control = server.data / "control.sock"
        self.assertTrue(stat.S_ISSOCK(control.stat().st_mode))
        self.assertEqual(stat.S_IMODE(control.stat().st_mode), 0o600)

        server.stop()

        self.assertFalse(control.exists())

    def test_one_of_a_server_that_died_is_replaced(self):
        server = self.started()
        ann = server.register()
        server.kill()
        self.assertTrue((server.data / "control.sock").exists())

        self.run_on(server, "user", "show", ann.email)  # on the data itself
        server.start()

        self.run_on(server, "user", "show", ann.email)

    def ask(self, server, request):
        client = socket.socket(socket.AF_UNIX)
        self.addCleanup(client.close)
        client.settimeout(20)
        client.connect(os.path.relpath(server.data / "control.sock"))
        client.sendall(request)
        return json.loads(client.makefile().readline())

    def test_nonsense_is_refused_and_the_next_is_served(self):
        server = self.started()
        for request, code in ((b"nonsense\n", "json_malformed"), (b"{}\n", "invalid_fields"),
                              (b'{"command":"user lists"}\n', "command_unknown"),
                              (b'{"command":"user list","limit":1000000}\n', "invalid_fields"),
                              (b'{"command":"backup","file":"relative"}\n', "file_not_absolute"),
                              (b"x" * 65_536, "request_refused")):
            with self.subTest(request[:40]):
                self.assertEqual(self.ask(server, request)["error"]["code"], code)
        self.assertEqual(self.ask(server, b'{"command":"user list"}\n'), {"result": {"users": []}})

    def test_one_who_says_nothing_holds_up_others_for_seconds_only(self):
        server = self.started()
        mute = socket.socket(socket.AF_UNIX)
        self.addCleanup(mute.close)
        mute.connect(os.path.relpath(server.data / "control.sock"))

        began = time.monotonic()
        self.run_on(server, "user", "list")

        self.assertLess(time.monotonic() - began, 15)
        self.assertEqual(server.stop(), 0)

    def test_a_server_that_does_not_listen_is_told(self):
        server = self.started()
        (server.data / "control.sock").unlink()

        self.assertIn("in use by process", self.run_on(server, "user", "list", status=FAILED).errors)


class Arguments(CommandLineTest):
    def test_wrong_arguments_end_with_status_2(self):
        for arguments in (["user"], ["user", "show"], ["user", "lists"], ["user", "list", "--limit", "0"],
                          ["user", "list", "--status", "odd"], ["admin", "create"], ["backup"], ["restore"],
                          ["admin", "create", "a@example.org", "--password", "x"], ["audit", "list", "--limit", "x"]):
            with self.subTest(arguments):
                done = Done(*arguments)
                self.assertEqual((done.status, done.output), (WRONG_ARGUMENTS, ""), done)
                self.assertTrue(done.errors.strip())

    def test_help_is_there_for_each(self):
        for arguments in (["user"], ["user", "list"], ["user", "suspend"], ["admin", "create"], ["audit", "verify"],
                          ["keys", "list"], ["keys", "rotate"], ["keys", "export"], ["keys", "import"], ["backup"], ["restore"]):
            done = Done(*arguments, "--help")
            self.assertEqual(done.status, 0, done)
            self.assertIn("--help", done.output)

    def test_without_data_nothing_is_made(self):
        data = self.folder() / "nowhere"
        for arguments in (["user", "list"], ["audit", "verify"], ["backup", str(pathlib.Path(data) / "b")]):
            done = Done(*arguments, data=data)
            self.assertEqual(done.status, FAILED)
            self.assertIn("--data", done.errors)
        self.assertFalse(data.exists())


if __name__ == "__main__":
    e2e.main()
