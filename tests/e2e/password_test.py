"""What takes the password of somebody who is signed in: changing it, and giving it once more."""
import sallyport_process as e2e
from sallyport_process import PASSWORD, SignedIn, fresh_email

NEXT = "another-Horse-8-battery"
ROUTES = ("/v1/auth/password", "/v1/auth/reauthenticate")


def change(server, headers, current=PASSWORD, new=NEXT):
    return server.post("/v1/auth/password", {"current_password": current, "new_password": new}, headers)


def repeat(server, headers, password=PASSWORD):
    return server.post("/v1/auth/reauthenticate", {"password": password}, headers)


class ChangePassword(e2e.SharedServerTest):
    def two_devices(self):
        laptop = self.shared.register()
        phone = SignedIn.of(self.shared.login(laptop.email, device={"id": "phone"}))
        for device in (laptop, phone):  # checked before, so that caches know them
            self.assertEqual(self.shared.me(device.by_bearer).status, 200)
        return laptop, phone

    def test_the_new_password_signs_in_and_the_old_one_does_not(self):
        laptop, phone = self.two_devices()

        answer = change(self.shared, laptop.by_bearer)

        self.assertEqual((answer.status, answer.body), (204, b""), answer)
        self.assert_problem(self.shared.login(laptop.email), 401, "invalid_credentials")
        self.assertEqual(self.shared.login(laptop.email, NEXT).status, 200)

    def test_every_other_device_is_signed_out_at_once_and_this_one_goes_on(self):
        laptop, phone = self.two_devices()

        self.assertEqual(change(self.shared, laptop.by_bearer).status, 204)

        for headers in (phone.by_bearer, phone.by_cookie):
            self.assert_problem(self.shared.me(headers), 401, "session_expired")
        self.assert_problem(self.shared.refresh(phone.refresh_token), 401, "session_expired")
        for headers in (laptop.by_bearer, laptop.by_cookie):
            self.assertEqual(self.shared.me(headers).status, 200)
        refreshed = self.shared.refresh(laptop.refresh_token)
        self.assertEqual(refreshed.status, 200)
        self.assertEqual(self.shared.me(e2e.bearer(refreshed.json["access_token"])).status, 200)
        listed = self.shared.get("/v1/auth/sessions", laptop.by_bearer).json["sessions"]
        self.assertEqual([session["id"] for session in listed], [laptop.session_id])

    def test_a_browser_changes_it_from_its_own_site_only(self):
        ann = self.shared.register()

        elsewhere = change(self.shared, {**ann.by_cookie, "Origin": "https://evil.example"})
        self.assert_problem(elsewhere, 403, "csrf_refused")
        own = {**ann.by_cookie, "Origin": f"http://127.0.0.1:{self.shared.port}"}
        self.assertEqual(change(self.shared, own).status, 204)

    def test_a_wrong_current_password_changes_nothing_and_says_which_field(self):
        laptop, phone = self.two_devices()

        self.assert_problem(change(self.shared, laptop.by_bearer, current="not-It-1-really"), 403, "wrong_password",
                            ("current_password", "wrong"))

        self.assertEqual(self.shared.me(phone.by_bearer).status, 200)
        self.assertEqual(self.shared.login(laptop.email).status, 200)

    def test_every_wrong_field_is_named(self):
        email = fresh_email("Marianne")
        ann = self.shared.register(email)
        cases = (({}, ("current_password", "missing"), ("new_password", "missing")),
                 ({"current_password": "", "new_password": "short"}, ("current_password", "missing"),
                  ("new_password", "too_short")),
                 ({"current_password": PASSWORD, "new_password": "x" * 129}, ("new_password", "too_long")),
                 ({"current_password": 5, "new_password": None}, ("current_password", "wrong_type")),
                 ({"current_password": PASSWORD, "new_password": PASSWORD}, ("new_password", "same_as_current")),
                 ({"current_password": PASSWORD, "new_password": "my-Marianne-77-kite"},
                  ("new_password", "contains_address")),
                 ({"current_password": PASSWORD, "new_password": "password123"}, ("new_password", "too_common")))
        for body, *wrong in cases:
            with self.subTest(body=body):
                email_part = email.split("@")[0]
                if "my-Marianne" in str(body.get("new_password")):
                    body["new_password"] = f"my-{email_part}-77-kite"
                self.assert_problem(self.shared.post("/v1/auth/password", body, ann.by_bearer), 422, "invalid_fields",
                                    *wrong)
        self.assertEqual(self.shared.login(email).status, 200)

    def test_of_parallel_changes_one_wins(self):
        ann = self.shared.register()
        words = [f"parallel-Choice-{number}-tree" for number in range(4)]

        answers = e2e.in_parallel(4, lambda number: change(self.shared, ann.by_bearer, new=words[number]))

        outcomes = sorted((answer.status, answer.code) for answer in answers)
        self.assertEqual(outcomes[0], (204, None), outcomes)
        self.assertLessEqual(set(outcomes[1:]), {(403, "wrong_password"), (409, "verifier_changed")})
        winner = next(word for word, answer in zip(words, answers) if answer.status == 204)
        self.assertEqual([self.shared.login(ann.email, word).status == 200 for word in words],
                         [word == winner for word in words])


