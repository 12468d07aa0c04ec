"""The first administrator by way of /setup: token, form, errors, and that it is over once there is one."""
import html.parser
import os
import pty
import re
import stat
import subprocess
import time
import urllib.parse

import sallyport_process as e2e
from sallyport_process import PASSWORD

WRONG_TOKEN = "spu_" + "A" * 43
FORM = "application/x-www-form-urlencoded"


class Page(html.parser.HTMLParser):
    """What a browser makes of a page: title, inputs by name, the sentences that describe each, all text."""

    def __init__(self, answer):
        super().__init__()
        self.inputs, self.described, self.text, self.tags = {}, {}, "", []
        self._current = None
        self.feed(answer.body.decode())

    def handle_starttag(self, tag, attributes):
        attributes = dict(attributes)
        self.tags.append(tag)
        if tag == "input":
            self.inputs[attributes["name"]] = attributes
        self._current = attributes.get("id")

    def handle_data(self, data):
        if self._current:
            self.described[self._current] = self.described.get(self._current, "") + data
        self.text += data

    def handle_endtag(self, tag):
        self._current = None

    def error(self, name):
        """The sentences beside a field, as a screen reader finds them."""
        ids = self.inputs[name].get("aria-describedby", "").split()
        return " ".join(self.described[one] for one in ids if one.endswith("-error"))


class SetupTest(e2e.EndToEndTest):
    def token_of(self, server):
        return (server.data / "setup-token").read_text(encoding="ascii").strip()

    def submit(self, server, headers=None, **fields):
        body = urllib.parse.urlencode(fields).encode()
        return server.request("POST", "/setup", body, {"Content-Type": FORM, **(headers or {})})

    def good(self, server, **changes):
        return {"token": self.token_of(server), "email": "boss@example.org", "password": PASSWORD, **changes}

    def assert_page(self, answer, status):
        self.assertEqual(answer.status, status, answer)
        self.assertEqual(answer.headers["Content-Type"], "text/html; charset=utf-8")
        self.assertEqual(answer.headers["Cache-Control"], "no-store")
        self.assertEqual(answer.headers["X-Content-Type-Options"], "nosniff")
        self.assertEqual(answer.headers["Referrer-Policy"], "same-origin")
        policy = answer.headers["Content-Security-Policy"]
        for rule in ("default-src 'none'", "form-action 'self'", "frame-ancestors 'none'", "base-uri 'none'"):
            self.assertIn(rule, policy)
        self.assertNotIn("unsafe", policy)
        page = Page(answer)
        self.assertNotIn("script", page.tags)
        return page


