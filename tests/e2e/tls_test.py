"""TLS on the shipped program: what is spoken, certificates by name and read again, plain beside it, the second port."""
import json
import os
import pathlib
import re
import resource
import shutil
import signal
import socket
import ssl
import subprocess
import tempfile
import time
import warnings

import certificates
from sallyport_process import Client, EndToEndTest, PASSWORD, Server, SharedServerTest, eventually, free_port, fresh_email
from sallyport_process import clean_environment, main

V1_2, V1_3 = ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3


def tls_settings(*pairs):
    chains, keys = zip(*pairs)
    return ["tls.certificates=" + ",".join(map(str, chains)), "tls.keys=" + ",".join(map(str, keys))]


def wrapped(port, context, host="auth.example.org", session=None):
    """A connection over TLS that asked for that name, its handshake done."""
    plain = socket.create_connection(("127.0.0.1", port), timeout=10)
    try:
        return context.wrap_socket(plain, server_hostname=host, session=session)
    except BaseException:
        plain.close()
        raise


def ask(connection, path="/health"):
    """GET on a connection that stays open; the answer's first bytes, at least its head."""
    connection.sendall(f"GET {path} HTTP/1.1\r\nHost: auth.example.org\r\n\r\n".encode())
    got = b""
    while b"\r\n\r\n" not in got:
        piece = connection.recv(65536)
        if not piece:
            break
        got += piece
    return got


def names_shown(port, context, host):
    with wrapped(port, context, host) as connection:
        return {name for _, name in connection.getpeercert()["subjectAltName"]}


def curl(*arguments):
    return subprocess.run(["curl", "-sS", "--noproxy", "*", "-m", "10", *map(str, arguments)], capture_output=True,
                          text=True, timeout=30, check=False)


def metric(text, name):
    return float(re.search(rf"^{name} (\S+)$", text, re.MULTILINE).group(1))


