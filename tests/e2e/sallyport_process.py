"""Starts the shipped binary as a stranger would, talks HTTP to it, and reads its database once it was used.

The path of the binary is the first argument of every suite; unittest's own arguments follow it.
"""
import base64
import dataclasses
import http.client
import http.cookies
import itertools
import json
import os
import pathlib
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
import unittest

import collected_logs

PASSWORD = "correct-Horse-7-battery"
READY_WITHIN = 10.0
ANSWER_WITHIN = 20.0

_numbers = itertools.count(1)


def fresh_email(name="ann"):
    return f"{name}.{next(_numbers)}@example.org"


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def bearer(token):
    return {"Authorization": "Bearer " + token}


def unbase64url(text):
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def base64url(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


class Answer:
    def __init__(self, response):
        self.status = response.status
        self.headers = response.headers
        self.body = response.read()
        try:
            self.json = json.loads(self.body) if self.body else None
        except ValueError:
            self.json = None

    @property
    def code(self):
        return self.json.get("code") if isinstance(self.json, dict) else None

    @property
    def wrong_fields(self):
        return {(error["field"], error["rule"]) for error in self.json.get("errors", [])}

    @property
    def cookies(self):
        """The cookies set, as morsels by name."""
        jar = {}
        for line in self.headers.get_all("Set-Cookie") or []:
            jar.update(http.cookies.SimpleCookie(line).items())
        return jar

    def __repr__(self):
        return f"<{self.status} {self.body[:400]!r}>"


class Client:
    """One connection kept alive, for one thread. Reconnects when the server has closed it between two requests."""

    def __init__(self, port, timeout=ANSWER_WITHIN, tls=None):
        self._connection = (http.client.HTTPConnection("127.0.0.1", port, timeout=timeout) if tls is None
                            else http.client.HTTPSConnection("127.0.0.1", port, timeout=timeout, context=tls))

    def __call__(self, method, path, body=None, headers=None):
        headers = dict(headers or {})
        if body is not None and not isinstance(body, bytes):
            body = json.dumps(body).encode()
        if body is not None:
            headers.setdefault("Content-Type", "application/json")
        collected_logs.note_request(body, headers)
        self._connection.request(method, path, body, headers)
        answer = Answer(self._connection.getresponse())
        collected_logs.note_answer(answer)
        return answer

    def close(self):
        self._connection.close()


@dataclasses.dataclass
class SignedIn:
    """What an answer to a registration or sign-in gave to its client."""

    email: str
    user: dict
    session_id: str
    device_id: str
    access_token: str
    refresh_token: str
    cookie: str

    @staticmethod
    def of(answer, cookie_name="sallyport"):
        return SignedIn(
            email=answer.json["user"]["email"],
            user=answer.json["user"],
            session_id=answer.json["session"]["id"],
            device_id=answer.json["session"]["device_id"],
            access_token=answer.json["access_token"],
            refresh_token=answer.json["refresh_token"],
            cookie=answer.cookies[cookie_name].value)

    @property
    def by_bearer(self):
        return bearer(self.access_token)

    @property
    def by_cookie(self):
        return {"Cookie": "sallyport=" + self.cookie}


class Server:
    """A running `sallyport serve`. Every started process is ended by its own id, at the latest by `close`."""

    binary = None

    def __init__(self, folder, settings=(), environment=None, data=None, port=None, tls=None):
        self.folder = pathlib.Path(folder)
        self.data = pathlib.Path(data) if data else self.folder / "data"
        self.settings = list(settings)
        self.environment = dict(environment or {})
        self.port = port
        self.tls = tls  # an ssl.SSLContext for a server that requires TLS
        self.process = None

    def command(self):
        flags = [flag for setting in self.settings for flag in ("--set", setting)]
        return [self.binary, "serve", "--listen", f"127.0.0.1:{self.port}", "--data", str(self.data), *flags]

    def start(self):
        """Starts and waits until it is ready; returns the seconds that took."""
        is_fixed = self.port is not None
        for _ in range(1 if is_fixed else 5):
            self.port = self.port if is_fixed else free_port()
            began = time.monotonic()
            self.launch()
            if self._becomes_ready(began + READY_WITHIN):
                return time.monotonic() - began
            if "in use by another program" not in self.errors():  # somebody else took the port meanwhile
                break
        self.kill()
        raise AssertionError(f"did not become ready, status {self.process.returncode}: {self.errors()}")

    def launch(self):
        with open(self.output_file, "ab") as output, open(self.error_file, "ab") as errors:
            self.process = subprocess.Popen(
                self.command(), stdin=subprocess.DEVNULL, stdout=output, stderr=errors,
                env={**clean_environment(), **self.environment})

    def _becomes_ready(self, deadline):
        while time.monotonic() < deadline and self.process.poll() is None:
            try:
                if self.get("/health/ready").status == 200:
                    return True
            except OSError:
                pass
            time.sleep(0.002)
        return False

    @property
    def output_file(self):
        return self.folder / (self.data.name + ".stdout")

    @property
    def error_file(self):
        return self.folder / (self.data.name + ".stderr")

    def output(self):
        return self.output_file.read_text(encoding="utf-8", errors="replace")

    def errors(self):
        return self.error_file.read_text(encoding="utf-8", errors="replace")

    def wait(self, seconds=15):
        return self.process.wait(seconds)

    def stop(self, number=signal.SIGTERM):
        """Ends it as an operator would; returns its exit status."""
        self.process.send_signal(number)
        return self.wait()

    def kill(self):
        if self.process is not None and self.process.poll() is None:
            self.process.kill()
        return self.process.wait(10) if self.process is not None else None

    def restart(self, number=signal.SIGTERM):
        self.process.send_signal(number)
        self.wait()
        return self.start()

    def close(self):
        """Ends it for good."""
        self.kill()
        collected_logs.keep_log(self.error_file)

    # talking to it

    def request(self, method, path, body=None, headers=None):
        client = Client(self.port, tls=self.tls)
        try:
            return client(method, path, body, headers)
        finally:
            client.close()

    def get(self, path, headers=None):
        return self.request("GET", path, None, headers)

    def post(self, path, body=None, headers=None):
        return self.request("POST", path, body, headers)

    def patch(self, path, body=None, headers=None):
        return self.request("PATCH", path, body, headers)

    def me(self, headers):
        return self.get("/v1/auth/me", headers)

    def login(self, email, password=PASSWORD, **more):
        return self.post("/v1/auth/login", {"email": email, "password": password, **more})

    def refresh(self, token):
        return self.post("/v1/auth/refresh", {"refresh_token": token})

    def register(self, email=None, password=PASSWORD, headers=None, **more):
        """A new person, signed in; fails the test when that is refused."""
        body = {"email": email or fresh_email(), "password": password, **more}
        answer = self.post("/v1/auth/register", body, headers)
        assert answer.status == 201, answer
        return SignedIn.of(answer)

    # looking at what it stored

    @property
    def database_file(self):
        return self.data / "sallyport.db"

    def database(self):
        """A connection that can only read: checkpoints stay the server's."""
        connection = sqlite3.connect(f"file:{self.database_file}?mode=ro", uri=True, timeout=10)
        connection.execute("PRAGMA query_only = ON")
        return connection

    def rows(self, sql, *parameters):
        connection = self.database()
        try:
            return connection.execute(sql, parameters).fetchall()
        finally:
            connection.close()

    def row_counts(self):
        names = [name for (name,) in self.rows("SELECT name FROM sqlite_schema WHERE type = 'table'")]
        return {name: self.rows(f'SELECT count(*) FROM "{name}"')[0][0] for name in names}


def clean_environment():
    """Settings of the machine's own must not reach a server under test."""
    return {name: value for name, value in os.environ.items() if not name.startswith("SALLYPORT_")}


def uuid_bytes(text):
    return bytes.fromhex(text.replace("-", ""))


def in_parallel(count, work):
    """`work(0)` to `work(count - 1)` at the same moment, a thread each; their results in order."""
    results = [None] * count
    together = threading.Barrier(count)

    def run(number):
        together.wait()
        results[number] = work(number)

    threads = [threading.Thread(target=run, args=(number,)) for number in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


def eventually(condition, within, interval=0.02):
    """Whether `condition` came true within so many seconds."""
    deadline = time.monotonic() + within
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(interval)
    return True


class EndToEndTest(unittest.TestCase):
    """A temporary folder for the test, and servers that are gone when it ends."""

    maxDiff = None

    def folder(self):
        path = tempfile.mkdtemp(prefix="sallyport-e2e-")
        self.addCleanup(shutil.rmtree, path, ignore_errors=True)
        return pathlib.Path(path)

    def server(self, folder=None, **options):
        server = Server(folder or self.folder(), **options)
        self.addCleanup(server.close)
        return server

    def started(self, folder=None, **options):
        server = self.server(folder, **options)
        server.start()
        return server

    def assert_problem(self, answer, status, code, *wrong_fields):
        """A problem document (RFC 9457) that names at least these (field, rule) pairs."""
        self.assertEqual((answer.status, answer.code), (status, code), answer)
        self.assertEqual(answer.headers["Content-Type"], "application/problem+json")
        self.assertEqual(answer.json["status"], status)
        self.assertTrue(answer.json["title"] and answer.json["type"], answer)
        self.assertEqual(answer.json["request_id"], answer.headers["X-Request-Id"])
        if status == 401:
            self.assertIn("Bearer", answer.headers["WWW-Authenticate"] or "")
        if wrong_fields:
            self.assertLessEqual(set(wrong_fields), answer.wrong_fields, answer)


class SharedServerTest(EndToEndTest):
    """One server for all tests of the class; it must still end with status 0 after everything they did to it."""

    settings = ()

    @classmethod
    def setUpClass(cls):
        cls.room = pathlib.Path(tempfile.mkdtemp(prefix="sallyport-e2e-"))
        cls.addClassCleanup(shutil.rmtree, cls.room, ignore_errors=True)
        cls.shared = Server(cls.room, settings=cls.settings)
        cls.addClassCleanup(cls.shared.close)
        cls.shared.start()

    @classmethod
    def tearDownClass(cls):
        status = cls.shared.stop()
        if status != 0:
            raise AssertionError(f"the server ended with status {status}: {cls.shared.errors()[-2000:]}")


def main():
    if len(sys.argv) < 2 or not os.access(sys.argv[1], os.X_OK):
        raise SystemExit(f"usage: {sys.argv[0]} PATH_TO_SALLYPORT [unittest arguments]")
    Server.binary = os.path.abspath(sys.argv.pop(1))
    unittest.main(verbosity=2)
