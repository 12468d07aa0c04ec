"""What happens to clients when the server is told to end: everything that runs is answered, and nobody who repeats a
request as their protocol says sees a failure. Over HTTP/1.1, HTTP/2 and gRPC, directly and behind nginx."""
import http.client
import pathlib
import shutil
import signal
import subprocess
import tempfile
import threading
import time
import unittest

import grpc

import sallyport_process as e2e
from http2_client import Http2Client, Unprocessed

RESTARTS = 3
LOAD_BETWEEN = 0.4  # seconds of load before each end of the server


class Load:
    """Threads that ask for something over and over, each in its own way, and what went wrong with it."""

    def __init__(self, *workers):
        self._is_over = threading.Event()
        self.failures = []
        self.answered = 0
        self.repeated = 0
        self._lock = threading.Lock()
        self._threads = [threading.Thread(target=self._run, args=(worker,)) for worker in workers]

    def __enter__(self):
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self._is_over.set()
        for thread in self._threads:
            thread.join()

    def is_over(self):
        return self._is_over.is_set()

    def note(self, answered=0, repeated=0, failure=None):
        with self._lock:
            self.answered += answered
            self.repeated += repeated
            if failure is not None:
                self.failures.append(failure)

    def _run(self, worker):
        try:
            worker(self)
        except Exception as error:  # a thread's own would be lost
            self.note(failure=repr(error))


def connected(make):
    """A connection, as soon as there is a server again."""
    deadline = time.monotonic() + e2e.READY_WITHIN
    while True:
        try:
            return make()
        except (ConnectionRefusedError, ConnectionResetError):  # nothing has been asked yet
            if time.monotonic() > deadline:
                raise
            time.sleep(0.005)


def by_http1(port, path, headers):
    """Repeats what an idle connection did not take: RFC 9110 §9.2.2 and RFC 9112 §9.3.1."""
    def work(load):
        connection, is_used = None, False
        while not load.is_over():
            if connection is None:
                connection, is_used = http.client.HTTPConnection("127.0.0.1", port, timeout=e2e.ANSWER_WITHIN), False
                connected(connection.connect)
            try:
                connection.request("GET", path, headers=headers)
                answer = connection.getresponse()
                answer.read()
            except (http.client.RemoteDisconnected, ConnectionResetError, BrokenPipeError) as error:
                load.note(repeated=1, failure=None if is_used else f"HTTP/1.1, a new connection: {error!r}")
                connection.close()
                connection = None
                continue
            load.note(answered=1, failure=None if answer.status == 200 else f"HTTP/1.1: {answer.status}")
            is_used = True
            if answer.will_close:
                connection = None
        if connection is not None:
            connection.close()
    return work


def by_http2(port, path, headers, streams=8):
    """Repeats what the last GOAWAY leaves out or REFUSED_STREAM says (RFC 9113 §6.8 and §8.7), and nothing else."""
    def work(load):
        client = None
        while not load.is_over():
            if client is None or client.is_going_away():
                if client is not None:
                    client.close()
                client = connected(lambda: Http2Client(port))
            begun = [client.begin("GET", path, headers) for _ in range(streams)]
            for stream in begun:
                try:
                    answer = client.answer(stream)
                except Unprocessed:
                    load.note(repeated=1)
                    continue
                load.note(answered=1,
                          failure=None if (answer.status, answer.error) == (200, None) else f"HTTP/2: {answer}")
        if client is not None:
            client.close()
    return work


def by_grpc(port, method, metadata=()):
    """Leaves all of it to gRPC: what a GOAWAY leaves out is sent again, and calls wait for a server to be there."""
    def work(load):
        with grpc.insecure_channel(f"127.0.0.1:{port}") as channel:
            call = channel.unary_unary(method)  # of bytes, as they are
            while not load.is_over():
                running = [call.future(b"", metadata=metadata, timeout=e2e.ANSWER_WITHIN, wait_for_ready=True)
                           for _ in range(8)]
                for future in running:
                    error = future.exception()
                    load.note(answered=1, failure=None if error is None else f"gRPC: {error!r}")
    return work