class TlsIsSpoken(SharedServerTest):
    """One server with three certificates, on which TLS is required as it is by default."""

    @classmethod
    def setUpClass(cls):
        cls.room = pathlib.Path(tempfile.mkdtemp(prefix="sallyport-e2e-"))
        cls.addClassCleanup(shutil.rmtree, cls.room, ignore_errors=True)
        cls.authority = certificates.Authority(cls.room / "tls")
        first = cls.authority.issue("first", ["auth.example.org", "127.0.0.1"])
        wildcard = cls.authority.issue("wildcard", ["*.example.net"])
        exact = cls.authority.issue("exact", ["exact.example.net"], kind="rsa")
        cls.shared = Server(cls.room, settings=["public_url=https://auth.example.org",
                                                *tls_settings(first, wildcard, exact)], tls=cls.authority.context())
        cls.addClassCleanup(cls.shared.close)
        cls.shared.start()
        cls.port = cls.shared.port

    def test_versions_1_2_and_1_3(self):
        for version, name in ((V1_2, "TLSv1.2"), (V1_3, "TLSv1.3")):
            with wrapped(self.port, self.authority.context(version, version)) as connection:
                self.assertEqual(connection.version(), name)
                self.assertTrue(ask(connection).startswith(b"HTTP/1.1 200"))
                cipher = connection.cipher()[0]
                self.assertRegex(cipher, "^(TLS_|ECDHE-).*(GCM|CHACHA20|POLY1305)")

    def test_nothing_older_and_nothing_weak(self):
        old = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        old.check_hostname, old.verify_mode = False, ssl.CERT_NONE
        old.set_ciphers("ALL:@SECLEVEL=0")
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)
            old.minimum_version, old.maximum_version = ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_1
        with self.assertRaises(ssl.SSLError):
            wrapped(self.port, old)
        for cipher in ("AES128-GCM-SHA256", "ECDHE-ECDSA-AES128-SHA", "ECDHE-RSA-AES256-SHA384", "DHE-RSA-AES128-GCM-SHA256"):
            weak = self.authority.context(V1_2, V1_2)
            weak.set_ciphers(cipher)
            for host in ("auth.example.org", "exact.example.net"):
                with self.assertRaises(ssl.SSLError, msg=cipher):
                    wrapped(self.port, weak, host)

    def test_the_certificate_for_the_name_asked_for(self):
        context = self.authority.context()
        self.assertIn("auth.example.org", names_shown(self.port, context, "auth.example.org"))
        self.assertEqual(names_shown(self.port, context, "a.example.net"), {"*.example.net"})
        self.assertEqual(names_shown(self.port, context, "exact.example.net"), {"exact.example.net"})
        context.check_hostname = False
        for unknown in ("unknown.example", "a.b.example.net", "example.net"):
            self.assertIn("auth.example.org", names_shown(self.port, context, unknown), unknown)
        self.assertIn("auth.example.org", names_shown(self.port, context, None))

    def test_alpn(self):
        for offered, chosen in ((["http/1.1"], "http/1.1"), (["h2"], "h2"), (["http/1.1", "h2"], "h2"), ([], None)):
            with wrapped(self.port, self.authority.context(protocols=offered)) as connection:
                self.assertEqual(connection.selected_alpn_protocol(), chosen)
        with self.assertRaisesRegex(ssl.SSLError, "(?i)no.application.protocol"):
            wrapped(self.port, self.authority.context(protocols=["irc"]))

    def test_sessions_are_resumed(self):
        before = self.shared.get("/metrics").body.decode()
        for version in (V1_2, V1_3):
            context = self.authority.context(version, version)
            with wrapped(self.port, context) as first:
                self.assertTrue(ask(first).startswith(b"HTTP/1.1 200"))
                self.assertFalse(first.session_reused)
                session = first.session
            self.assertTrue(session.has_ticket)
            with wrapped(self.port, context, session=session) as second:
                self.assertTrue(ask(second).startswith(b"HTTP/1.1 200"))
                self.assertTrue(second.session_reused, version)
        after = self.shared.get("/metrics").body.decode()
        name = "sallyport_tls_handshakes_resumed_total"
        self.assertEqual(metric(after, name) - metric(before, name), 2)

    def test_curl_over_both_versions_of_http(self):
        for flag, version in (("--http1.1", "1.1"), ("--http2", "2")):
            done = curl(flag, "--cacert", self.authority.file, "--resolve", f"auth.example.org:{self.port}:127.0.0.1",
                        "-w", "%{http_version} %{http_code}", "-o", "/dev/null",
                        f"https://auth.example.org:{self.port}/health")
            self.assertEqual(done.stdout, f"{version} 200", done.stderr)

    def test_large_bodies_both_ways(self):
        """More than a record each: a request as large as is taken, and a head that is refused."""
        client = Client(self.port, tls=self.authority.context())
        self.addCleanup(client.close)
        answer = client("POST", "/v1/auth/login", {"email": fresh_email(), "password": "x" * 60_000})
        self.assertIn(answer.status, (401, 422))
        self.assertEqual(client("POST", "/v1/auth/login", b"{" + b" " * 70_000 + b"}").status, 413)

    def test_a_session_over_tls(self):
        answer = self.shared.post("/v1/auth/register", {"email": fresh_email(), "password": PASSWORD},
                                  {"Origin": "https://auth.example.org"})
        self.assertEqual(answer.status, 201, answer)
        self.assertTrue(answer.cookies["__Host-sallyport"]["secure"])
        self.assertIn("max-age=", answer.headers["Strict-Transport-Security"])

    def test_plain_is_told_to_come_by_https(self):
        plain = Client(self.port)
        self.addCleanup(plain.close)
        self.assert_problem(plain("GET", "/health"), 421, "tls_required")
        again = Client(self.port)
        self.addCleanup(again.close)
        self.assert_problem(again("POST", "/v1/auth/login", b"x" * 200_000), 421, "tls_required")
        by_prior_knowledge = curl("--http2-prior-knowledge", f"http://127.0.0.1:{self.port}/health")
        self.assertNotEqual(by_prior_knowledge.returncode, 0)
        self.assertEqual(by_prior_knowledge.stdout, "")

    def test_the_health_command_speaks_tls(self):
        command = [Server.binary, "health", "--listen", f"127.0.0.1:{self.port}",
                   *(flag for setting in self.shared.settings for flag in ("--set", setting))]
        done = subprocess.run(command, capture_output=True, text=True, timeout=30, check=False, env=clean_environment())
        self.assertEqual((done.returncode, done.stdout), (0, f"127.0.0.1:{self.port} is ready\n"), done.stderr)

        url = [Server.binary, "health", "--url", f"https://127.0.0.1:{self.port}"]
        distrusting = subprocess.run(url, capture_output=True, text=True, timeout=30, check=False, env=clean_environment())
        self.assertEqual(distrusting.returncode, 1)
        self.assertIn("its certificate is not good", distrusting.stderr)
        trusting = subprocess.run(url, capture_output=True, text=True, timeout=30, check=False,
                                  env={**clean_environment(), "SSL_CERT_FILE": str(self.authority.file)})
        self.assertEqual(trusting.returncode, 0, trusting.stderr)

    def test_rubbish_after_the_first_byte_harms_nobody(self):
        for rubbish in (b"\x16", b"\x16\x03\x01\x00\x05hello", b"\x16\x03\x01\xff\xff" + b"\0" * 70_000, b"\x16\x03"):
            with socket.create_connection(("127.0.0.1", self.port), timeout=5) as client:
                client.sendall(rubbish)
        self.assertEqual(self.shared.get("/health").status, 200)

    def test_ten_thousand_half_open_handshakes_delay_nobody(self):
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
        self.addCleanup(resource.setrlimit, resource.RLIMIT_NOFILE, (soft, hard))
        count = min(9_000, hard - 200)  # below http.connections; with those that have said nothing at all
        half_open = []
        try:
            for number in range(count):
                client = socket.create_connection(("127.0.0.1", self.port), timeout=10)
                half_open.append(client)
                if number % 3:
                    client.sendall(b"\x16\x03\x01\x02\x00\x01"[:1 + number % 6])
            began = time.monotonic()
            with wrapped(self.port, self.authority.context()) as connection:
                self.assertTrue(ask(connection).startswith(b"HTTP/1.1 200"))
            self.assertLess(time.monotonic() - began, 1.0)
        finally:
            for client in half_open:
                client.close()
        self.assertTrue(eventually(
            lambda: metric(self.shared.get("/metrics").body.decode(), "sallyport_connections") < 50, 15))


