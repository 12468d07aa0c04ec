"""Mails of registrations, sent to a mail server of another make that takes, refuses, delays and cuts them off."""
import datetime
import email
import email.policy
import json
import os
import pathlib
import random
import re
import signal
import subprocess
import sys
import time

import sallyport_process as e2e

DEBIAN_PYTHON = "/usr/bin/python3"  # has the package python3-aiosmtpd
FROM = "Grüße AG <no-reply@example.org>"
WITHIN = 20.0

if subprocess.run([DEBIAN_PYTHON, "-c", "import aiosmtpd"], capture_output=True).returncode != 0:
    print("python3-aiosmtpd is not installed (tools/packages-test.txt)", file=sys.stderr)
    raise SystemExit(77 if os.environ.get("SALLYPORT_TEST_OPTIONAL") == "1" else 1)


class MailServer:
    def __init__(self, folder, *options, port=None):
        self.port = port or e2e.free_port()
        self.received_file = folder / f"received.{self.port}"
        self.received_file.touch()
        self.process = subprocess.Popen(
            [DEBIAN_PYTHON, "-B", str(pathlib.Path(__file__).with_name("mail_server.py")), str(self.port),
             str(self.received_file), *options], stdout=subprocess.PIPE, stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        assert self.process.stdout.readline() == b"ready\n"

    def close(self):
        self.process.kill()
        self.process.wait()
        self.process.stdout.close()

    def received(self, to=None):
        mails = [json.loads(line) for line in self.received_file.read_text(encoding="utf-8").splitlines()]
        return [mail for mail in mails if to is None or mail["to"] == [to]]


def parsed(mail):
    return email.message_from_string(mail["content"], policy=email.policy.default)


class MailTest(e2e.EndToEndTest):
    def mail_server(self, *options, **more):
        server = MailServer(self.folder(), *options, **more)
        self.addCleanup(server.close)
        return server

    def settings(self, port, tls="none", timeout="10s", *more):
        return ["mail.welcome=true", f"mail.from={FROM}", "product.name=Grüße",
                f"smtp.url=smtp://127.0.0.1:{port}", f"smtp.tls={tls}", f"smtp.timeout={timeout}", *more]

    def authority(self):
        """A certificate of an authority of our own for 127.0.0.1: (authority, certificate, key)."""
        folder = self.folder()

        def openssl(*arguments):
            subprocess.run(["openssl", *arguments], cwd=folder, check=True, capture_output=True)

        (folder / "extensions").write_text("subjectAltName=IP:127.0.0.1\n")
        openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "1",
                "-subj", "/CN=test authority", "-keyout", "ca.key", "-out", "ca.pem")
        openssl("req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj",
                "/CN=mail.test", "-keyout", "mail.key", "-out", "mail.csr")
        openssl("x509", "-req", "-in", "mail.csr", "-CA", "ca.pem", "-CAkey", "ca.key", "-days", "1", "-extfile",
                "extensions", "-out", "mail.pem")
        return folder / "ca.pem", folder / "mail.pem", folder / "mail.key"

    def cli(self, server, *arguments, status=0, settings=()):
        flags = [flag for setting in settings for flag in ("--set", setting)]
        done = subprocess.run([e2e.Server.binary, "mail", *arguments, "--data", str(server.data), *flags],
                              stdin=subprocess.DEVNULL, capture_output=True, timeout=60, env=e2e.clean_environment())
        self.assertEqual(done.returncode, status, done)
        return done.stdout.decode() + done.stderr.decode()

    def mails(self, server, *arguments):
        return json.loads(self.cli(server, "list", "--json", *arguments))["mails"]

    def state_of(self, server, number=0):
        mails = self.mails(server)
        return mails[number]["state"] if len(mails) > number else None

    def assert_received(self, mail_server, to, count=1, within=WITHIN):
        e2e.eventually(lambda: len(mail_server.received(to)) >= count, within)
        self.assertEqual(len(mail_server.received(to)), count)
        return mail_server.received(to)

    # sending

    def test_a_registration_sends_a_mail_in_the_persons_language(self):
        mail_server = self.mail_server()
        server = self.started(settings=self.settings(mail_server.port))

        server.register("ann@example.org", display_name="Ann Ünreal", locale="de-AT")
        began = time.monotonic()
        mail, = self.assert_received(mail_server, "ann@example.org")

        self.assertLess(time.monotonic() - began, 2.0, "the sender is woken, not found asleep")
        self.assertEqual((mail["from"], mail["helo"]), ("no-reply@example.org", "example.org"))
        message = parsed(mail)
        self.assertEqual(message["From"], FROM)
        self.assertEqual(message["To"].addresses[0].display_name, "Ann Ünreal")
        self.assertEqual(message["Subject"], "Willkommen bei Grüße")
        self.assertEqual(message["Auto-Submitted"], "auto-generated")
        self.assertRegex(message["Message-ID"], r"^<[0-9a-f-]{36}@example\.org>$")
        self.assertEqual(message.get_content_type(), "multipart/alternative")
        text, html = [part.get_content() for part in message.iter_parts()]
        self.assertIn("Guten Tag Ann Ünreal,", text)
        self.assertIn('<html lang="de">', html)
        self.assertTrue(all(len(line) <= 78 for line in mail["content"].splitlines()))
        self.assertTrue(mail["content"].isascii())
        self.assertTrue(e2e.eventually(lambda: self.state_of(server) == "delivered", WITHIN))
        payload, = server.rows("SELECT payload FROM outbox")[0]
        self.assertIsNone(payload, "a delivered mail is wiped")
        self.assertNotIn("ann@example.org", server.errors(), "no address is logged")
        self.assertEqual(server.stop(), 0)

    def test_without_a_mail_server_mails_are_kept_sealed_and_can_be_read(self):
        server = self.started(settings=["mail.welcome=true"])
        server.register("ann@example.org", display_name="Ann")

        mail, = self.mails(server)
        self.assertEqual((mail["kind"], mail["state"], mail["attempts"]), ("welcome", "waiting", 0))
        payload, = server.rows("SELECT payload FROM outbox")[0]
        self.assertNotIn(b"ann", payload.lower())
        shown = self.cli(server, "show", mail["id"])
        self.assertIn("Welcome to Sallyport", shown)
        self.assertIn("ann@example.org", shown)
        events = server.rows("SELECT event FROM audit_events WHERE event = 'mail_read'")
        self.assertEqual(len(events), 1, "reading one is told")
        self.assertIn("no such mail", self.cli(server, "show", "01890000-0000-7000-8000-000000000000", status=1))
        self.assertIn("smtp.url is not set", self.cli(server, "test", "ann@example.org", status=1))

    def test_a_change_of_the_password_is_told_to_its_owner(self):
        mail_server = self.mail_server()
        server = self.started(settings=["mail.welcome=false", *self.settings(mail_server.port)[1:]])
        ann = server.register()
        change = {"current_password": e2e.PASSWORD, "new_password": "three quiet otters swim"}

        self.assertEqual(server.post("/v1/auth/password", {**change, "current_password": "not it"}, ann.by_bearer).status, 403)
        self.assertEqual(server.post("/v1/auth/password", change, ann.by_bearer).status, 204)

        (told,) = self.assert_received(mail_server, ann.email)
        self.assertEqual(parsed(told)["Subject"], "Your password was changed")
        self.assertIn("127.0.0.1", parsed(told).get_body(("plain",)).get_content())
        self.assertNotIn("otters", told["content"])

    def test_no_mail_is_written_unless_it_is_wanted(self):
        server = self.started()
        server.register()

        self.assertEqual(self.mails(server), [])

    def test_a_refusal_for_good_is_given_up_and_a_refusal_for_now_is_tried_again(self):
        mail_server = self.mail_server()
        server = self.started(settings=self.settings(mail_server.port))
        for wish in ("refuse550", "full552", "later451", "busy421", "die"):
            server.register(f"{wish}.x@example.org")

        def facts():
            return {mail["last_error"]: mail for mail in self.mails(server) if mail.get("last_error")}

        self.assertTrue(e2e.eventually(lambda: len(self.mails(server, "--state", "failed")) == 2 and
                                       len(facts()) == 5, WITHIN), self.mails(server))
        by_error = facts()
        self.assertEqual(by_error["550 5.1.1 <address> no such user here"]["state"], "failed")
        self.assertEqual(by_error["552 5.2.2 mailbox full"]["state"], "failed")
        self.assertEqual(by_error["451 4.7.1 greylisted, try again later"]["state"], "waiting")
        self.assertEqual(by_error["421 4.3.2 busy, go away"]["state"], "waiting")
        self.assertEqual(len([mail for mail in by_error.values() if mail["state"] == "waiting"]), 3)
        self.assertEqual(mail_server.received(), [])
        for mail in by_error.values():
            if mail["state"] == "waiting":
                pause = (self.at(mail["due_at"]) - self.at(mail["created_at"])).total_seconds()
                self.assertTrue(20 <= pause <= 45, mail)
        metrics = server.get("/metrics").body.decode()
        self.assertRegex(metrics, r"\nsallyport_mails_given_up_total 2\n")
        self.assertRegex(metrics, r"\nsallyport_mails_delivered_total 0\n")
        lines = [json.loads(line) for line in server.errors().splitlines() if '"given_up"' in line]
        self.assertEqual(len(lines), 2)
        self.assertNotIn("@example.org", server.errors())

        self.assertIn("2 to be sent again", self.cli(server, "retry", "--all-failed"))
        self.assertTrue(e2e.eventually(lambda: len(self.mails(server, "--state", "failed")) == 2, WITHIN))

    @staticmethod
    def at(text):
        return datetime.datetime.fromisoformat(text)

    def test_a_mail_waits_for_a_server_that_is_away(self):
        port = e2e.free_port()

        server = self.started(settings=self.settings(port))
        server.register("ann@example.org")
        self.assertTrue(e2e.eventually(lambda: any(mail.get("last_error") for mail in self.mails(server)), WITHIN))
        waiting, = self.mails(server)
        self.assertEqual(waiting["state"], "waiting")
        self.assertTrue(server.get("/health/ready").status == 200)

        mail_server = self.mail_server(port=port)
        self.cli(server, "retry", waiting["id"])

        self.assert_received(mail_server, "ann@example.org")

    def test_an_international_address_goes_to_a_server_that_takes_it(self):
        for options, is_taken in (([], True), (["--without-utf8"], False)):
            with self.subTest(options):
                mail_server = self.mail_server(*options)
                server = self.started(settings=self.settings(mail_server.port))
                server.register("änn@bücher.example")
                if is_taken:
                    mail, = self.assert_received(mail_server, "änn@xn--bcher-kva.example")
                    self.assertTrue(mail["utf8"])
                else:
                    self.assertTrue(e2e.eventually(lambda: self.state_of(server) == "failed", WITHIN),
                                    self.mails(server))
                    self.assertIn("SMTPUTF8", self.mails(server)[0]["last_error"])
                server.register("bert@bücher.example")
                mail, = self.assert_received(mail_server, "bert@xn--bcher-kva.example")
                self.assertFalse(mail["utf8"])

    # protection

    def test_tls_and_passwords(self):
        authority, certificate, key = self.authority()
        for tls in ("starttls", "implicit"):
            with self.subTest(tls):
                mail_server = self.mail_server("--tls", tls, "--certificate", str(certificate), "--key", str(key),
                                               "--user", "sender", "--password", "a secret word")
                server = self.server(settings=self.settings(
                    mail_server.port, tls, "10s", f"smtp.ca_bundle={authority}", "smtp.user=sender"))
                secret = server.folder / "smtp-password"
                secret.write_text("a secret word\n")
                server.environment["SALLYPORT_SMTP_PASSWORD_FILE"] = str(secret)
                server.start()
                server.register("ann@example.org")

                mail, = self.assert_received(mail_server, "ann@example.org")
                self.assertTrue(mail["tls"])
                self.assertEqual(mail["user"], "sender")
                self.assertNotIn("a secret word", server.errors() + server.output())

    def test_nothing_is_sent_to_a_server_that_cannot_be_trusted(self):
        authority, certificate, key = self.authority()
        tls = ["--tls", "starttls", "--certificate", str(certificate), "--key", str(key)]
        stranger, _, _ = self.authority()
        cases = [("no TLS there", [], "starttls", []),
                 ("unknown authority", tls, "starttls", []),
                 ("another authority", tls, "starttls", [f"smtp.ca_bundle={stranger}"]),
                 ("another name", tls, "starttls", [f"smtp.ca_bundle={authority}", "url=localhost"])]
        for name, options, mode, more in cases:
            with self.subTest(name):
                mail_server = self.mail_server(*options)
                settings = self.settings(mail_server.port, mode, "10s", *[one for one in more if one != "url=localhost"])
                if "url=localhost" in more:
                    settings = [one.replace("127.0.0.1", "localhost") for one in settings]
                server = self.started(settings=settings)
                server.register("ann@example.org")

                self.assertTrue(e2e.eventually(
                    lambda: any(mail.get("last_error") for mail in self.mails(server)), WITHIN))
                self.assertEqual(self.state_of(server), "waiting", "somebody can mend it")
                self.assertEqual(mail_server.received(), [])

    def test_a_wrong_password_leaves_mails_waiting(self):
        mail_server = self.mail_server("--user", "sender", "--password", "right")
        server = self.started(settings=self.settings(mail_server.port, "none", "10s", "smtp.user=sender",
                                                     "smtp.password=wrong"))
        server.register("ann@example.org")

        self.assertTrue(e2e.eventually(lambda: any(mail.get("last_error") for mail in self.mails(server)), WITHIN))
        mail, = self.mails(server)
        self.assertEqual((mail["state"], mail["last_error"][:3]), ("waiting", "535"))
        shown = subprocess.run([e2e.Server.binary, "config", "show", "--set", "smtp.password=wrong word", "--set",
                                "smtp.user=me"], capture_output=True, text=True, env=e2e.clean_environment())
        self.assertEqual(shown.returncode, 0)
        self.assertNotIn("wrong word", shown.stdout)

    # ending and dying

    def test_a_server_that_ends_lets_a_mail_end_and_goes_on_with_the_rest(self):
        mail_server = self.mail_server()
        server = self.started(settings=self.settings(mail_server.port, "none", "30s"))
        server.register("slow.x@example.org")
        self.assert_received(mail_server, "slow.x@example.org")  # the reply is not there yet

        began = time.monotonic()
        self.assertEqual(server.stop(), 0)
        self.assertLess(time.monotonic() - began, 8.0)

        server.start()
        self.assertTrue(e2e.eventually(lambda: self.state_of(server) == "delivered", WITHIN), self.mails(server))

    def test_every_mail_is_sent_at_least_once_however_often_the_server_is_killed(self):
        mail_server = self.mail_server()
        server = self.started(settings=self.settings(mail_server.port, "none", "1s"))
        chance = random.Random(7)
        registered = []
        for number in range(12):
            address = f"ann{number}@example.org"
            server.register(address)
            registered.append(address)
            if number % 3 == 2:
                time.sleep(chance.uniform(0, 0.03))
                server.restart(signal.SIGKILL)

        def missing():
            return [address for address in registered if not mail_server.received(address)]

        self.assertTrue(e2e.eventually(lambda: not missing(), 40), missing())
        self.assertTrue(e2e.eventually(
            lambda: all(mail["state"] == "delivered" for mail in self.mails(server)), 40), self.mails(server))
        for address in registered:
            identities = {parsed(mail)["Message-ID"] for mail in mail_server.received(address)}
            self.assertEqual(len(identities), 1, "a mail that was sent twice is one message")

    def test_a_server_killed_between_sending_and_settling_sends_again(self):
        mail_server = self.mail_server()
        server = self.started(settings=self.settings(mail_server.port, "none", "1s"))
        server.register("slow.x@example.org")
        self.assert_received(mail_server, "slow.x@example.org")  # and nobody has been told
        server.restart(signal.SIGKILL)

        self.assert_received(mail_server, "slow.x@example.org", count=2, within=30)

    # for operators

    def test_an_operator_sends_a_test_mail_and_hears_the_answer(self):
        mail_server = self.mail_server()
        server = self.started(settings=self.settings(mail_server.port))

        self.assertIn("has taken the mail: 250", self.cli(server, "test", "op@example.org"))
        self.assertIn("550 5.1.1", self.cli(server, "test", "refuse550.x@example.org", status=1))
        self.assertFalse(json.loads(self.cli(server, "test", "refuse550.x@example.org", "--json", status=1))["is_taken"])
        self.assertIn("not an e-mail address", self.cli(server, "test", "nobody", status=1))
        self.assertEqual(parsed(mail_server.received("op@example.org")[0])["Subject"], "Test mail of Grüße")
        self.assertEqual(self.mails(server), [], "it goes beside the outbox")

    def test_a_preview_shows_each_kind_with_the_operators_templates(self):
        folder = self.folder()
        (folder / "recovery.en.txt").write_text("New password at {{product}}\n\n{{link}}\n")

        def preview(*arguments, status=0):
            done = subprocess.run([e2e.Server.binary, "mail", "preview", *arguments], capture_output=True, text=True,
                                  env=e2e.clean_environment())
            self.assertEqual(done.returncode, status, done)
            return done.stdout + done.stderr

        own = ["--set", f"mail.templates={folder}", "--set", "product.name=Acme"]
        self.assertIn("Subject: Reset your password", preview("recovery"))
        self.assertIn("Subject: New password at Acme\n\nhttp://localhost:8080/reset-password?", preview("recovery", *own))
        self.assertIn("Subject: Setzen Sie", preview("recovery", "--locale", "de-CH", *own))
        self.assertIn("<!DOCTYPE html>", preview("invitation", "--output", "html"))
        self.assertIn("there is no kind of mail 'recovry'", preview("recovry", status=1))
        (folder / "recovery.fr.txt").write_text("x")
        self.assertIn("recovery.fr.txt is no template's name", preview("recovery", *own, status=1))

    def test_templates_that_do_not_fit_stop_the_start(self):
        folder = self.folder()
        (folder / "recovery.en.txt").write_text("Hello\n\n{{cod}}\n")
        server = self.server(settings=[f"mail.templates={folder}"], port=e2e.free_port())
        server.launch()

        self.assertEqual(server.wait(), 1)
        self.assertIn("recovery.en.txt has the value 'cod', which mails do not have", server.errors())

    def test_settings_that_cannot_work_are_refused(self):
        def check(*settings):
            flags = [flag for setting in settings for flag in ("--set", setting)]
            done = subprocess.run([e2e.Server.binary, "config", "check", *flags], capture_output=True, text=True,
                                  env=e2e.clean_environment())
            return done.returncode, done.stdout + done.stderr

        url, sender = "smtp.url=smtp://mail.example.org", "mail.from=a@example.org"
        login = ("smtp.user=me", "smtp.password=secret word")
        self.assertEqual(check(url, sender, *login)[0], 0)
        for settings, said in (((url,), "mail.from must say from whom"),
                               ((url, sender, "smtp.user=me"), "belong together"),
                               ((url, sender, "smtp.tls=none", *login), "for anyone to read"),
                               (("smtp.url=smtp://me:pw@mail.example.org",), "smtp:// with a host"),
                               (("smtp.url=http://mail.example.org",), "smtp:// with a host"),
                               (("mail.from=nobody",), "an address such as"),
                               (("smtp.tls=maybe",), "none, starttls or implicit"),
                               (("smtp.password=" + "x" * 300,), "1 to 255 bytes")):
            status, output = check(*settings)
            self.assertEqual(status, 2, settings)
            self.assertIn(said, output)
            self.assertNotIn("secret word", output)
        self.assertEqual(check("smtp.url=smtp://127.0.0.1:2525", sender, "smtp.tls=none", *login)[0], 0)

    # in the browser

    def test_mails_can_be_looked_at_in_a_browser_while_only_this_machine_is_served(self):
        server = self.started(settings=["mail.welcome=true"])
        self.assertIn(b"none yet", server.get("/dev/mail").body)
        server.register("ann@example.org", display_name="<b>Ann</b>")

        page = server.get("/dev/mail")
        self.assertEqual(page.status, 200)
        path = re.search(rb'href="(/dev/mail/[0-9a-f-]{36})"', page.body)[1].decode()
        mail = server.get(path)
        self.assertEqual(mail.status, 200)
        self.assertIn(b"Welcome to Sallyport", mail.body)
        self.assertNotIn(b"<b>Ann</b>", mail.body)
        self.assertIn("frame-src 'self'", mail.headers["Content-Security-Policy"])
        html = server.get(path + "/html")
        self.assertEqual(html.status, 200)
        self.assertTrue(html.headers["Content-Security-Policy"].startswith("sandbox allow-popups "))
        self.assertIn("default-src 'none'", html.headers["Content-Security-Policy"])
        self.assertNotIn("script", html.headers["Content-Security-Policy"])
        self.assertEqual(len(server.rows("SELECT 1 FROM audit_events WHERE event = 'mail_read'")), 1)
        self.assertEqual(server.get("/dev/mail/x").status, 404)
        self.assertEqual(server.get("/dev/mail", {"Host": "evil.example"}).status, 421)
        self.assertEqual(server.get("/dev/mail", {"X-Forwarded-For": "192.0.2.1"}).status, 421)

        public = self.started(settings=["mail.welcome=true", "public_url=http://localhost:1"])
        self.assertEqual(public.get("/dev/mail").status, 404)


if __name__ == "__main__":
    e2e.main()