class Ending(unittest.TestCase):
    def setUp(self):
        self.room = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory()))
        self.server = e2e.Server(self.room)
        self.addCleanup(self.server.close)
        self.server.start()
        self.person = self.server.register()

    def test_nobody_who_repeats_by_the_rules_sees_a_failure(self):
        port, headers = self.server.port, self.person.by_bearer
        workers = [make(port, "/v1/auth/me", headers) for make in (by_http1, by_http2) for _ in range(3)]
        workers += [by_grpc(port, "/auth.v1.AuthService/ValidateCredentials",
                            [("authorization", headers["Authorization"])]) for _ in range(2)]
        with Load(*workers) as load:
            for _ in range(RESTARTS):
                time.sleep(LOAD_BETWEEN)
                self.assertEqual(self.server.stop(), 0)
                self.server.start()
            time.sleep(LOAD_BETWEEN)

        self.assertEqual(load.failures, [])
        self.assertGreater(load.answered, 100)

    def test_two_goaways_then_what_runs_is_answered_then_the_end(self):
        """The first says nothing of streams, so that what is on its way is served; the second names the last one."""
        client = Http2Client(self.server.port)
        client.ask("GET", "/health/live")
        body = e2e.json.dumps({"email": self.person.email, "password": e2e.PASSWORD}).encode()
        running = [client.begin("POST", "/v1/auth/login", {"Content-Type": "application/json"}, body)
                   for _ in range(6)]
        self.server.process.send_signal(signal.SIGTERM)

        answers = [client.answer(stream) for stream in running]

        self.assertEqual([answer.status for answer in answers], [200] * 6)
        while not client.is_ended:
            client.read()
        self.assertEqual(client.goaways, [2 ** 31 - 1, running[-1]])
        self.assertEqual(self.server.wait(), 0)
        client.close()

    def test_a_stream_that_never_ends_is_cut_off_after_the_grace(self):
        self.server.settings.append("shutdown.grace=1s")
        self.server.restart()
        client = Http2Client(self.server.port)
        client.begin("POST", "/v1/auth/login", {"Content-Type": "application/json"}, ends=False)
        began = time.monotonic()

        self.assertEqual(self.server.stop(), 0)

        self.assertLess(time.monotonic() - began, 5)
        client.close()


class BehindNginx(unittest.TestCase):
    """Two servers; one of them ends and comes back while requests go on."""

    def setUp(self):
        self.room = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory()))
        if shutil.which("nginx", path="/usr/sbin:/usr/bin") is None:
            raise AssertionError("nginx is not installed (tools/packages-test.txt)")
        self.servers = []
        for name in ("one", "two"):
            folder = self.room / name
            folder.mkdir()
            server = e2e.Server(folder, ["public_url=https://auth.example.org"])
            self.addCleanup(server.close)
            server.start()
            self.servers.append(server)
        self.port = e2e.free_port()
        upstream = " ".join(f"server 127.0.0.1:{server.port} max_fails=0;" for server in self.servers)
        file = self.room / "nginx.conf"
        file.write_text(
            f"daemon off;\nmaster_process off;\npid {self.room}/nginx.pid;\nerror_log {self.room}/nginx.log;\n"
            "events {}\n"
            f"http {{ access_log off;\nclient_body_temp_path {self.room}/body;\nproxy_temp_path {self.room}/proxy;\n"
            f"fastcgi_temp_path {self.room}/f;\nuwsgi_temp_path {self.room}/u;\nscgi_temp_path {self.room}/s;\n"
            f"upstream auth {{ {upstream} keepalive 16; }}\n"  # each protocol its own: connections are kept by address
            f"upstream auth_grpc {{ {upstream} keepalive 16; }}\n"
            f"server {{ listen 127.0.0.1:{self.port} http2;\n"
            "location /grpc.health.v1.Health/ { grpc_pass grpc://auth_grpc; }\n"
            "location / { proxy_pass http://auth; proxy_http_version 1.1; proxy_set_header Connection ''; } } }\n")
        self.nginx = subprocess.Popen(["nginx", "-p", str(self.room), "-c", str(file), "-e", "stderr"],
                                      stdin=subprocess.DEVNULL, env=e2e.clean_environment())
        self.addCleanup(self.end_nginx)

    def end_nginx(self):
        self.nginx.terminate()
        self.nginx.wait(10)

    def test_nobody_sees_a_failure(self):
        workers = [by_http2(self.port, "/.well-known/jwks.json", {}) for _ in range(3)]
        workers += [by_grpc(self.port, "/grpc.health.v1.Health/Check") for _ in range(2)]
        with Load(*workers) as load:
            for _ in range(RESTARTS):
                for server in self.servers:
                    time.sleep(LOAD_BETWEEN)
                    self.assertEqual(server.stop(), 0)
                    server.start()

        self.assertEqual(load.failures, [])
        self.assertGreater(load.answered, 100)


if __name__ == "__main__":
    e2e.main()
