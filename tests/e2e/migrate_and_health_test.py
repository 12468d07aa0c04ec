"""`sallyport migrate` and `sallyport health`, as deployments and container runtimes call them."""
import json
import socket
import sqlite3
import subprocess
import threading
import time

import sallyport_process as e2e

MIGRATIONS = 7


def run(*arguments):
    done = subprocess.run([e2e.Server.binary, *map(str, arguments)], stdin=subprocess.DEVNULL, capture_output=True,
                          timeout=30, env=e2e.clean_environment())
    return done.returncode, done.stdout.decode(), done.stderr.decode()


class Migrate(e2e.EndToEndTest):
    def newest(self):
        data = self.folder() / "other"
        return json.loads(run("migrate", "--data", data, "--json")[1])["schema"]

    def test_a_fresh_folder_gets_the_whole_schema_and_can_be_served(self):
        data = self.folder() / "data"
        status, output, _ = run("migrate", "--check", "--data", data)
        self.assertEqual(status, 1)
        self.assertIn("pending: foundation, administrators", output)
        self.assertFalse(data.exists())

        newest = self.newest()
        self.assertEqual(run("migrate", "--data", data)[:2], (0, f"the schema was 0 and is {newest} now\n"))

        self.assertEqual(run("migrate", "--data", data)[:2], (0, f"the schema is {newest}; nothing to do\n"))
        self.assertEqual(run("migrate", "--check", "--data", data)[0], 0)
        self.started(data=data).register()

    def test_an_older_schema_is_brought_up_with_its_data(self):
        server = self.started()
        ann = server.register()
        server.stop()
        with sqlite3.connect(server.database_file) as database:  # as the migrations before left it
            database.executescript("DROP TABLE leftover_pictures; DROP INDEX accounts_by_avatar; "
                                   "DROP INDEX accounts_by_deletion; DROP INDEX sessions_of_account; "
                                   "DROP INDEX outbox_of_account; DROP INDEX sessions_by_end; DROP TABLE idempotency_keys; "
                                   "DROP TABLE flows; DROP TABLE setup_token; PRAGMA user_version = 3; "
                                   "UPDATE schema_info SET version = 3")
            tables = {name for (name,) in database.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")}
        database.close()
        if self.newest() > MIGRATIONS or tables & {"setup_token", "flows"}:
            self.skipTest("there are newer migrations: what they made would have to be dropped, too")
        status, output, _ = run("migrate", "--check", "--data", server.data, "--json")
        self.assertEqual((status, json.loads(output)), (1, {
            "from": 3, "schema": 3, "newest_known": 7, "pending": ["setup", "flows", "upkeep", "own_data"],
            "needs_newer_program": False}))

        status, output, _ = run("migrate", "--data", server.data, "--json")

        self.assertEqual(status, 0)
        self.assertEqual((json.loads(output)["from"], json.loads(output)["schema"]), (3, 7))
        server.start()
        self.assertEqual(server.me(ann.by_bearer).status, 200)

    def test_a_schema_that_needs_a_newer_program_is_left_alone(self):
        server = self.started()
        server.stop()
        with sqlite3.connect(server.database_file) as database:
            database.executescript("PRAGMA user_version = 99; UPDATE schema_info SET version = 99, min_reader = 98")
        database.close()
        for arguments in (("--check",), ()):
            status, output, errors = run("migrate", "--data", server.data, *arguments)
            self.assertEqual(status, 1)
            self.assertIn("needs a newer version of sallyport", output + errors)
        with sqlite3.connect(server.database_file) as database:
            database.executescript("UPDATE schema_info SET min_reader = 1")
        database.close()
        self.assertEqual(run("migrate", "--check", "--data", server.data)[0], 0)

    def test_data_that_a_server_holds_are_refused_but_can_be_looked_at(self):
        server = self.started()
        status, output, errors = run("migrate", "--data", server.data)
        self.assertEqual((status, output), (1, ""))
        self.assertIn(f"is in use by process {server.process.pid}", errors)
        refused = json.loads(run("migrate", "--data", server.data, "--json")[1])
        self.assertEqual(refused["error"]["code"], "data_in_use")
        self.assertEqual(run("migrate", "--check", "--data", server.data)[0], 0)
        server.register()
        self.assertEqual(server.stop(), 0)


class Health(e2e.EndToEndTest):
    def test_a_running_server_is_ready_and_an_ended_one_is_not(self):
        server = self.started()
        where = ("--listen", f"127.0.0.1:{server.port}")
        self.assertEqual(run("health", *where), (0, f"127.0.0.1:{server.port} is ready\n", ""))
        status, output, _ = run("health", "--url", f"http://localhost:{server.port}", "--json")
        self.assertEqual(status, 0)
        self.assertEqual(json.loads(output), {
            "server": f"localhost:{server.port}", "is_ready": True, "http_status": 200, "not_ready": []})
        self.assertEqual(run("health", "--set", f"listen=0.0.0.0:{server.port}")[0], 0)
        server.stop()

        status, output, errors = run("health", *where)

        self.assertEqual((status, output), (1, ""))
        self.assertIn("no server answers", errors)
        self.assertEqual(json.loads(run("health", *where, "--json")[1])["error"]["code"], "no_answer")

    def answering(self, answer):
        """A server of one answer; None is silence."""
        listener = socket.create_server(("127.0.0.1", 0))
        self.addCleanup(listener.close)

        def serve():
            connection, _ = listener.accept()
            with connection:
                connection.recv(4096)
                if answer is None:
                    connection.recv(4096)  # until the other gives up
                else:
                    connection.sendall(answer)

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        self.addCleanup(thread.join, 10)
        return f"http://127.0.0.1:{listener.getsockname()[1]}"

    def test_the_parts_that_are_not_ready_are_named(self):
        body = b'{"status":"not_ready","not_ready":["shutting_down","store"]}'
        url = self.answering(b"HTTP/1.1 503 Service Unavailable\r\nContent-Type: application/json\r\n\r\n" + body)
        status, output, _ = run("health", "--url", url)
        self.assertEqual(status, 1)
        self.assertIn("is not ready: shutting_down, store", output)
        url = self.answering(b"HTTP/1.1 502 Bad Gateway\r\n\r\n<html>")
        self.assertIn("status 502", run("health", "--url", url)[1])
        self.assertIn("not HTTP/1.1", run("health", "--url", self.answering(b"220 smtp.example.org\r\n"))[2])

    def test_silence_is_waited_for_three_seconds_and_no_more(self):
        url = self.answering(None)
        began = time.monotonic()
        status, _, errors = run("health", "--url", url)
        self.assertEqual(status, 1)
        self.assertIn("no answer in time", errors)
        self.assertLess(time.monotonic() - began, 6)

    def test_other_urls_are_refused(self):
        for url in ("https://auth.example.org", "http://127.0.0.1:8080/", "127.0.0.1:8080", ""):
            self.assertEqual(run("health", "--url", url)[0], 1)


if __name__ == "__main__":
    e2e.main()