class CertificatesAreReplaced(EndToEndTest):
    def setUp(self):
        self.room = self.folder()
        self.authority = certificates.Authority(self.room / "tls")
        self.files = self.authority.issue("a", ["old.example.org", "127.0.0.1"])

    def serve(self, *more, files=None):
        return self.started(self.room, settings=[*tls_settings(files or self.files), *more], tls=self.authority.context())

    def shows(self, server, name):
        context = self.authority.context()
        context.check_hostname = False
        return name in names_shown(server.port, context, "whatever.example")

    def metric(self, server, name):
        return metric(server.get("/metrics").body.decode(), name)

    def test_when_they_change_while_connections_go_on(self):
        server = self.serve()
        with wrapped(server.port, self.authority.context(), "old.example.org") as before:
            self.assertTrue(ask(before).startswith(b"HTTP/1.1"))
            self.authority.issue("a", ["new.example.org", "127.0.0.1"], days=90)
            self.assertTrue(eventually(lambda: self.shows(server, "new.example.org"), 15))
            self.assertTrue(ask(before).startswith(b"HTTP/1.1"))
        self.assertEqual(self.metric(server, "sallyport_tls_reloads_total"), 1)
        self.assertEqual(self.metric(server, "sallyport_tls_reload_failures_total"), 0)
        self.assertAlmostEqual(self.metric(server, "sallyport_tls_certificate_expiry_seconds"), 90 * 86_400, delta=600)
        self.assertTrue(eventually(lambda: "the certificates were read again" in server.errors(), 5))

    def test_by_a_switched_symbolic_link(self):
        for version, name in (("v1", "old"), ("v2", "new")):
            (self.room / version).mkdir()
            self.authority.issue("tls", [f"{name}.example.org", "127.0.0.1"], into=self.room / version)
        link = self.room / "..data"
        link.symlink_to("v1")
        server = self.serve(files=(link / "tls.pem", link / "tls.key"))
        (self.room / "..next").symlink_to("v2")
        os.rename(self.room / "..next", link)
        self.assertTrue(eventually(lambda: self.shows(server, "new.example.org"), 15))

    def test_on_sighup_and_a_bad_file_changes_nothing(self):
        server = self.serve()
        server.process.send_signal(signal.SIGHUP)
        self.assertTrue(eventually(lambda: self.metric(server, "sallyport_tls_reloads_total") == 1, 10))

        pathlib.Path(self.files[0]).write_text("rubbish\n", encoding="ascii")
        server.process.send_signal(signal.SIGHUP)
        self.assertTrue(eventually(lambda: self.metric(server, "sallyport_tls_reload_failures_total") >= 1, 10))
        self.assertTrue(self.shows(server, "old.example.org"))
        self.assertTrue(eventually(lambda: "those before stay in use" in server.errors(), 5))
        line = next(json.loads(line) for line in server.errors().splitlines() if "those before stay in use" in line)
        self.assertIn(f"{self.files[0]} holds no certificate in PEM form", line["detail"])

        self.authority.issue("a", ["mended.example.org", "127.0.0.1"])
        server.process.send_signal(signal.SIGHUP)
        self.assertTrue(eventually(lambda: self.shows(server, "mended.example.org"), 10))
        self.assertEqual(server.stop(), 0)

    def test_sighup_without_certificates_ends_nothing(self):
        server = self.started(self.room)
        server.process.send_signal(signal.SIGHUP)
        self.assertTrue(eventually(lambda: "SIGHUP" in server.errors(), 10))
        self.assertEqual(server.get("/health").status, 200)
        self.assertEqual(server.stop(), 0)


