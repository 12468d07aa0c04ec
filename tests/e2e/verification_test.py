"""Proving addresses: each way of verification, by link and by code, in the browser that asked and in another one, by a
person and by somebody whose address was used; changes of address; and a server that dies between any two steps."""
import re
import signal

import mail_test
import sallyport_process as e2e

WITHIN = 20.0
CODE = re.compile(r"^ {4}(\d{8})\s*$", re.MULTILINE)


class Browser:
    """Keeps the cookies of one server and names its origin, as browsers do."""

    def __init__(self, server):
        self.server = server
        self.cookies = {}

    def __call__(self, method, path, body=None, headers=None, form=None):
        headers = {"Origin": f"http://127.0.0.1:{self.server.port}", **(headers or {})}
        if self.cookies:
            headers["Cookie"] = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        if form is not None:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
            body = "&".join(f"{name}={value}" for name, value in form.items()).encode()
        answer = self.server.request(method, path, body, headers)
        for name, morsel in answer.cookies.items():
            if morsel["max-age"] == "0":
                self.cookies.pop(name, None)
            else:
                self.cookies[name] = morsel.value
        return answer

    def post(self, path, body):
        return self("POST", path, body)

    def register(self, email, **more):
        return self.post("/v1/auth/register", {"email": email, "password": e2e.PASSWORD, **more})

    def confirm(self, **proof):
        return self.post("/v1/auth/verification/confirm", proof)


class Letter:
    def __init__(self, mail):
        message = mail_test.parsed(mail)
        self.subject = message["Subject"]
        self.text, self.html = [part.get_content() for part in message.iter_parts()]
        link = re.search(r"\S+/verify-email\?token=(\S+)", self.text)
        self.link, self.token = (link[0], link[1]) if link else (None, None)
        code = CODE.search(self.text)
        self.code = code[1] if code else None

    @property
    def path(self):
        return self.link[self.link.index("/verify-email"):]


