"""The whole life of an account, walked with the curl program through the shipped binary and a real mail server: Ann from
"I signed up" to "I deleted my account", and the operator beside her. A chapter each, with the main thing that is refused
in it; what else can go wrong in a chapter is for the suite of its own.

The chapters are read, and run, in order. Ann's laptop keeps its cookies throughout.
"""
import json
import pathlib
import re
import shutil
import sqlite3
import subprocess
import tempfile
import urllib.parse
import uuid

import mail_test
import pictures
import sallyport_process as e2e
from curl import Curl

AUTH = "/v1/auth"
WITHIN = 30.0
PASSWORDS = ("three quiet otters swim", "four loud seagulls fly", "five slow tortoises walk")
PUBLIC, APPLICATION = "https://auth.example.org", "https://app.example.org"
DAY = 86_400_000_000


class Letter:
    """A mail as its reader has it."""

    def __init__(self, mail):
        self.message = mail_test.parsed(mail)
        self.subject = self.message["Subject"]
        self.text = self.message.get_body(("plain",)).get_content()

    @property
    def path(self):
        """Of its link."""
        return "/" + re.search(r"http://127\.0\.0\.1:\d+/(\S+\?token=spl_\S+)", self.text)[1]

    @property
    def token(self):
        return urllib.parse.parse_qs(urllib.parse.urlsplit(self.path).query)["token"][0]

    @property
    def code(self):
        return re.search(r"^\s*(\d{8})\s*$", self.text, re.MULTILINE)[1]


class Ann:
    first_email = email = "ann@example.org"
    password = PASSWORDS[0]


