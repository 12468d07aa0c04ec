"""Back in without the password: link and code, forms without scripts, and what strangers, replays and crashes get."""
import re
import signal
import sqlite3
import subprocess
import urllib.parse

import sallyport_process as e2e
from mail_test import FROM, MailServer, parsed
from sallyport_process import PASSWORD, fresh_email
from setup_test import FORM, Page

NEW_PASSWORD = "three quiet otters swim"
WITHIN = 40.0  # a mail that was being sent at a kill is sent again after twice smtp.timeout and ten seconds


class RecoveryTest(e2e.EndToEndTest):
    def mail_server(self):
        server = MailServer(self.folder())
        self.addCleanup(server.close)
        return server

    def settings(self, port, *more):
        return ["mail.welcome=false", f"mail.from={FROM}", f"smtp.url=smtp://127.0.0.1:{port}", "smtp.tls=none",
                "smtp.timeout=2s", *more]

    def both(self, *more, **options):
        """A mail server, and a server that sends by it."""
        mail_server = self.mail_server()
        return mail_server, self.started(settings=self.settings(mail_server.port, *more), **options)

    def request(self, server, email, headers=None):
        answer = server.post("/v1/auth/recovery", {"email": email}, headers)
        self.assertEqual(answer.status, 202, answer)
        return answer

    def confirm(self, server, headers=None, **body):
        return server.post("/v1/auth/recovery/confirm", {"password": NEW_PASSWORD, **body}, headers)

    def received(self, mail_server, to, subject, count=1):
        """The text of so many mails, once they have come; the newest last."""
        def found():
            mails = {mail["Message-ID"]: mail for mail in map(parsed, mail_server.received(to))}  # one sent twice is one
            return [mail.get_body(("plain",)).get_content() for mail in mails.values() if mail["Subject"] == subject]
        self.assertTrue(e2e.eventually(lambda: len(found()) >= count, WITHIN), found())
        self.assertEqual(len(found()), count)
        return found()

    def proof(self, mail_server, to, count=1):
        """The link and the code of the newest mail."""
        text = self.received(mail_server, to, "Reset your password", count)[-1]
        link, = re.findall(r"http://\S+/reset-password\?token=spl_[\w-]+", text)
        code, = re.findall(r"^\s*(\d{8})\s*$", text, re.MULTILINE)
        return link, code

    def token_of(self, link):
        return urllib.parse.parse_qs(urllib.parse.urlsplit(link).query)["token"][0]

    def submit(self, server, headers=None, **fields):
        body = urllib.parse.urlencode(fields).encode()
        return server.request("POST", "/reset-password", body, {"Content-Type": FORM, **(headers or {})})

    def assert_page(self, answer, status):
        self.assertEqual(answer.status, status, answer)
        self.assertEqual(answer.headers["Content-Type"], "text/html; charset=utf-8")
        self.assertEqual(answer.headers["Cache-Control"], "no-store")
        return Page(answer)

    def assert_settled(self, server):
        """No request waits for its mail any more."""
        self.assertTrue(e2e.eventually(
            lambda: server.rows("SELECT count(*) FROM flows WHERE due_at IS NOT NULL") == [(0,)], WITHIN))


