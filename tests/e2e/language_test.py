"""Who registers gets mails in the language that their browser asks for (RFC 9110 section 12.5.4)."""
import re

import sallyport_process as e2e

REGISTER = "/v1/auth/register"


class LanguageTest(e2e.SharedServerTest):
    settings = ("mail.welcome=true",)

    def register(self, accept=None, **more):
        headers = {} if accept is None else {"Accept-Language": accept}
        answer = self.shared.post(REGISTER, {"email": e2e.fresh_email(), "password": e2e.PASSWORD, **more}, headers)
        self.assertEqual(answer.status, 201, answer)
        user = answer.json["user"]
        mails = self.shared.rows("SELECT locale FROM outbox WHERE account_id = ?", e2e.uuid_bytes(user["id"]))
        self.assertEqual(mails, [(user.get("locale"),)])
        return user.get("locale")

    def test_the_account_has_the_preferred_language_of_those_there_are_mails_in(self):
        for accept, locale in (("de-CH, de;q=0.9, en;q=0.8", "de"), ("en-GB", "en"), ("fr, de;q=0.5, en;q=0.7", "en"),
                               ("DE", "de"), ("fr-CH, it", None), ("*", None), ("de;q=0", None), ("", None),
                               ("de;q=2, en;q=0.1", "en"), (",;=", None), ("x" * 3000 + ", de", "de")):
            with self.subTest(accept=accept[:40]):
                self.assertEqual(self.register(accept), locale)

    def test_what_the_body_says_comes_first(self):
        self.assertEqual(self.register("de", locale="fr-CH"), "fr-CH")
        self.assertIsNone(self.register())

    def test_a_wrong_locale_in_the_body_is_still_a_wrong_field(self):
        refused = self.shared.post(REGISTER, {"email": e2e.fresh_email(), "password": e2e.PASSWORD, "locale": "!"},
                                   {"Accept-Language": "de"})
        self.assert_problem(refused, 422, "invalid_fields", ("locale", "locale_malformed"))

    def test_the_mail_is_written_in_it(self):
        self.register("de")
        newest = re.search(r'href="(/dev/mail/[0-9a-f-]{36})"', self.shared.get("/dev/mail").body.decode())[1]
        self.assertIn("Willkommen", self.shared.get(newest).body.decode())


if __name__ == "__main__":
    e2e.main()