class Reauthenticate(e2e.SharedServerTest):
    def auth_time(self, device):
        return self.shared.rows("SELECT auth_time FROM sessions WHERE id = ?", e2e.uuid_bytes(device.session_id))[0][0]

    def test_the_right_password_moves_the_time_of_authentication_and_no_token(self):
        ann = self.shared.register()
        before = self.auth_time(ann)

        answer = repeat(self.shared, ann.by_bearer)

        self.assertEqual((answer.status, answer.body), (204, b""), answer)
        self.assertGreater(self.auth_time(ann), before)
        self.assertEqual(self.shared.me(ann.by_bearer).status, 200)
        self.assertEqual(self.shared.refresh(ann.refresh_token).status, 200)

    def test_a_wrong_one_does_not(self):
        ann = self.shared.register()
        before = self.auth_time(ann)

        self.assert_problem(repeat(self.shared, ann.by_bearer, "not-It-1-really"), 403, "wrong_password",
                            ("password", "wrong"))
        self.assert_problem(self.shared.post("/v1/auth/reauthenticate", {}, ann.by_bearer), 422, "invalid_fields",
                            ("password", "missing"))

        self.assertEqual(self.auth_time(ann), before)

    def test_five_wrong_ones_lock_the_session_for_both_routes_and_nothing_else(self):
        ann = self.shared.register()
        for number in range(5):
            ask = (repeat if number % 2 else change)(self.shared, ann.by_bearer, f"wrong-Guess-{number}-x")
            self.assert_problem(ask, 403, "wrong_password")

        for answer in (repeat(self.shared, ann.by_bearer), change(self.shared, ann.by_bearer)):
            self.assert_problem(answer, 429, "locked")
            self.assertTrue(0 < int(answer.headers["Retry-After"]) <= 900)
        self.assertEqual(self.shared.me(ann.by_bearer).status, 200)
        phone = SignedIn.of(self.shared.login(ann.email, device={"id": "phone"}))
        self.assertEqual(change(self.shared, phone.by_bearer).status, 204)

    def test_a_stranger_who_locked_the_name_does_not_stop_its_owner(self):
        ann = self.shared.register()
        for number in range(5):
            self.shared.login(ann.email, f"wrong-Guess-{number}-x")
        self.assert_problem(self.shared.login(ann.email), 429, "locked")

        self.assertEqual(repeat(self.shared, ann.by_bearer).status, 204)
        self.assertEqual(change(self.shared, ann.by_bearer).status, 204)

    def test_strangers_broken_bodies_and_other_methods_are_refused(self):
        ann = self.shared.register()
        for path in ROUTES:
            with self.subTest(path):
                self.assert_problem(self.shared.post(path, {}), 401, "not_authenticated")
                self.assert_problem(self.shared.post(path, b"{", ann.by_bearer), 400, "json_malformed")
                form = {**ann.by_bearer, "Content-Type": "application/x-www-form-urlencoded"}
                self.assert_problem(self.shared.post(path, b"password=x", form), 415, "unsupported_media_type")
                self.assert_problem(self.shared.get(path, ann.by_bearer), 405, "method_not_allowed")


class AcrossStarts(e2e.EndToEndTest):
    def test_a_change_that_was_answered_is_stored_and_nothing_holds_the_passwords(self):
        server = self.started()
        ann = server.register()
        self.assertEqual(change(server, ann.by_bearer).status, 204)

        server.restart(9)

        self.assertEqual([server.login(ann.email, word).status for word in (PASSWORD, NEXT)], [401, 200])
        self.assertEqual(server.me(ann.by_bearer).status, 200)
        for file in [*filter(lambda path: path.is_file(), server.data.iterdir()), server.error_file]:
            for word in (PASSWORD, NEXT):
                self.assertNotIn(word.encode(), file.read_bytes())


if __name__ == "__main__":
    e2e.main()