class VerificationTest(e2e.EndToEndTest):
    def setUp(self):
        self.mail = mail_test.MailServer(self.folder())
        self.addCleanup(self.mail.close)

    def serving(self, *settings):
        return self.started(settings=[
            "mail.welcome=true", "mail.from=no-reply@example.org", f"smtp.url=smtp://127.0.0.1:{self.mail.port}",
            "smtp.tls=none", *settings])

    def letters(self, to, count):
        self.assertTrue(e2e.eventually(lambda: len(self.mail.received(to)) >= count, WITHIN),
                        f"{len(self.mail.received(to))} of {count} mails to {to}")
        letters = {}  # a server that was killed may have sent one twice
        for mail in self.mail.received(to):
            letters.setdefault(mail_test.parsed(mail)["Message-ID"], Letter(mail))
        self.assertEqual(len(letters), count)
        return list(letters.values())

    def letter(self, to, number=1):
        return self.letters(to, number)[-1]

    def user(self, server, email):
        return server.rows("SELECT status, email_verified_at IS NOT NULL FROM accounts WHERE email = ? AND status <> 4",
                           email)

    def is_verified(self, server, email):
        return self.user(server, email) == [(2, 1)]

    # who may register

    def test_registration_is_open_by_invitation_or_closed(self):
        for mode, code in (("invite", "invitation_required"), ("closed", "registration_closed")):
            server = self.serving(f"registration.mode={mode}")
            answer = server.post("/v1/auth/register", {"email": "ann@example.org", "password": "x"})
            self.assert_problem(answer, 403, code)
            self.assertEqual(server.rows("SELECT count(*) FROM accounts"), [(0,)])
            self.assertEqual(server.stop(), 0)

    def test_only_addresses_of_listed_domains_register(self):
        server = self.serving("registration.domains=example.org,müller.example")
        body = {"password": e2e.PASSWORD}
        for email in ("ann@example.net", "ann@sub.example.org"):
            self.assert_problem(server.post("/v1/auth/register", {"email": email, **body}), 422, "invalid_fields",
                                ("email", "domain_not_allowed"))
        self.assert_problem(server.post("/v1/auth/register", {"identifier": "ann@example.net", **body}), 422,
                            "invalid_fields", ("identifier", "domain_not_allowed"))
        server.register("ann@EXAMPLE.org")
        ann = server.register("bea@xn--mller-kva.example")
        self.assert_problem(server.post("/v1/auth/email", {"email": "ann@example.net", **body}, ann.by_bearer), 422,
                            "invalid_fields", ("email", "domain_not_allowed"))

    # optional

    def test_a_code_proves_the_address_where_its_flow_is(self):
        server = self.serving()
        ann = Browser(server)
        registered = ann.register("ann@example.org")
        self.assertEqual(registered.status, 201)
        self.assertTrue(registered.json["flow"].startswith("spf_"))
        self.assertEqual(registered.cookies["sallyport-flow"].value, registered.json["flow"])
        self.assertFalse(registered.json["user"]["email_verified"])
        letter = self.letter("ann@example.org")
        self.assertTrue(letter.link.startswith(f"http://127.0.0.1:{server.port}/verify-email?token=spl_"))

        nowhere = server.post("/v1/auth/verification/confirm", {"code": letter.code})
        self.assert_problem(nowhere, 422, "invalid_fields", ("flow", "missing"))
        self.assert_problem(ann.confirm(code="12"), 422, "invalid_fields", ("code", "code_malformed"))
        confirmed = ann.confirm(code=f"{letter.code[:4]} {letter.code[4:]}")

        self.assertEqual(confirmed.status, 200, confirmed)
        self.assertTrue(confirmed.json["user"]["email_verified"])
        self.assertNotIn("access_token", confirmed.json)
        self.assertNotIn("sallyport-flow", ann.cookies)
        self.assertTrue(ann("GET", "/v1/auth/me").json["email_verified"])
        self.assertEqual(ann("GET", "/v1/auth/check").headers["X-Auth-Email-Verified"], "true")
        replayed = server.post("/v1/auth/verification/confirm",
                               {"code": letter.code, "flow": registered.json["flow"]})
        self.assert_problem(replayed, 422, "flow_invalid")
        self.assert_problem(ann.confirm(token=letter.token), 422, "flow_invalid")
        self.assertEqual(server.rows("SELECT count(*) FROM flows"), [(0,)])

    def test_wrong_codes_run_out_and_the_link_still_works(self):
        server = self.serving()
        ann = Browser(server)
        flow = ann.register("ann@example.org").json["flow"]
        letter = self.letter("ann@example.org")
        wrong = f"{(int(letter.code) + 1) % 100_000_000:08}"

        answers = e2e.in_parallel(8, lambda _: server.post("/v1/auth/verification/confirm", {"code": wrong, "flow": flow}))

        self.assertEqual({(answer.status, answer.code) for answer in answers}, {(422, "flow_invalid")})
        self.assertEqual(server.rows("SELECT wrong_codes FROM flows"), [(5,)])
        self.assert_problem(ann.confirm(code=letter.code), 422, "flow_invalid")
        self.assertEqual(ann.confirm(token=letter.token).status, 200)

    def test_looking_at_the_page_uses_nothing_up_and_its_form_confirms(self):
        server = self.serving()
        ann = Browser(server)
        ann.register("ann@example.org")
        letter = self.letter("ann@example.org")

        for _ in range(3):
            page = ann("GET", letter.path)
            self.assertEqual(page.status, 200)
            self.assertIn(b"ann@example.org", page.body)
            self.assertIn(b"This was not me", page.body)
            self.assertNotIn(b'name="password"', page.body)
        self.assertEqual(page.headers["Cache-Control"], "no-store")
        self.assertEqual(page.headers["Referrer-Policy"], "same-origin")
        self.assertFalse(self.is_verified(server, "ann@example.org"))
        self.assertEqual(server.request("POST", "/verify-email", b"token=" + letter.token.encode(), {
            "Content-Type": "application/x-www-form-urlencoded", "Origin": "https://evil.example"}).status, 403)
        done = ann("POST", "/verify-email", form={"token": letter.token, "answer": "confirm"})

        self.assertEqual(done.status, 200, done)
        self.assertTrue(self.is_verified(server, "ann@example.org"))
        self.assertEqual(ann("GET", letter.path).status, 422)
        self.assertEqual(ann("GET", "/verify-email?token=spl_cut").status, 422)
        self.assertEqual(ann("GET", "/verify-email").status, 422)

    def test_another_browser_is_asked_for_the_password(self):
        server = self.serving()
        Browser(server).register("ann@example.org")
        letter = self.letter("ann@example.org")
        elsewhere = Browser(server)

        self.assert_problem(elsewhere.confirm(token=letter.token), 403, "password_needed")
        self.assert_problem(elsewhere.confirm(token=letter.token, password="an-Otter-9-singing"), 403, "wrong_password",
                            ("password", "wrong"))
        page = elsewhere("GET", letter.path)
        self.assertIn(b'name="password"', page.body)
        empty = elsewhere("POST", "/verify-email", form={"token": letter.token, "password": ""})
        self.assertEqual(empty.status, 422)
        self.assertIn(b"The field is required.", empty.body)
        wrong = elsewhere("POST", "/verify-email", form={"token": letter.token, "password": "neither"})
        self.assertEqual(wrong.status, 403)
        self.assertIn(b"The password is wrong.", wrong.body)
        self.assertFalse(self.is_verified(server, "ann@example.org"))

        done = elsewhere("POST", "/verify-email", form={"token": letter.token, "password": e2e.PASSWORD})

        self.assertEqual(done.status, 200)
        self.assertNotIn("sallyport", elsewhere.cookies, "a proof of the address is no sign-in")
        self.assertTrue(self.is_verified(server, "ann@example.org"))

    def test_guesses_in_another_browser_are_limited_as_at_sign_in(self):
        server = self.serving()
        Browser(server).register("ann@example.org")
        letter = self.letter("ann@example.org")
        elsewhere = Browser(server)
        for number in range(5):
            self.assert_problem(elsewhere.confirm(token=letter.token, password=f"wrong no. {number}"), 403,
                                "wrong_password")
        self.assert_problem(elsewhere.confirm(token=letter.token, password=e2e.PASSWORD), 429, "locked")
        self.assert_problem(server.login("ann@example.org"), 429, "locked")

    def test_who_never_registered_says_so_and_the_account_is_gone(self):
        server = self.serving()
        for number, by_page in enumerate((True, False)):
            stranger = Browser(server)
            registered = stranger.register("ann@example.org")
            self.assertEqual(registered.status, 201)
            letter = self.letter("ann@example.org", number + 1)
            ann = Browser(server)

            if by_page:
                answer = ann("POST", "/verify-email", form={"token": letter.token, "answer": "not_me"})
                self.assertEqual(answer.status, 200)
                self.assertIn(b"The account is deleted.", answer.body)
            else:
                self.assertEqual(ann.confirm(token=letter.token, not_me=True).status, 204)

            self.assert_problem(server.me(e2e.bearer(registered.json["access_token"])), 401, "session_expired")
            self.assert_problem(server.login("ann@example.org"), 401, "invalid_credentials")
            self.assert_problem(ann.confirm(token=letter.token, not_me=True), 422, "flow_invalid")
        self.assert_problem(Browser(server).confirm(not_me=True), 422, "invalid_fields", ("token", "missing"))

    def test_another_mail_can_be_asked_for_a_few_times(self):
        server = self.serving()
        ann = Browser(server)
        ann.register("ann@example.org")
        first = self.letter("ann@example.org")

        again = ann.post("/v1/auth/verification", {})
        self.assertEqual(again.status, 202)
        self.assertEqual(set(again.json), {"flow", "expires_in"})
        self.assertEqual(again.json["expires_in"], 86_400)
        second = self.letter("ann@example.org", 2)
        self.assertEqual(second.subject, "Confirm your address")
        self.assertNotEqual(first.code, second.code)
        self.assert_problem(server.post("/v1/auth/verification/confirm", {"code": first.code, "flow": again.json["flow"]}),
                            422, "flow_invalid")
        self.assertEqual(ann.post("/v1/auth/verification", None).status, 202)
        self.assert_problem(ann.post("/v1/auth/verification", {}), 429, "throttled")

        self.assertEqual(ann.confirm(token=first.token, flow=again.json["flow"]).status, 200, "its session knows it")
        self.assert_problem(ann.post("/v1/auth/verification", {}), 409, "already_verified")
        self.assert_problem(server.post("/v1/auth/verification", {}), 401, "not_authenticated")

    def test_strangers_hear_the_same_for_every_address(self):
        server = self.serving("verification.mode=required")
        Browser(server).register("ann@example.org")
        self.letter("ann@example.org")
        answers = []
        for email in ("ann@example.org", "nobody@example.org", "ann@example.org"):
            stranger = Browser(server)
            answers.append(stranger.post("/v1/auth/verification", {"identifier": email}))
        self.assertEqual({(answer.status, tuple(answer.json), len(answer.body)) for answer in answers},
                         {(202, ("flow", "expires_in"), len(answers[0].body))})
        letters = self.letters("ann@example.org", 3)
        self.assertEqual(server.rows("SELECT count(*) FROM outbox"), [(3,)])
        confirmed = [server.post("/v1/auth/verification/confirm", {"code": letter.code, "flow": answers[0].json["flow"]})
                     for letter in letters[1:]]
        self.assertEqual(sorted((answer.status, answer.code) for answer in confirmed),
                         [(403, "password_needed"), (422, "flow_invalid")], "a code counts with its own flow")
        code = next(letter.code for letter, answer in zip(letters[1:], confirmed) if answer.status == 403)
        self.assertEqual(server.post("/v1/auth/verification/confirm", {
            "code": code, "flow": answers[0].json["flow"], "password": e2e.PASSWORD}).status, 200)
        self.assertEqual(server.login("ann@example.org").status, 200)

        self.assertEqual(server.post("/v1/auth/verification", {"email": "ann@example.org"}).status, 202, "still 202")
        self.assertTrue(e2e.eventually(
            lambda: server.rows("SELECT count(*) FROM flows WHERE due_at IS NOT NULL") == [(0,)], WITHIN))
        self.assertEqual(server.rows("SELECT count(*) FROM outbox WHERE kind <> 'new_device'"), [(3,)])
        self.assertEqual(server.rows("SELECT count(*) FROM flows WHERE account_id IS NULL AND address IS NOT NULL"), [(0,)])
        self.assert_problem(server.post("/v1/auth/verification", {"email": "ann"}), 422, "invalid_fields",
                            ("email", "email_malformed"))

    def test_without_verification_mails_have_no_link(self):
        server = self.serving("verification.mode=off")
        registered = Browser(server).register("ann@example.org")
        self.assertEqual(registered.status, 201)
        self.assertNotIn("flow", registered.json)
        self.assertNotIn("sallyport-flow", registered.cookies)
        letter = self.letter("ann@example.org")
        self.assertIsNone(letter.link)
        self.assertIsNone(letter.code)
        self.assertEqual(server.rows("SELECT count(*) FROM flows"), [(0,)])

    # required

    def test_where_it_is_required_nobody_is_signed_in_before(self):
        server = self.serving("verification.mode=required", "mail.welcome=false")
        ann = Browser(server)
        registered = ann.register("ann@example.org")

        self.assertEqual(registered.status, 202)
        self.assertEqual(set(registered.json), {"flow", "expires_in", "status"})
        self.assertEqual(registered.json["status"], "pending")
        self.assertEqual(set(registered.cookies), {"sallyport-flow"})
        self.assert_problem(server.login("ann@example.org"), 403, "account_pending")
        self.assert_problem(server.login("ann@example.org", "an-Otter-9-singing"), 401, "invalid_credentials")
        letter = self.letter("ann@example.org")
        confirmed = ann.confirm(code=letter.code)

        self.assertEqual(confirmed.status, 200)
        self.assertEqual((confirmed.json["user"]["status"], confirmed.json["user"]["email_verified"]), ("active", True))
        self.assertEqual(server.me(e2e.bearer(confirmed.json["access_token"])).status, 200)
        self.assertEqual(server.refresh(confirmed.json["refresh_token"]).status, 200)
        self.assertEqual(ann("GET", "/v1/auth/me").status, 200, "by cookie")
        self.assertEqual(server.login("ann@example.org").status, 200)

    def test_a_link_signs_in_whoever_is_known_or_gives_the_password(self):
        server = self.serving("verification.mode=required")
        ann = Browser(server)
        ann.register("ann@example.org")
        page = ann("POST", "/verify-email", form={"token": self.letter("ann@example.org").token, "answer": "confirm"})
        self.assertIn(b"You are signed in.", page.body)
        self.assertEqual(ann("GET", "/v1/auth/me").status, 200)

        Browser(server).register("bea@example.org")
        elsewhere = Browser(server)
        token = self.letter("bea@example.org").token
        self.assert_problem(elsewhere.confirm(token=token), 403, "password_needed")
        confirmed = elsewhere.confirm(token=token, password=e2e.PASSWORD, device={"name": "laptop"})
        self.assertEqual(server.me(e2e.bearer(confirmed.json["access_token"])).json["email"], "bea@example.org")

    def test_a_taken_address_is_answered_as_a_free_one_and_its_owner_hears_of_it(self):
        server = self.serving("verification.mode=required")
        ann = Browser(server)
        free = ann.register("ann@example.org", display_name="Ann")
        self.assertEqual(ann.confirm(code=self.letter("ann@example.org").code).status, 200)

        taken = Browser(server).register("Ann@example.org")

        self.assertEqual(taken.status, free.status)
        self.assertEqual(set(taken.json), set(free.json))
        self.assertEqual([(name, len(value)) for name, value in taken.headers.items() if name != "Date"],
                         [(name, len(value)) for name, value in free.headers.items() if name != "Date"])
        self.assertEqual(len(taken.body), len(free.body))
        letter = self.letter("ann@example.org", 2)
        self.assertEqual(letter.subject, "You have an account at Sallyport")
        self.assertIsNone(letter.link)
        stranger = server.post("/v1/auth/verification/confirm", {"code": "00000000", "flow": taken.json["flow"]})
        self.assert_problem(stranger, 422, "flow_invalid")
        self.assertEqual(server.rows("SELECT wrong_codes FROM flows"), [(1,)], "as for anybody's flow")
        self.assertEqual(server.rows("SELECT count(*) FROM accounts"), [(1,)])
        self.assertEqual(server.login("ann@example.org").status, 200)
        for _ in range(4):
            self.assertEqual(Browser(server).register("ann@example.org").status, 202)
        self.assertEqual(server.rows("SELECT count(*) FROM outbox WHERE kind = 'address_taken'"), [(3,)])

    # change of address

    def changing(self, server, email="ann@example.org"):
        ann = Browser(server)
        ann.register(email)
        self.letter(email)
        return ann

    def test_an_address_changes_once_the_new_one_is_proven(self):
        server = self.serving()
        ann = self.changing(server)
        wrong = ann.post("/v1/auth/email", {"email": "new@example.net", "password": "an-Otter-9-singing"})
        self.assert_problem(wrong, 403, "wrong_password", ("password", "wrong"))
        self.assert_problem(ann.post("/v1/auth/email", {"email": "ann@example.org", "password": e2e.PASSWORD}), 422,
                            "invalid_fields", ("email", "same_address"))
        self.assert_problem(ann.post("/v1/auth/email", {}), 422, "invalid_fields", ("email", "missing"),
                            ("password", "missing"))
        self.assert_problem(server.post("/v1/auth/email", {"email": "new@example.net", "password": e2e.PASSWORD}), 401,
                            "not_authenticated")
        asked = ann.post("/v1/auth/email", {"email": "new@example.net", "password": e2e.PASSWORD})
        self.assertEqual(asked.status, 202, asked)
        self.assertEqual(set(asked.json), {"flow", "expires_in"})
        letter = self.letter("new@example.net")
        self.assertEqual(letter.subject, "Confirm your new address")
        self.assertEqual(ann("GET", "/v1/auth/me").json["email"], "ann@example.org")

        confirmed = ann.confirm(code=letter.code)

        self.assertEqual((confirmed.status, confirmed.json["user"]["email"]), (200, "new@example.net"))
        self.assertTrue(confirmed.json["user"]["email_verified"])
        self.assertEqual(ann("GET", "/v1/auth/me").json["email"], "new@example.net")
        notice = self.letter("ann@example.org", 2)
        self.assertIn("new@example.net", notice.text)
        self.assertEqual(server.login("new@example.net").status, 200)
        self.assert_problem(server.login("ann@example.org"), 401, "invalid_credentials")
        self.assert_problem(ann.confirm(token=letter.token), 422, "flow_invalid")

    def test_a_changed_address_in_another_browser_needs_the_password_or_is_cancelled(self):
        server = self.serving()
        ann = self.changing(server)
        body = {"email": "new@example.net", "password": e2e.PASSWORD}
        ann.post("/v1/auth/email", body)
        letter = self.letter("new@example.net")
        elsewhere = Browser(server)
        self.assert_problem(elsewhere.confirm(token=letter.token), 403, "password_needed")
        cancelled = elsewhere("POST", "/verify-email", form={"token": letter.token, "answer": "not_me"})
        self.assertIn(b"Nothing was changed.", cancelled.body)
        self.assertEqual(ann("GET", "/v1/auth/me").json["email"], "ann@example.org")
        self.assert_problem(ann.confirm(token=letter.token), 422, "flow_invalid")

        ann.post("/v1/auth/email", body)
        token = self.letter("new@example.net", 2).token
        self.assertEqual(elsewhere.confirm(token=token, password=e2e.PASSWORD).json["user"]["email"], "new@example.net")

    def test_an_address_of_somebody_else_is_not_told_and_not_given(self):
        server = self.serving()
        ann = self.changing(server)
        server.register("bob@example.org")
        self.letter("bob@example.org")
        free = ann.post("/v1/auth/email", {"email": "new@example.org", "password": e2e.PASSWORD})
        taken = ann.post("/v1/auth/email", {"email": "Bob@example.org", "password": e2e.PASSWORD})

        self.assertEqual((taken.status, set(taken.json)), (free.status, set(free.json)))
        self.assertEqual(self.letter("bob@example.org", 2).subject, "You have an account at Sallyport")
        self.assert_problem(ann.confirm(code="00000000", flow=taken.json["flow"]), 422, "flow_invalid")

        token = self.letter("new@example.org").token
        server.register("NEW@example.org")
        self.assert_problem(ann.confirm(token=token), 409, "identifier_taken")
        self.assertEqual(ann("GET", "/v1/auth/me").json["email"], "ann@example.org")

    def test_whoever_changes_the_password_stops_a_change_of_address(self):
        server = self.serving()
        ann = self.changing(server)
        ann.post("/v1/auth/email", {"email": "new@example.net", "password": e2e.PASSWORD})
        token = self.letter("new@example.net").token
        changed = ann.post("/v1/auth/password", {"current_password": e2e.PASSWORD, "new_password": "three-Quiet-9-otters"})
        self.assertEqual(changed.status, 204)
        self.assert_problem(ann.confirm(token=token), 422, "flow_invalid")

    # death

    def test_a_server_killed_between_any_two_steps_goes_on(self):
        server = self.started(settings=["verification.mode=required", "mail.from=no-reply@example.org"])
        ann = Browser(server)
        registered = ann.register("ann@example.org")
        self.assertEqual(registered.status, 202)

        server.process.send_signal(signal.SIGKILL)
        server.wait()
        server.settings += [f"smtp.url=smtp://127.0.0.1:{self.mail.port}", "smtp.tls=none",
                            "smtp.timeout=1s"]  # and so a lease of 12 s, for mails of which a server died
        server.start()
        letter = self.letter("ann@example.org")
        wrong = f"{(int(letter.code) + 1) % 100_000_000:08}"
        self.assert_problem(ann.confirm(code=wrong), 422, "flow_invalid")
        server.restart(signal.SIGKILL)
        self.assertEqual(server.rows("SELECT wrong_codes FROM flows"), [(1,)], "what was counted stays counted")
        confirmed = ann.confirm(code=letter.code)
        self.assertEqual(confirmed.status, 200)

        server.restart(signal.SIGKILL)
        self.assertEqual(server.me(e2e.bearer(confirmed.json["access_token"])).status, 200)
        self.assert_problem(ann.confirm(token=letter.token), 422, "flow_invalid")
        asked = ann.post("/v1/auth/email", {"email": "new@example.net", "password": e2e.PASSWORD})
        self.assertEqual(asked.status, 202)
        server.restart(signal.SIGKILL)
        token = self.letter("new@example.net").token
        self.assertEqual(ann.confirm(token=token).status, 200)
        server.restart(signal.SIGKILL)
        self.assertEqual(ann("GET", "/v1/auth/me").json["email"], "new@example.net")
        self.letter("ann@example.org", 2)
        self.assert_problem(ann.confirm(token=token), 422, "flow_invalid")
        self.assertEqual(server.rows("SELECT count(*) FROM flows"), [(0,)])
        self.assertNotIn("example.org", server.errors(), "no address is logged")


if __name__ == "__main__":
    e2e.main()