class Recovery(RecoveryTest):
    def test_a_link_sets_the_password_and_signs_everybody_out(self):
        mail_server, server = self.both()
        ann = server.register()
        other = e2e.SignedIn.of(server.login(ann.email))

        answer = self.request(server, ann.email.upper())
        link, _ = self.proof(mail_server, ann.email)

        self.assertEqual(set(answer.json), {"flow", "expires_in"})
        self.assertEqual(answer.json["expires_in"], 900)
        self.assertTrue(answer.json["flow"].startswith("spf_"))
        self.assertTrue(link.startswith(f"http://127.0.0.1:{server.port}/reset-password?token="), link)
        self.assertEqual(server.me(ann.by_bearer).status, 200, "asking changes nothing")
        done = self.confirm(server, token=self.token_of(link))

        self.assertEqual((done.status, done.body), (204, b""))
        for one in (ann, other):
            self.assertEqual(server.me(one.by_bearer).status, 401, "access tokens at once")
            self.assertEqual(server.me(one.by_cookie).status, 401)
            self.assertEqual(server.refresh(one.refresh_token).status, 401)
        self.assertEqual(server.login(ann.email).status, 401)
        back = server.login(ann.email, NEW_PASSWORD)
        self.assertEqual(back.status, 200)
        self.assertTrue(back.json["user"]["email_verified"])
        self.received(mail_server, ann.email, "Your password was changed")
        self.assertEqual(server.rows("SELECT count(*) FROM audit_events WHERE event = 'password_recovered'"), [(1,)])
        self.assertEqual(server.rows("SELECT count(*) FROM flows"), [(0,)], "nothing is left of it")
        for secret in (self.token_of(link), answer.json["flow"], ann.email, NEW_PASSWORD):
            self.assertNotIn(secret, server.errors(), "in no log")

    def test_a_code_counts_with_its_flow_only(self):
        mail_server, server = self.both()
        ann, bob = server.register(), server.register()
        flow = self.request(server, ann.email).json["flow"]
        other = self.request(server, bob.email).json["flow"]
        _, code = self.proof(mail_server, ann.email)

        self.assert_problem(self.confirm(server, code=code), 422, "invalid_fields", ("flow", "missing"))
        self.assert_problem(self.confirm(server, code=code, flow=other), 422, "flow_invalid")
        typed = code[:4] + " - " + code[4:]
        self.assertEqual(self.confirm(server, code=typed, flow=flow).status, 204)

        self.assertEqual(server.login(ann.email, NEW_PASSWORD).status, 200)
        self.assertEqual(server.login(bob.email).status, 200)

    def test_a_browser_has_the_flow_in_a_cookie(self):
        mail_server, server = self.both()
        ann = server.register()
        cookie = self.request(server, ann.email).cookies["sallyport-flow"]
        _, code = self.proof(mail_server, ann.email)
        self.assertTrue(cookie["httponly"] and cookie["samesite"] == "Lax" and cookie["path"] == "/")
        self.assertEqual(cookie["max-age"], "900")
        held = {"Cookie": f"sallyport-flow={cookie.value}", "Origin": f"http://127.0.0.1:{server.port}"}

        self.assert_problem(self.confirm(server, {**held, "Origin": "https://evil.example"}, code=code), 403,
                            "csrf_refused")
        done = self.confirm(server, held, code=code)

        self.assertEqual(done.status, 204, done)
        self.assertEqual(done.cookies["sallyport-flow"]["max-age"], "0")

    def test_used_wrong_and_mangled_proofs_hear_one_answer(self):
        mail_server, server = self.both()
        ann = server.register()
        first = self.request(server, ann.email).json["flow"]
        link, code = self.proof(mail_server, ann.email)
        second = self.request(server, ann.email).json["flow"]
        later_link, later_code = self.proof(mail_server, ann.email, 2)
        self.assertNotEqual(self.token_of(later_link), self.token_of(link))
        self.assertEqual(self.confirm(server, token=self.token_of(link)).status, 204)

        strange = "spl_" + e2e.base64url(bytes(48))
        for proof in ({"token": self.token_of(link)}, {"token": self.token_of(later_link)}, {"token": strange},
                      {"code": code, "flow": first}, {"code": later_code, "flow": second}, {"code": code, "flow": second},
                      {"code": "00000000", "flow": "spf_" + e2e.base64url(bytes(32))}):
            with self.subTest(proof):
                refused = self.confirm(server, password="a password that is not taken", **proof)
                self.assert_problem(refused, 422, "flow_invalid")
                self.assertEqual(refused.json["title"],
                                 "This link or code is wrong, was used before, or is no longer valid.")
        for body, wrong in (({}, ("token", "missing")), ({"token": "x"}, ("token", "link_malformed")),
                            ({"code": "12", "flow": first}, ("code", "code_malformed")),
                            ({"code": code, "flow": "x"}, ("flow", "flow_malformed")),
                            ({"token": strange, "password": ""}, ("password", "missing"))):
            with self.subTest(body):
                self.assert_problem(self.confirm(server, **body), 422, "invalid_fields", wrong)
        self.assertEqual(server.login(ann.email, NEW_PASSWORD).status, 200)

    def test_a_password_that_is_too_weak_uses_nothing_up(self):
        mail_server, server = self.both()
        ann = server.register("annabelle@example.org")
        self.request(server, ann.email)
        link, _ = self.proof(mail_server, ann.email)
        token = self.token_of(link)

        for password, rule in (("short7x", "too_short"), ("password123", "too_common"),
                               ("annabelle and 9 quiet otters", "contains_address")):
            with self.subTest(password):
                self.assert_problem(self.confirm(server, token=token, password=password), 422, "invalid_fields",
                                    ("password", rule))
        self.assertEqual(self.confirm(server, token=token).status, 204)

    def test_wrong_codes_run_out_also_when_they_come_at_once(self):
        mail_server, server = self.both()
        ann = server.register()
        flow = self.request(server, ann.email).json["flow"]
        link, code = self.proof(mail_server, ann.email)
        wrong = [f"{(int(code) + number) % 10**8:08}" for number in range(1, 21)]

        answers = e2e.in_parallel(20, lambda number: self.confirm(server, code=wrong[number], flow=flow))

        self.assertEqual({(answer.status, answer.code) for answer in answers}, {(422, "flow_invalid")})
        self.assertEqual(server.rows("SELECT wrong_codes FROM flows"), [(5,)])
        self.assert_problem(self.confirm(server, code=code, flow=flow), 422, "flow_invalid")
        self.assertEqual(self.confirm(server, token=self.token_of(link)).status, 204, "the link still counts")

    def test_two_confirmations_at_once_change_one_password(self):
        mail_server, server = self.both()
        ann = server.register()
        self.request(server, ann.email)
        token = self.token_of(self.proof(mail_server, ann.email)[0])

        answers = e2e.in_parallel(4, lambda number: self.confirm(server, token=token,
                                                                 password=f"{number} quiet otters swim"))

        self.assertEqual(sorted(answer.status for answer in answers), [204, 422, 422, 422])
        won = [answer.status for answer in answers].index(204)
        self.assertEqual(server.login(ann.email, f"{won} quiet otters swim").status, 200)
        self.received(mail_server, ann.email, "Your password was changed")

    def test_a_locked_account_is_unlocked(self):
        mail_server, server = self.both()
        ann = server.register()
        for number in range(5):
            server.login(ann.email, f"wrong-Guess-{number}-x")
        self.assert_problem(server.login(ann.email), 429, "locked")
        self.request(server, ann.email)

        self.assertEqual(self.confirm(server, token=self.token_of(self.proof(mail_server, ann.email)[0])).status, 204)

        self.assertEqual(server.login(ann.email, NEW_PASSWORD).status, 200)

    def test_a_stranger_who_registered_the_address_leaves_nothing_behind(self):
        mail_server, server = self.both()
        squatter = server.register(display_name="Mallory", locale="de", timezone="Europe/Zurich")
        self.request(server, squatter.email)
        self.assertTrue(e2e.eventually(lambda: mail_server.received(squatter.email), WITHIN))
        text = parsed(mail_server.received(squatter.email)[0]).get_body(("plain",)).get_content()
        self.assertNotIn("Mallory", text)
        token, = re.findall(r"token=(spl_[\w-]+)", text)

        self.assertEqual(self.confirm(server, token=token).status, 204)

        user = server.login(squatter.email, NEW_PASSWORD).json["user"]
        self.assertTrue(user["email_verified"])
        self.assertEqual((user.get("display_name"), user.get("locale"), user.get("timezone")), (None, None, None))
        self.assertEqual(server.me(squatter.by_bearer).status, 401)