class WholeLife(e2e.EndToEndTest):
    @classmethod
    def setUpClass(cls):
        if shutil.which("curl") is None:
            raise AssertionError("the curl program is not installed")
        cls.room = pathlib.Path(tempfile.mkdtemp(prefix="sallyport-e2e-"))
        cls.addClassCleanup(shutil.rmtree, cls.room, ignore_errors=True)
        cls.mail_server = mail_test.MailServer(cls.room)
        cls.addClassCleanup(cls.mail_server.close)
        cls.server_ = e2e.Server(cls.room, settings=[
            "mail.welcome=true", "mail.from=no-reply@example.org", "smtp.tls=none",
            f"smtp.url=smtp://127.0.0.1:{cls.mail_server.port}", "smtp.timeout=2s", "retention.sessions=1h"])
        cls.addClassCleanup(cls.server_.close)
        cls.server_.start()
        made = cls.run_program("admin", "create", "boss@example.org", "--password-stdin", stdin=e2e.PASSWORD)
        assert made.returncode == 0, made
        cls.laptop = Curl(cls.server_, cls.room, "laptop")
        signed_up = cls.laptop.post(AUTH + "/register", {
            "email": Ann.email, "password": Ann.password, "display_name": "Ann", "device": {"name": "Ann's laptop"}})
        assert signed_up.status == 201, signed_up
        Ann.id = signed_up.json["user"]["id"]

    @classmethod
    def tearDownClass(cls):
        status = cls.server_.stop()
        if status != 0:
            raise AssertionError(f"the server ended with status {status}: {cls.server_.errors()[-2000:]}")

    @classmethod
    def run_program(cls, *arguments, stdin=""):
        return subprocess.run([e2e.Server.binary, *arguments, "--data", str(cls.server_.data)], input=stdin + "\n",
                              capture_output=True, text=True, timeout=60, env=e2e.clean_environment(), check=False)

    def program(self, *arguments):
        done = self.run_program(*arguments)
        self.assertEqual(done.returncode, 0, done)
        return done.stdout

    def device(self, name):
        return Curl(self.server_, self.room, name)

    def sign_in(self, client, email=None, password=None, **more):
        return client.post(AUTH + "/login", {"email": email or Ann.email, "password": password or Ann.password, **more})

    def signed_in(self, client, email=None, password=None, **more):
        answer = self.sign_in(client, email, password, **more)
        self.assertEqual(answer.status, 200, answer)
        return "Authorization: Bearer " + answer.json["access_token"]

    def letters(self, to, subject):
        """All that came; one that was sent twice is one."""
        letters = {letter.message["Message-ID"]: letter for letter in map(Letter, self.mail_server.received(to))}
        return [letter for letter in letters.values() if letter.subject == subject]

    def letter(self, to, subject, count=1):
        """The newest of so many, once they have come."""
        self.assertTrue(e2e.eventually(lambda: len(self.letters(to, subject)) >= count, WITHIN), subject)
        letters = self.letters(to, subject)
        self.assertEqual(len(letters), count, subject)
        return letters[-1]

    def served(self, *settings):
        """Another server, set otherwise."""
        return self.started(settings=settings)

    # the chapters

    def test_01_i_prove_that_my_address_is_mine(self):
        confirm = AUTH + "/verification/confirm"
        letter = self.letter(Ann.email, "Welcome to Sallyport")
        wrong = f"{(int(letter.code) + 1) % 10**8:08}"
        self.assert_problem(self.laptop.post(confirm, {"code": wrong}), 422, "flow_invalid")
        self.assert_problem(self.device("another").post(confirm, {"token": letter.token}), 403, "password_needed")
        self.assertEqual(self.laptop.get(letter.path).status, 200, "looking at the link uses nothing up")
        confirmed = self.laptop.post(confirm, {"code": letter.code})
        self.assertEqual((confirmed.status, confirmed.json["user"]["email_verified"]), (200, True), confirmed)
        self.assert_problem(self.laptop.post(confirm, {"token": letter.token}), 422, "flow_invalid")

        for name, answer, status in (("fred", "confirm", 200), ("gina", "not_me", 401)):
            account = {"email": f"{name}@example.org", "password": PASSWORDS[0]}
            browser = self.device(name)
            self.assertEqual(browser.post(AUTH + "/register", account).status, 201)
            token = self.letter(account["email"], "Welcome to Sallyport").token
            done = browser.post("/verify-email", form={"token": token, "answer": answer})
            self.assertEqual(done.status, 200, done)
            self.assertEqual(browser.get(AUTH + "/me").status, status, f"after the button {answer} of the page")

        change = {"email": "ann@example.net", "password": Ann.password}
        self.assert_problem(self.laptop.post(AUTH + "/email", {**change, "password": "an-Otter-9-singing"}), 403, "wrong_password",
                            ("password", "wrong"))
        self.assertEqual(self.laptop.post(AUTH + "/email", change).status, 202)
        code = self.letter(change["email"], "Confirm your new address").code
        self.assertEqual(self.laptop.get(AUTH + "/me").json["email"], Ann.email, "nothing changes before the proof")
        self.assertEqual(self.laptop.post(confirm, {"code": code}).json["user"]["email"], change["email"])
        self.letter(Ann.email, "Your address was changed")
        Ann.email = change["email"]

        for settings, status, code in (("registration.mode=closed", 403, "registration_closed"),
                                       ("registration.domains=example.net", 422, "invalid_fields"),
                                       ("verification.mode=required", 202, None)):
            elsewhere = Curl(self.served(settings), self.room, settings)
            account = {"email": "hans@example.org", "password": PASSWORDS[0]}
            made = elsewhere.post(AUTH + "/register", account)
            self.assertEqual((made.status, made.code), (status, code), made)
        self.assert_problem(self.sign_in(elsewhere, account["email"], PASSWORDS[0]), 403, "account_pending")

    def test_02_i_forgot_my_password_and_get_back_in(self):
        phone = self.device("phone")
        bearer = self.signed_in(phone, device={"id": "phone"})
        heard = [self.device(name).post(AUTH + "/recovery", {"email": email})
                 for name, email in (("a stranger", "nobody@example.org"), ("another", Ann.email))]
        self.assertEqual([(answer.status, sorted(answer.json), len(answer.body)) for answer in heard],
                         [(202, ["expires_in", "flow"], len(heard[0].body))] * 2)
        letter = self.letter(Ann.email, "Reset your password")
        flow = heard[1].json["flow"]

        page = phone.get(letter.path)
        self.assertEqual(page.status, 200, "looking at the link uses nothing up")
        wrong = f"{(int(letter.code) + 1) % 10**8:08}"
        self.assert_problem(phone.post(AUTH + "/recovery/confirm", {
            "code": wrong, "flow": flow, "password": PASSWORDS[1]}), 422, "flow_invalid")
        self.assert_problem(phone.post(AUTH + "/recovery/confirm", {
            "code": letter.code, "flow": flow, "password": "short"}), 422, "invalid_fields", ("password", "too_short"))
        done = self.laptop.post(AUTH + "/recovery/confirm", {"code": letter.code, "flow": flow, "password": PASSWORDS[1]})
        self.assertEqual(done.status, 204, done)
        Ann.password = PASSWORDS[1]

        for proof in ({"code": letter.code, "flow": flow}, {"token": letter.token}):
            self.assert_problem(phone.post(AUTH + "/recovery/confirm", {**proof, "password": PASSWORDS[2]}), 422,
                                "flow_invalid")
        for client in (self.laptop, phone):
            self.assertEqual(client.get(AUTH + "/me").status, 401)
        self.assertEqual(self.device("anyone").get(AUTH + "/me", bearer).status, 401)
        self.assert_problem(self.sign_in(phone, password=PASSWORDS[0]), 401, "invalid_credentials")
        self.signed_in(self.laptop)
        self.letter(Ann.email, "Your password was changed")

    def test_03_i_change_my_password(self):
        self.signed_in(self.laptop)
        phone = self.device("phone")
        self.signed_in(phone, device={"id": "phone"})
        change = {"current_password": Ann.password, "new_password": PASSWORDS[2]}
        notices = len(self.letters(Ann.email, "Your password was changed"))

        self.assert_problem(self.laptop.post(AUTH + "/password", {**change, "current_password": "an-Otter-9-singing"}), 403,
                            "wrong_password", ("current_password", "wrong"))
        self.assert_problem(self.laptop.post(AUTH + "/reauthenticate", {"password": "nor this"}), 403, "wrong_password")
        self.assertEqual(self.laptop.post(AUTH + "/reauthenticate", {"password": Ann.password}).status, 204)
        changed = self.laptop.post(AUTH + "/password", change)
        self.assertEqual(changed.status, 204, changed)
        Ann.password = PASSWORDS[2]

        self.assertEqual(self.laptop.get(AUTH + "/me").status, 200)
        self.assert_problem(phone.get(AUTH + "/me"), 401, "session_expired")
        self.letter(Ann.email, "Your password was changed", notices + 1)

    def test_04_i_see_my_devices_and_sign_one_out(self):
        self.signed_in(self.laptop)
        phone, tablet = self.device("phone"), self.device("tablet")
        by_phone = self.signed_in(phone, device={"id": "phone", "name": "Ann's phone", "type": "ios"})
        self.signed_in(tablet, device={"id": "tablet"})

        listed = self.laptop.get(AUTH + "/sessions").json["sessions"]
        shown = next(session for session in listed if session["device_id"] == "phone")
        self.assertEqual((shown["name"], shown["type"], shown["ip"], shown["is_current"]),
                         ("Ann's phone", "ios", "127.0.0.1", False))
        self.assertEqual([session["is_current"] for session in listed].count(True), 1)
        ended = self.laptop("DELETE", f"{AUTH}/sessions/{shown['id']}")
        self.assertEqual(ended.status, 204, ended)
        self.assert_problem(self.device("anyone").get(AUTH + "/me", by_phone), 401, "session_expired")
        self.assert_problem(self.laptop("DELETE", f"{AUTH}/sessions/{shown['id']}"), 404, "session_not_found")
        self.assertEqual(self.laptop("DELETE", AUTH + "/sessions").status, 200)
        self.assertEqual(tablet.get(AUTH + "/me").status, 401)
        self.assertEqual(self.laptop.get(AUTH + "/me").status, 200)

    def test_05_i_get_mails_and_the_operator_sees_what_became_of_them(self):
        welcome = self.letter(Ann.first_email, "Welcome to Sallyport")
        self.assertEqual(welcome.message.get_content_type(), "multipart/alternative")
        self.assertIn("Ann", welcome.text)
        self.assertIn("Ann", welcome.message.get_body(("html",)).get_content())
        self.assertEqual(welcome.message["Auto-Submitted"], "auto-generated")

        refused = self.device("refused").post(AUTH + "/register", {"email": "refuse550.bob@example.org",
                                                                   "password": PASSWORDS[0]})
        self.assertEqual(refused.status, 201, "whoever registers does not wait for the mail server")
        def failed():
            return json.loads(self.program("mail", "list", "--json", "--state", "failed"))["mails"]
        self.assertTrue(e2e.eventually(lambda: len(failed()) == 1, WITHIN), failed())
        self.assertEqual(failed()[0]["account"], refused.json["user"]["id"])
        self.assertIn("Welcome", self.program("mail", "show", failed()[0]["id"]))
        self.program("mail", "retry", failed()[0]["id"])
        self.assertIn("Reset your password", self.program("mail", "preview", "recovery"))
        public = self.served(f"public_url={PUBLIC}")
        self.assertEqual(Curl(public, self.room, "public").get("/dev/mail").status, 404, "for one's own machine only")

    def test_06_a_stranger_guesses_at_my_password(self):
        self.signed_in(self.laptop)
        stranger = self.device("guesser")
        for name in (Ann.email, "nobody@example.org"):
            guesses = [self.sign_in(stranger, name, f"a guess, no. {number}") for number in range(6)]
            self.assert_problem(guesses[0], 401, "invalid_credentials")
            self.assert_problem(guesses[5], 429, "locked")
            right = self.sign_in(stranger, name, Ann.password)
            self.assert_problem(right, 429, "locked")
            self.assertTrue(0 < int(right.headers["Retry-After"]) <= 15 * 60)

        self.assertEqual(self.sign_in(self.laptop).status, 200, "a device that signed in before is not locked out")
        self.letter(Ann.email, "Sign-in to your account is paused")

    def test_07_my_browser_is_safe(self):
        server = self.served(f"public_url={PUBLIC}", f"allowed_origins={APPLICATION}")
        curl = Curl(server, self.room, "browser")
        account = {"email": "browser@example.org", "password": PASSWORDS[0]}

        made = curl.post(AUTH + "/register", account, origin=APPLICATION)
        self.assertEqual(made.status, 201, made)
        self.assertRegex(made.headers["Set-Cookie"], r"^__Host-sallyport\S*=\S+; .*Secure")
        self.assertEqual(made.headers["Access-Control-Allow-Origin"], APPLICATION)
        preflight = curl("OPTIONS", AUTH + "/login", None, "Access-Control-Request-Method: POST", origin=APPLICATION)
        self.assertEqual((preflight.status, preflight.headers["Access-Control-Allow-Credentials"]), (204, "true"))
        elsewhere = curl("OPTIONS", AUTH + "/login", None, "Access-Control-Request-Method: POST",
                         origin="https://evil.example")
        self.assertIsNone(elsewhere.headers["Access-Control-Allow-Origin"])

        for answer in (made, curl.get(AUTH + "/me"), curl.get("/nowhere"), curl.get("/reset-password")):
            self.assertEqual((answer.headers["X-Content-Type-Options"], answer.headers["Cache-Control"]),
                             ("nosniff", "no-store"))
            self.assertIn("max-age=", answer.headers["Strict-Transport-Security"])
            self.assertIn("default-src 'none'", answer.headers["Content-Security-Policy"])

        for origin in ("https://evil.example", "null"):
            self.assert_problem(curl.post(AUTH + "/login", account, origin=origin), 403, "csrf_refused")
        self.signed_in(self.laptop)
        self.assert_problem(self.laptop.post(AUTH + "/logout", {}, origin="https://evil.example"), 403, "csrf_refused")
        self.assert_problem(self.laptop.post(AUTH + "/logout", {}, origin=None), 403, "csrf_refused")
        self.assertEqual(self.laptop.get(AUTH + "/me").status, 200)

    def test_08_a_proxy_asks_who_i_am(self):
        self.signed_in(self.laptop)
        known = self.laptop.get(AUTH + "/check")
        self.assertEqual((known.status, known.headers["X-Auth-User"], known.headers["X-Auth-Email"],
                          known.headers["X-Auth-Role"]), (204, Ann.id, Ann.email, "user"))
        self.assertEqual(self.laptop("PUT", AUTH + "/check", origin="https://any.example").status, 204)
        self.assert_problem(self.laptop.get(AUTH + "/check?role=admin"), 403, "forbidden")
        self.assert_problem(self.device("anyone").get(AUTH + "/check"), 401, "not_authenticated")

        server = self.served(f"public_url={PUBLIC}", f"forward_auth.sign_in_url={APPLICATION}/sign-in",
                             f"forward_auth.origins={APPLICATION}")
        curl = Curl(server, self.room, "proxy")
        for asked, told in ((APPLICATION + "/a?b=c", f"{APPLICATION}/sign-in?return_to=" +
                             urllib.parse.quote(APPLICATION + "/a?b=c", safe="")),
                            ("https://evil.example/", APPLICATION + "/sign-in")):
            sent = curl.get(AUTH + "/check?redirect", "Accept: text/html", f"X-Original-URL: {asked}")
            self.assertEqual((sent.status, sent.headers["Location"]), (302, told))

    def test_09_an_operator_looks_after_accounts(self):
        boss = self.device("boss")
        self.signed_in(boss, "boss@example.org", e2e.PASSWORD)
        users = "/v1/users"
        made = boss.post(users, {"email": "carl@example.org", "display_name": "Carl", "role": "guest"})
        self.assertEqual((made.status, made.json["status"]), (201, "pending"), made)
        carl, path = self.device("carl"), f"{users}/{made.json['id']}"
        invitation = self.letter("carl@example.org", "You are invited to Sallyport")
        accept = {"token": invitation.token, "password": PASSWORDS[0]}
        self.assertEqual(carl.post(AUTH + "/invitation/confirm", accept).status, 200)
        self.assert_problem(carl.post(AUTH + "/invitation/confirm", accept), 422, "flow_invalid")

        self.signed_in(self.laptop)
        for client, status, code in ((self.laptop, 403, "forbidden"), (carl, 403, "forbidden"),
                                     (self.device("anyone"), 401, "not_authenticated")):
            self.assert_problem(client.get(users), status, code)
            self.assert_problem(client("PATCH", path, {"role": "admin"}), status, code)

        found = boss.get(users + "?query=ann&role=user&page_size=1").json["users"]
        self.assertEqual([user["email"] for user in found], [Ann.email])
        stream = boss.get(users, "Accept: application/x-ndjson")
        self.assertEqual(stream.headers["Content-Type"], "application/x-ndjson")
        streamed = {json.loads(line)["email"] for line in stream.body.splitlines()}
        self.assertLessEqual({"boss@example.org", Ann.email, "carl@example.org"}, streamed)
        self.assert_problem(boss.get(users + "?status=odd"), 422, "invalid_fields", ("status", "unknown_value"))

        self.assertEqual(boss("PATCH", path, {"role": "user"}).json["role"], "user")
        self.assertEqual(boss("PUT", path + "/password", {"password": PASSWORDS[1]}).status, 204)
        self.assertEqual(carl.get(AUTH + "/me").status, 401, "whose password is set is signed out")
        self.signed_in(carl, "carl@example.org", PASSWORDS[1])
        self.assertEqual(boss("DELETE", path + "/sessions").json, {"revoked": 1})
        self.assertEqual(boss("PATCH", path, {"status": "suspended"}).json["status"], "suspended")
        self.assert_problem(self.sign_in(carl, "carl@example.org", PASSWORDS[1]), 403, "account_suspended")
        self.assertEqual(boss("PATCH", path, {"status": "active"}).status, 200)
        self.assertEqual(boss("DELETE", path).status, 204)
        self.assert_problem(self.sign_in(carl, "carl@example.org", PASSWORDS[1]), 401, "invalid_credentials")
        self.assertEqual(boss.post(path + "/restore").json["status"], "active")
        boss_id = boss.get(AUTH + "/me").json["id"]
        self.assert_problem(boss("DELETE", f"{users}/{boss_id}"), 409, "last_administrator")

        self.program("user", "suspend", "carl@example.org")
        listed = json.loads(self.program("user", "list", "--json", "--status", "suspended"))["users"]
        self.assertEqual([user["email"] for user in listed], ["carl@example.org"])
        self.assertNotEqual(self.run_program("user", "delete", "boss@example.org").returncode, 0)

    def test_10_my_data_is_mine_and_i_delete_my_account(self):
        self.signed_in(self.laptop)
        profile = {"display_name": "Ann B.", "locale": "en-GB", "timezone": "Europe/Zurich", "phone": "+41443640000"}
        self.assertLessEqual(profile.items(), self.laptop("PATCH", AUTH + "/me", profile).json.items())
        self.assert_problem(self.laptop("PATCH", AUTH + "/me", {"timezone": "Mars/Olympus", "phone": "044"}), 422,
                            "invalid_fields", ("timezone", "time_zone_unknown"), ("phone", "phone_malformed"))

        picture = self.room / "ann.png"
        picture.write_bytes(pictures.png(size=3000))
        put = self.laptop("PUT", AUTH + "/me/avatar", None, "Content-Type: image/png", file=picture)
        self.assertEqual(put.status, 200, put)
        shown = self.device("anyone").get(put.json["avatar_url"])
        self.assertEqual((shown.status, shown.body, shown.headers["Content-Type"]), (200, picture.read_bytes(), "image/png"))
        script = self.room / "script.png"
        script.write_bytes(b"<svg onload=alert(1)>")
        self.assert_problem(self.laptop("PUT", AUTH + "/me/avatar", None, "Content-Type: image/png", file=script), 422,
                            "invalid_fields", ("avatar", "image_malformed"))

        export = self.laptop.get(AUTH + "/me/export")
        self.assertIn("attachment", export.headers["Content-Disposition"])
        self.assertEqual(export.json["account"]["email"], Ann.email)
        self.assertIn("password_recovered", [event["event"] for event in export.json["events"]])
        self.assertNotIn("argon2", export.body.decode())
        self.assert_problem(self.device("anyone").get(AUTH + "/me/export"), 401, "not_authenticated")

        gone = {"current_password": Ann.password}
        self.assert_problem(self.laptop("DELETE", AUTH + "/me", {"current_password": "an-Otter-9-singing"}), 403,
                            "wrong_password", ("current_password", "wrong"))
        self.assert_problem(self.laptop("DELETE", AUTH + "/me", gone, origin="https://evil.example"), 403, "csrf_refused")
        self.assertEqual(self.laptop("DELETE", AUTH + "/me", gone).status, 204)
        self.assertEqual(self.laptop.get(AUTH + "/me").status, 401)
        self.assertEqual(self.device("anyone").get(put.json["avatar_url"]).status, 404)
        self.letter(Ann.email, "Your account was deleted")

    def test_11_a_client_repeats_itself_and_names_its_requests(self):
        bob, key = self.device("bob"), f"Idempotency-Key: {uuid.uuid4()}"
        account = {"email": "bob@example.org", "password": PASSWORDS[0]}
        first, second = (bob.post(AUTH + "/register", account, key, "Accept-Language: de-CH, en;q=0.5") for _ in range(2))
        self.assertEqual((first.status, second.status), (201, 201))
        self.assertEqual(first.json["user"], second.json["user"])
        self.assert_problem(bob.post(AUTH + "/register", {**account, "display_name": "Bob"}, key), 422,
                            "idempotency_key_reused")
        self.assertEqual(first.json["user"]["locale"], "de")
        self.letter("bob@example.org", "Willkommen bei Sallyport")

        first, second = (bob.post(AUTH + "/recovery", {"email": "bob@example.org"}, key) for _ in range(2))
        self.assertEqual((first.status, second.status, first.json["flow"]), (202, 202, second.json["flow"]))
        self.letter("bob@example.org", "Setzen Sie Ihr Passwort zurück")
        self.assert_problem(bob.post(AUTH + "/recovery", {"email": "eve@example.org"}, key), 422, "idempotency_key_reused")
        self.assert_problem(bob.post(AUTH + "/recovery", {"email": "bob@example.org"}, "Idempotency-Key: two words"), 422,
                            "invalid_fields", ("Idempotency-Key", "idempotency_key_malformed"))

        named = self.device("anyone").get(AUTH + "/me", "X-Request-Id: bob-7")
        self.assertEqual((named.status, named.headers["X-Request-Id"], named.json["request_id"]), (401, "bob-7", "bob-7"))
        self.assertRegex(self.device("anyone").get("/health", "X-Request-Id: <script>").headers["X-Request-Id"],
                         r"^[0-9a-f]{16}$")
        self.assertTrue(e2e.eventually(lambda: "bob-7" in self.server_.errors(), 5))
        for private in (Ann.email, "bob@example.org", *PASSWORDS, first.json["flow"]):
            self.assertNotIn(private, self.server_.errors())

    def test_12_what_serves_nobody_any_more_is_removed(self):
        def removed():
            page = self.device("operator").get("/metrics").body.decode()
            return {kind: int(count) for kind, count in
                    re.findall(r'^sallyport_cleaned_rows_total\{kind="(\w+)"\} (\d+)', page, re.MULTILINE)}
        carol = self.device("carol")
        made = carol.post(AUTH + "/register", {"email": "carol@example.org", "password": PASSWORDS[0]},
                          f"Idempotency-Key: {uuid.uuid4()}")
        self.assertEqual(made.status, 201, made)
        dave = self.device("dave")
        self.assertEqual(dave.post(AUTH + "/register", {"email": "dave@example.org", "password": PASSWORDS[0]}).status, 201)
        self.assertEqual(carol.post(AUTH + "/logout").status, 204)
        self.assertLessEqual({"sessions", "idempotency_keys", "flows", "throttle_counters", "mails"}, set(removed()))

        self.server_.stop()
        database = sqlite3.connect(self.server_.database_file)
        with database:  # two days go by
            database.execute("UPDATE sessions SET ended_at = ended_at - ?", (2 * DAY,))
            database.execute("UPDATE idempotency_keys SET created_at = created_at - ?", (2 * DAY,))
        database.close()
        self.server_.start()

        self.assertTrue(e2e.eventually(
            lambda: removed()["sessions"] >= 1 and removed()["idempotency_keys"] >= 1, WITHIN, interval=0.5), removed())
        self.assertEqual(carol.get(AUTH + "/me").status, 401, "what ended stays so")
        self.assertEqual(dave.get(AUTH + "/me").status, 200, "what lives is not touched")


if __name__ == "__main__":
    e2e.main()