class Form(SetupTest):
    def test_the_token_of_the_start_makes_the_first_administrator(self):
        server = self.started()
        page = self.assert_page(server.get("/setup"), 200)
        self.assertEqual(list(page.inputs), ["token", "email", "password", "display_name"])
        self.assertEqual(page.inputs["email"]["autocomplete"], "username")
        self.assertEqual(page.inputs["password"]["autocomplete"], "new-password")
        self.assertEqual(server.request("HEAD", "/setup").status, 200)
        token = self.token_of(server)
        self.assertTrue(e2e.eventually(lambda: "  try " in server.output(), 5))
        first_greeting = server.output()

        done = self.submit(server, **self.good(server, display_name="The <b>Boss</b>"))

        self.assertIn("boss@example.org", self.assert_page(done, 201).text)
        user = server.login("boss@example.org").json["user"]
        self.assertEqual((user["role"], user["display_name"]), ("admin", "The <b>Boss</b>"))
        self.assertFalse((server.data / "setup-token").exists())
        again = self.submit(server, token=token, email="second@example.org", password=PASSWORD)
        self.assertNotIn("form", self.assert_page(again, 404).tags)
        self.assertNotIn("form", self.assert_page(server.get("/setup"), 404).tags)
        self.assertEqual(server.rows("SELECT count(*) FROM setup_token"), [(0,)])
        events = {event for (event,) in server.rows("SELECT event FROM audit_events")}
        self.assertLessEqual({"setup_token_made", "setup_token_used", "administrator_created"}, events)
        server.restart()
        self.assertFalse((server.data / "setup-token").exists())
        self.assertTrue(e2e.eventually(lambda: server.output().count("  try ") == 2, 5))
        self.assertEqual(server.output().count("/setup"), first_greeting.count("/setup"))

    def test_wrong_fields_are_named_and_what_was_typed_is_kept_except_secrets(self):
        server = self.started()
        answer = self.submit(server, **self.good(server, email="<b>\"no'", password="short", display_name="B & o"))

        page = self.assert_page(answer, 422)
        self.assertIn("e-mail address", page.error("email"))
        self.assertIn("too short", page.error("password"))
        self.assertEqual(page.error("display_name"), "")
        self.assertEqual(page.inputs["email"]["value"], "<b>\"no'")
        self.assertEqual(page.inputs["display_name"]["value"], "B & o")
        self.assertEqual((page.inputs["token"]["value"], page.inputs["password"]["value"]), ("", ""))
        self.assertNotIn("b", page.tags)
        page = self.assert_page(self.submit(server), 422)
        self.assertEqual([name for name in page.inputs if page.error(name)], ["token", "email", "password"])
        page = self.assert_page(self.submit(server, **self.good(server, password="")), 422)
        self.assertEqual(page.error("password"), "The field is required.")
        server.register("ann@example.org")
        page = self.assert_page(self.submit(server, **self.good(server, email="Ann@example.org")), 409)
        self.assertIn("another account", page.error("email"))
        self.assert_page(self.submit(server, **self.good(server)), 201)  # the token was good all the time

    def test_a_wrong_token_says_where_to_get_another(self):
        server = self.started()
        for token in (WRONG_TOKEN, "spu_", "\0", "hunter2"):
            with self.subTest(token):
                answer = self.submit(server, **self.good(server, token=token))
                if token == "\0":
                    self.assert_page(answer, 400)
                    continue
                page = self.assert_page(answer, 403)
                self.assertIn("sallyport admin setup", page.error("token"))
                self.assertEqual(page.inputs["email"]["value"], "boss@example.org")
        self.assertEqual(server.rows("SELECT count(*) FROM accounts"), [(0,)])

    def test_other_media_large_bodies_and_broken_forms_are_refused(self):
        server = self.started()
        as_json = server.post("/setup", self.good(server))
        self.assert_page(as_json, 415)
        plain = server.request("POST", "/setup", b"token=x", {"Content-Type": "text/plain"})
        self.assert_page(plain, 415)
        self.assert_page(self.submit(server, token="x" * 20_000), 413)
        for body in (b"token", b"token=%", b"token=1&token=2", b"=1", b"token=\xff"):
            with self.subTest(body):
                self.assert_page(server.request("POST", "/setup", body, {"Content-Type": FORM}), 400)

    def test_another_sites_form_is_refused(self):
        server = self.started()
        for headers in ({"Origin": "https://evil.example"}, {"Origin": "null"}, {"Sec-Fetch-Site": "cross-site"},
                        {"Cookie": "a=b"}):
            with self.subTest(headers):
                self.assert_problem(self.submit(server, headers, **self.good(server)), 403, "csrf_refused")
        own = {"Origin": f"http://127.0.0.1:{server.port}", "Cookie": "a=b"}
        self.assert_page(self.submit(server, own, **self.good(server)), 201)

    def test_two_at_once_make_one_administrator(self):
        server = self.started()
        token = self.token_of(server)

        answers = e2e.in_parallel(4, lambda number: self.submit(
            server, token=token, email=f"boss{number}@example.org", password=PASSWORD))

        self.assertEqual(sorted(answer.status for answer in answers), [201, 404, 404, 404])
        self.assertEqual(server.rows("SELECT count(*) FROM accounts WHERE role = 1"), [(1,)])