class FilesAreLookedAt(EndToEndTest):
    def setUp(self):
        self.room = self.folder()
        self.authority = certificates.Authority(self.room / "tls")
        self.files = self.authority.issue("a", ["auth.example.org"])

    def check(self, *settings):
        command = [Server.binary, "config", "check", *(flag for setting in settings for flag in ("--set", setting))]
        return subprocess.run(command, capture_output=True, text=True, timeout=30, check=False, env=clean_environment())

    def test_config_check_names_the_file_and_what_is_wrong(self):
        other = self.authority.issue("b", ["other.example.org"])
        done = self.check(*tls_settings(self.files))
        self.assertEqual((done.returncode, done.stdout), (0, "the configuration is valid\n"))
        done = self.check(*tls_settings((self.files[0], other[1])))
        self.assertIn(f"warning: the key in {other[1]} is not the one of the first certificate in {self.files[0]}; "
                      "serve will not start", done.stdout)
        done = self.check(*tls_settings(other), "public_url=https://auth.example.org", "proxy.header=xff",
                          "proxy.trusted=127.0.0.1")
        self.assertIn("none of tls.certificates is for auth.example.org", done.stdout)

    def test_serve_does_not_start_with_a_bad_file(self):
        server = self.server(self.room, settings=tls_settings((self.files[0], self.room / "none")), port=free_port())
        server.launch()
        self.assertEqual(server.wait(), 1)
        self.assertIn(f"cannot read {self.room / 'none'}: No such file or directory", server.errors())


class PlainBesideTls(EndToEndTest):
    def setUp(self):
        self.room = self.folder()
        self.authority = certificates.Authority(self.room / "tls")
        self.files = self.authority.issue("a", ["auth.example.org", "127.0.0.1"])

    def test_both_on_one_port_when_tls_is_not_required(self):
        server = self.started(self.room, settings=[*tls_settings(self.files), "tls.required=false"])
        self.assertEqual(server.get("/health").status, 200)
        secure = Client(server.port, tls=self.authority.context())
        self.addCleanup(secure.close)
        self.assertEqual(secure("GET", "/health").status, 200)
        # Without public_url the origin of a page is the address asked for, with the scheme it was asked by.
        body = {"email": fresh_email(), "password": PASSWORD}
        origin = f"127.0.0.1:{server.port}"
        self.assertEqual(secure("POST", "/v1/auth/register", body, {"Origin": "http://" + origin}).status, 403)
        self.assertEqual(secure("POST", "/v1/auth/register", body, {"Origin": "https://" + origin}).status, 201)

    def test_tls_without_a_certificate_hears_an_alert_and_leaves_a_line(self):
        server = self.started(self.room)
        with self.assertRaisesRegex(ssl.SSLError, "(?i)handshake.failure"):
            wrapped(server.port, self.authority.context())
        self.assertTrue(eventually(lambda: "TLS on a port without certificates; set tls.certificates" in server.errors(), 5))

    def test_the_second_port_leads_to_the_first(self):
        second = free_port()
        server = self.started(self.room, tls=self.authority.context(), settings=[
            *tls_settings(self.files), "public_url=https://auth.example.org", f"http.redirect_listen=127.0.0.1:{second}"])
        client = Client(second)
        self.addCleanup(client.close)
        for method, path in (("GET", "/setup?a=b"), ("POST", "/v1/auth/login"), ("GET", "//evil.example")):
            answer = client(method, path, b"{}" if method == "POST" else None)
            self.assertEqual((answer.status, answer.headers["Location"]), (308, "https://auth.example.org" + path))
        self.assertEqual(metric(server.get("/metrics").body.decode(), "sallyport_redirects_total"), 3)
        self.assertEqual(server.stop(), 0)

    def test_the_second_port_must_be_free(self):
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", 0))
            taken.listen()
            server = self.server(self.room, settings=[*tls_settings(self.files), "public_url=https://auth.example.org",
                                                      f"http.redirect_listen=127.0.0.1:{taken.getsockname()[1]}"],
                                 port=free_port())
            server.launch()
            self.assertEqual(server.wait(), 1)
            self.assertIn("cannot listen on http.redirect_listen", server.errors())


if __name__ == "__main__":
    main()