class Strangers(RecoveryTest):
    def test_everybody_hears_the_same(self):
        mail_server, server = self.both()
        known, suspended, throttled = server.register(), server.register(), server.register()
        self.assertEqual(self.cli(server, "user", "suspend", suspended.email), 0)
        for _ in range(3):
            self.request(server, throttled.email)
        self.received(mail_server, throttled.email, "Reset your password", 3)
        names = {"known": known.email, "unknown": fresh_email("nobody"), "suspended": suspended.email,
                 "throttled": throttled.email}

        answers = {name: self.request(server, email) for name, email in names.items()}

        shape = None
        for name, answer in answers.items():
            with self.subTest(name):
                seen = (answer.status, sorted(answer.json), answer.json["expires_in"], len(answer.json["flow"]),
                        [header for header in answer.headers.keys() if header != "Date"],
                        answer.headers["Content-Length"], answer.headers["Cache-Control"])
                shape = shape or seen
                self.assertEqual(seen, shape)
        self.received(mail_server, known.email, "Reset your password")
        self.assert_settled(server)
        self.assertEqual(mail_server.received(suspended.email), [])
        self.assertEqual(mail_server.received(names["unknown"]), [])
        self.assertEqual(len(mail_server.received(throttled.email)), 3)
        for name, answer in answers.items():
            with self.subTest(name):
                guesses = [self.confirm(server, code="00000000", flow=answer.json["flow"]) for _ in range(6)]
                self.assertEqual({(guess.status, guess.code) for guess in guesses}, {(422, "flow_invalid")})

    def test_what_nobody_gets_keeps_no_address(self):
        _, server = self.both()
        self.request(server, "nobody@example.org")
        self.assert_settled(server)
        self.assertEqual(server.rows("SELECT account_id, address, address_key, link_digest, code_mac FROM flows"),
                         [(None,) * 5])

    def test_addresses_that_are_none_are_refused(self):
        _, server = self.both()
        for body, wrong in (({}, ("email", "missing")), ({"email": "ann"}, ("email", "email_malformed"))):
            with self.subTest(body):
                self.assert_problem(server.post("/v1/auth/recovery", body), 422, "invalid_fields", wrong)
        self.assertEqual(server.rows("SELECT count(*) FROM flows"), [(0,)])

    def cli(self, server, *arguments):
        done = subprocess.run([server.binary, *arguments, "--data", str(server.data)], stdin=subprocess.DEVNULL,
                              capture_output=True, timeout=60, env=e2e.clean_environment())
        return done.returncode