class Token(SetupTest):
    def admin_setup(self, server, status=0):
        done = subprocess.run([server.binary, "admin", "setup", "--data", str(server.data)], capture_output=True,
                              timeout=60, env=e2e.clean_environment())
        self.assertEqual(done.returncode, status, done)
        return done.stdout.decode() if status == 0 else done.stderr.decode()

    def test_the_file_is_its_owners_alone_and_goes_with_the_server(self):
        server = self.started()
        file = server.data / "setup-token"
        self.assertEqual(stat.S_IMODE(file.stat().st_mode), 0o600)
        self.assertRegex(file.read_text(encoding="ascii"), r"^spu_[A-Za-z0-9_-]{43}\n$")
        self.assertTrue(e2e.eventually(lambda: str(file) in server.output(), 5))  # after it is ready
        first = self.token_of(server)

        server.restart()

        self.assertNotEqual(self.token_of(server), first)
        self.assert_page(self.submit(server, **self.good(server, token=first)), 403)
        self.assertEqual(server.stop(), 0)
        self.assertFalse(file.exists())

    def test_no_token_stands_in_a_log_or_in_the_database(self):
        server = self.started()
        token = self.token_of(server)
        self.submit(server, **self.good(server, password="short"))
        self.submit(server, **self.good(server))
        server.stop()

        written = server.output() + server.errors()
        self.assertNotIn(token, written)
        self.assertNotIn("spu_", written)
        self.assertNotIn("boss@example.org", written)
        for file in server.data.iterdir():
            self.assertNotIn(token.encode(), file.read_bytes(), file)
            self.assertNotIn(e2e.unbase64url(token[4:]), file.read_bytes(), file)

    def test_a_terminal_is_shown_the_token_and_there_is_no_file(self):
        server = self.server()
        server.port = e2e.free_port()
        leader, follower = pty.openpty()
        self.addCleanup(os.close, leader)
        with open(server.error_file, "ab") as errors:
            server.process = subprocess.Popen(server.command(), stdin=subprocess.DEVNULL, stdout=follower,
                                              stderr=errors, env=e2e.clean_environment())
        os.close(follower)
        shown = b""
        while b"curl" not in shown:
            shown += os.read(leader, 4096)
        self.assertTrue(server._becomes_ready(time.monotonic() + e2e.READY_WITHIN))

        token = re.search(rb"spu_[A-Za-z0-9_-]{43}", shown).group().decode()

        self.assertFalse((server.data / "setup-token").exists())
        self.assertNotIn("spu_", server.errors())
        self.assertIn(f"http://127.0.0.1:{server.port}/setup".encode(), shown)
        self.assert_page(self.submit(server, token=token, email="boss@example.org", password=PASSWORD), 201)

    def test_an_operator_gets_a_fresh_one_from_the_server(self):
        server = self.started()
        first = self.token_of(server)

        fresh = self.admin_setup(server).split()[0]

        self.assertFalse((server.data / "setup-token").exists())
        self.assert_page(self.submit(server, token=first, email="boss@example.org", password=PASSWORD), 403)
        self.assert_page(self.submit(server, token=fresh, email="boss@example.org", password=PASSWORD), 201)
        self.assertIn("administrator already", self.admin_setup(server, status=1))

    def test_one_made_without_a_server_is_good_when_it_starts(self):
        server = self.started()
        server.stop()

        fresh = self.admin_setup(server).split()[0]
        server.start()

        self.assertFalse((server.data / "setup-token").exists())
        self.assertTrue(e2e.eventually(lambda: "'sallyport admin setup' printed" in server.output(), 5))
        self.assert_page(self.submit(server, token=fresh, email="boss@example.org", password=PASSWORD), 201)

    def test_an_administrator_made_by_command_ends_the_setup(self):
        server = self.started()
        token = self.token_of(server)
        subprocess.run([server.binary, "admin", "create", "boss@example.org", "--password-stdin", "--data",
                        str(server.data)], input=PASSWORD.encode() + b"\n", check=True, capture_output=True,
                       timeout=60, env=e2e.clean_environment())

        self.assertFalse((server.data / "setup-token").exists())
        self.assert_page(server.get("/setup"), 404)
        self.assert_page(self.submit(server, token=token, email="x@example.org", password=PASSWORD), 404)


if __name__ == "__main__":
    e2e.main()
