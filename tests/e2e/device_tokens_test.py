"""Devices that signed in before: their guesses are counted apart from strangers', and others are told of by mail."""
import sallyport_process as e2e
from sallyport_process import PASSWORD, SignedIn, fresh_email

DEVICE_COOKIE = "sallyport-device"
MAX_FAILURES = 5
NEXT_PASSWORD = "another-Horse-8-battery"


class Browsers(e2e.SharedServerTest):
    def device(self, answer):
        """The headers of the browser that heard this answer."""
        return {"Cookie": f"{DEVICE_COOKIE}={answer.cookies[DEVICE_COOKIE].value}",
                "Origin": f"http://127.0.0.1:{self.shared.port}"}

    def login(self, email, headers=None, password=PASSWORD):
        return self.shared.post("/v1/auth/login", {"email": email, "password": password}, headers)

    def registered(self):
        answer = self.shared.post("/v1/auth/register", {"email": fresh_email(), "password": PASSWORD})
        self.assertEqual(answer.status, 201, answer)
        return SignedIn.of(answer), self.device(answer)

    def lock(self, email, headers=None):
        for number in range(MAX_FAILURES):
            self.assertEqual(self.login(email, headers, f"wrong-Guess-{number}-x").status, 401)
        self.assert_problem(self.login(email, headers), 429, "locked")

    def mails(self, person, kind):
        return self.shared.rows("SELECT count(*) FROM outbox WHERE account_id = ? AND kind = ?",
                                e2e.uuid_bytes(person.user["id"]), kind)[0][0]


class Devices(Browsers):
    def test_a_stranger_cannot_lock_an_owner_out_of_their_device(self):
        ann, device = self.registered()
        self.lock(ann.email)

        self.assertEqual(self.login(ann.email, device).status, 200)
        self.assert_problem(self.login(ann.email), 429, "locked")  # the owner's success is nothing to the stranger

    def test_a_hundred_and_twenty_guesses_leave_the_owner_free(self):
        ann, device = self.registered()
        self.lock(ann.email)
        for number in range(120):
            self.assert_problem(self.login(ann.email, None, f"more-Guess-{number}-x"), 429, "locked")

        self.assertEqual(self.login(ann.email, device).status, 200)

    def test_guesses_on_a_device_are_five_too_and_cost_the_name_nothing(self):
        ann, device = self.registered()
        self.lock(ann.email, device)

        self.assertEqual(self.login(ann.email).status, 200)
        self.assert_problem(self.login(ann.email, device), 429, "locked")

    def test_twenty_guesses_at_once_on_a_device_are_no_more_than_five_checks(self):
        ann, device = self.registered()

        answers = e2e.in_parallel(20, lambda number: self.login(ann.email, device, f"parallel-Guess-{number}-x"))

        statuses = [answer.status for answer in answers]
        self.assertEqual(set(statuses), {401, 429}, statuses)
        self.assertLessEqual(statuses.count(401), MAX_FAILURES)
        self.assertEqual(self.login(ann.email).status, 200)

    def test_a_token_is_of_one_account_only(self):
        ann, _ = self.registered()
        _, device_of_bob = self.registered()
        nobody = fresh_email("nobody")
        for email in (ann.email, nobody):
            self.lock(email)
            self.assert_problem(self.login(email, device_of_bob), 429, "locked")

    def test_a_forged_or_damaged_token_is_none(self):
        ann, device = self.registered()
        self.lock(ann.email)
        name, value = device["Cookie"].split("=")
        for wrong in (value[:-1] + ("A" if value[-1] != "A" else "B"), value[:-1], "spd_" + "A" * 115, ann.device_id, "",
                      value + "; " + name + "=" + value):
            with self.subTest(wrong):
                self.assert_problem(self.login(ann.email, {**device, "Cookie": f"{name}={wrong}"}), 429, "locked")
        self.assertEqual(self.login(ann.email, device).status, 200)

    def test_every_sign_in_gives_a_fresh_token_for_the_same_device(self):
        ann, device = self.registered()

        again = self.login(ann.email, device)

        self.assertEqual(SignedIn.of(again).device_id, ann.device_id)
        self.assertNotEqual(self.device(again)["Cookie"], device["Cookie"])
        self.assertEqual(int(again.cookies[DEVICE_COOKIE]["max-age"]), 400 * 86_400)
        self.lock(ann.email)
        self.assertEqual(self.login(ann.email, self.device(again)).status, 200)

    def test_a_device_that_names_itself_is_known_by_its_token_all_the_same(self):
        ann, _ = self.registered()
        named = {"email": ann.email, "password": PASSWORD, "device": {"id": "ann's phone"}}
        first = self.shared.post("/v1/auth/login", named)
        self.lock(ann.email)

        second = self.shared.post("/v1/auth/login", named, self.device(first))
        unnamed = self.login(ann.email, self.device(first))

        self.assertEqual(SignedIn.of(second).device_id, "ann's phone")
        self.assertEqual(unnamed.status, 200, unnamed)
        self.assertNotEqual(SignedIn.of(unnamed).device_id, "ann's phone")  # the token does not tell its name

    def test_a_token_from_before_a_change_of_password_is_none(self):
        ann, device = self.registered()
        changed = self.shared.post("/v1/auth/password", {"current_password": PASSWORD, "new_password": NEXT_PASSWORD},
                                   ann.by_bearer)
        self.assertEqual(changed.status, 204, changed)
        for number in range(MAX_FAILURES):
            self.assertEqual(self.login(ann.email, None, f"wrong-Guess-{number}-x").status, 401)

        self.assert_problem(self.login(ann.email, device, NEXT_PASSWORD), 429, "locked")
        again = self.login(ann.email, self.device(changed), NEXT_PASSWORD)  # where it was changed, it was given anew
        self.assertEqual((again.status, SignedIn.of(again).device_id, self.mails(ann, "new_device")),
                         (200, ann.device_id, 0))

    def test_the_owner_is_told_of_a_new_device_and_not_of_a_known_one(self):
        ann, device = self.registered()
        self.assertEqual(self.mails(ann, "new_device"), 0)  # registering is no surprise

        known = self.login(ann.email, device)
        self.assertEqual((known.status, self.mails(ann, "new_device")), (200, 0))
        self.assertEqual(self.login(ann.email, None, "wrong-Guess-1-x").status, 401)
        self.assertEqual(self.mails(ann, "new_device"), 0)
        new = self.login(ann.email)
        self.assertEqual((new.status, self.mails(ann, "new_device")), (200, 1))
        self.assertEqual(self.login(ann.email, self.device(new)).status, 200)
        self.assertEqual(self.mails(ann, "new_device"), 1)


    def test_the_owner_is_told_of_a_lock_once_and_the_guesser_hears_nothing_of_it(self):
        ann, _ = self.registered()
        nobody = fresh_email("nobody")
        before = self.shared.rows("SELECT count(*) FROM outbox WHERE kind = 'locked'")[0][0]

        self.lock(ann.email)
        self.lock(nobody)
        self.login(ann.email, None, "one-More-Guess-x")

        self.assertEqual(self.mails(ann, "locked"), 1)
        self.assertEqual(self.shared.rows("SELECT count(*) FROM outbox WHERE kind = 'locked'")[0][0], before + 1)


class WithoutNotices(Browsers):
    settings = ("mail.new_device=false",)

    def test_nobody_is_told(self):
        ann, _ = self.registered()
        self.assertEqual((self.login(ann.email).status, self.mails(ann, "new_device")), (200, 0))


if __name__ == "__main__":
    e2e.main()