class Crashes(RecoveryTest):
    def test_killed_between_request_and_mail_the_mail_still_comes_once(self):
        mail_server, server = self.both()
        ann = server.register()
        for number in range(3):  # wherever the kill meets it
            self.request(server, ann.email)
            server.kill()
            server.start()
            self.assert_settled(server)
            link, _ = self.proof(mail_server, ann.email, number + 1)
        self.assertEqual(server.rows("SELECT count(*) FROM flows WHERE link_digest IS NOT NULL"), [(3,)])
        self.assertEqual(self.confirm(server, token=self.token_of(link)).status, 204)

    def test_a_request_whose_mail_was_never_made_is_answered_by_the_next_start(self):
        mail_server, server = self.both()
        ann = server.register()
        self.request(server, ann.email)
        self.received(mail_server, ann.email, "Reset your password")
        self.assertEqual(server.stop(), 0)
        with sqlite3.connect(server.database_file) as database:  # as a kill right after the request leaves it
            database.execute("UPDATE flows SET due_at = created_at, link_digest = NULL, code_mac = NULL, "
                             "account_id = NULL, credential_version = NULL")
            database.execute("DELETE FROM outbox")
        database.close()

        server.start()

        link, _ = self.proof(mail_server, ann.email, 2)
        self.assertEqual(self.confirm(server, token=self.token_of(link)).status, 204)

    def test_killed_between_mail_and_confirmation_the_proofs_still_count(self):
        mail_server, server = self.both()
        ann, bob = server.register(), server.register()
        flow = self.request(server, ann.email).json["flow"]
        self.request(server, bob.email)
        _, code = self.proof(mail_server, ann.email)
        link, _ = self.proof(mail_server, bob.email)

        server.kill()
        server.start()

        self.assertEqual(self.confirm(server, code=code, flow=flow).status, 204)
        self.assertEqual(self.confirm(server, token=self.token_of(link)).status, 204)

    def test_killed_right_after_the_answer_it_is_done_once(self):
        mail_server, server = self.both()
        ann = server.register()
        self.request(server, ann.email)
        token = self.token_of(self.proof(mail_server, ann.email)[0])

        self.assertEqual(self.confirm(server, token=token).status, 204)
        server.process.send_signal(signal.SIGKILL)
        server.wait()
        server.start()

        self.assertEqual(server.login(ann.email, NEW_PASSWORD).status, 200)
        self.assertEqual(server.me(ann.by_bearer).status, 401)
        self.assert_problem(self.confirm(server, token=token, password="four loud seagulls"), 422, "flow_invalid")
        # At least once: a server that dies while it sends sends again.
        self.assertTrue(e2e.eventually(lambda: len(mail_server.received(ann.email)) >= 2, WITHIN))


class Pages(RecoveryTest):
    def test_the_link_leads_to_a_form_and_only_the_form_uses_it_up(self):
        mail_server, server = self.both()
        ann = server.register()
        self.request(server, ann.email)
        link, _ = self.proof(mail_server, ann.email)
        path = link.removeprefix(f"http://127.0.0.1:{server.port}")

        for _ in range(3):  # a mail scanner follows links
            shown = self.assert_page(server.get(path), 200)
        self.assertEqual(shown.inputs["token"]["value"], self.token_of(link))
        self.assertEqual(shown.inputs["token"]["type"], "hidden")
        self.assertEqual(shown.inputs["password"]["autocomplete"], "new-password")
        token = shown.inputs["token"]["value"]

        weak = self.assert_page(self.submit(server, token=token, password="password123"), 422)
        self.assertIn("too easy to guess", weak.error("password"))
        self.assertEqual(weak.inputs["token"]["value"], token)
        empty = self.assert_page(self.submit(server, token=token, password=""), 422)
        self.assertIn("required", empty.error("password"))
        self.assertIn("is changed", self.assert_page(self.submit(server, token=token, password=NEW_PASSWORD), 200).text)
        again = self.assert_page(self.submit(server, token=token, password=NEW_PASSWORD), 422)
        self.assertIn("was used before", again.text)
        self.assertEqual(server.login(ann.email, NEW_PASSWORD).status, 200)

    def test_without_a_link_the_form_asks_for_the_address_and_then_for_the_code(self):
        mail_server, server = self.both()
        ann = server.register()
        self.assertIn("email", self.assert_page(server.get("/reset-password"), 200).inputs)
        wrong = self.assert_page(self.submit(server, email="ann"), 422)
        self.assertIn("such as ann@example.org", wrong.error("email"))
        self.assertEqual(wrong.inputs["email"]["value"], "ann")

        answer = self.submit(server, email=ann.email)
        asked = self.assert_page(answer, 202)
        self.assertEqual(set(asked.inputs), {"flow", "code", "password"})
        self.assertEqual(asked.inputs["code"]["autocomplete"], "one-time-code")
        _, code = self.proof(mail_server, ann.email)
        flow = asked.inputs["flow"]["value"]

        refused = self.assert_page(self.submit(server, flow=flow, code="12", password=NEW_PASSWORD), 422)
        self.assertIn("eight digits", refused.error("code"))
        missing = self.assert_page(self.submit(server, flow=flow, code="", password=NEW_PASSWORD), 422)
        self.assertIn("required", missing.error("code"))
        wrong_code = f"{(int(code) + 1) % 10**8:08}"
        refused = self.assert_page(self.submit(server, flow=flow, code=wrong_code, password=NEW_PASSWORD), 422)
        self.assertIn("is wrong, was used before", refused.text)
        self.assert_page(self.submit(server, flow=flow, code=code, password=NEW_PASSWORD), 200)
        self.assertEqual(server.login(ann.email, NEW_PASSWORD).status, 200)

    def test_the_form_for_the_code_works_by_cookie_alone(self):
        mail_server, server = self.both()
        ann = server.register()
        answer = self.submit(server, email=ann.email)
        held = {"Cookie": f"sallyport-flow={answer.cookies['sallyport-flow'].value}",
                "Origin": f"http://127.0.0.1:{server.port}"}
        _, code = self.proof(mail_server, ann.email)

        self.assert_page(self.submit(server, held, code=code, password=NEW_PASSWORD), 200)

    def test_unknown_addresses_see_the_same_pages(self):
        mail_server, server = self.both()
        ann = server.register()

        known, unknown = [self.submit(server, email=email) for email in (ann.email, fresh_email("nobody"))]

        flows = [Page(answer).inputs["flow"]["value"] for answer in (known, unknown)]
        self.assertEqual(known.body.decode().replace(flows[0], ""), unknown.body.decode().replace(flows[1], ""))
        self.assertEqual((known.status, known.headers.keys()), (unknown.status, unknown.headers.keys()))

    def test_another_sites_form_is_refused(self):
        _, server = self.both()
        for headers in ({"Origin": "https://evil.example"}, {"Origin": "null"}, {"Sec-Fetch-Site": "cross-site"},
                        {"Cookie": "a=b"}):
            with self.subTest(headers):
                self.assert_problem(self.submit(server, headers, email="ann@example.org"), 403, "csrf_refused")
        own = {"Origin": f"http://127.0.0.1:{server.port}", "Cookie": "a=b"}
        self.assert_page(self.submit(server, own, email="ann@example.org"), 202)
        self.assertEqual(server.rows("SELECT count(*) FROM flows"), [(1,)])

    def test_text_from_outside_is_escaped(self):
        _, server = self.both()
        nasty = '"><script>alert(1)</script>'
        for answer in (server.get("/reset-password?token=" + urllib.parse.quote(nasty)),
                       self.submit(server, email=nasty), self.submit(server, token=nasty, password="x"),
                       self.submit(server, flow=nasty, code="1", password="x")):
            self.assertNotIn(b"<script", answer.body)


if __name__ == "__main__":
    e2e.main()
