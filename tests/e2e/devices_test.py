"""The devices one is signed in on: seeing them, and signing them out from another one."""
import uuid

import sallyport_process as e2e
from sallyport_process import SignedIn, fresh_email

SESSIONS = "/v1/auth/sessions"


class Devices(e2e.SharedServerTest):
    def sign_in(self, person, name, **device):
        answer = self.shared.login(person.email, device={"id": name, "name": f"Ann's {name}", **device})
        self.assertEqual(answer.status, 200, answer)
        return SignedIn.of(answer)

    def listed(self, device):
        answer = self.shared.get(SESSIONS, device.by_bearer)
        self.assertEqual(answer.status, 200, answer)
        return answer.json["sessions"]

    def end(self, by, session_id, headers=None):
        return self.shared.request("DELETE", f"{SESSIONS}/{session_id}", None, headers or by.by_bearer)

    def assert_signed_out(self, device):
        for headers in (device.by_bearer, device.by_cookie):
            self.assert_problem(self.shared.me(headers), 401, "session_expired")
        self.assert_problem(self.shared.refresh(device.refresh_token), 401, "session_expired")

    def test_the_list_describes_every_device_and_marks_the_one_that_asks(self):
        laptop = self.shared.register(device={"id": "laptop"})
        phone = self.sign_in(laptop, "phone", type="ios", client_version="7.1")

        by_id = {session["id"]: session for session in self.listed(phone)}

        self.assertEqual(set(by_id), {laptop.session_id, phone.session_id})
        shown = by_id[phone.session_id]
        self.assertEqual(
            {name: shown[name] for name in ("device_id", "name", "type", "client_version", "ip", "is_current")},
            {"device_id": "phone", "name": "Ann's phone", "type": "ios", "client_version": "7.1", "ip": "127.0.0.1",
             "is_current": True})
        for time in ("created_at", "last_seen_at", "expires_at"):
            self.assertRegex(shown[time], r"^\d{4}-\d\d-\d\dT[\d:.]+Z$")
        self.assertLess(shown["created_at"], shown["expires_at"])
        self.assertFalse(by_id[laptop.session_id]["is_current"])

    def test_nobody_sees_or_ends_the_devices_of_others(self):
        ann, bob = self.shared.register(), self.shared.register()

        theirs, unknown = self.end(ann, bob.session_id), self.end(ann, uuid.uuid4())

        self.assertEqual([session["id"] for session in self.listed(ann)], [ann.session_id])
        for answer in (theirs, unknown, self.end(ann, "not-an-id")):
            self.assert_problem(answer, 404, "session_not_found")
        self.assertEqual(*[{**answer.json, "request_id": ""} for answer in (theirs, unknown)])
        self.assertEqual(self.shared.me(bob.by_bearer).status, 200)

    def test_a_device_signed_out_from_another_is_refused_at_once(self):
        laptop = self.shared.register()
        phone = self.sign_in(laptop, "phone")
        for headers in (phone.by_bearer, phone.by_cookie):
            self.assertEqual(self.shared.me(headers).status, 200)

        self.assertEqual(self.end(laptop, phone.session_id).status, 204)

        self.assert_signed_out(phone)
        self.assertEqual(self.shared.me(laptop.by_bearer).status, 200)
        self.assert_problem(self.end(laptop, phone.session_id), 404, "session_not_found")
        reason = self.shared.rows("SELECT end_reason FROM sessions WHERE id = ?", e2e.uuid_bytes(phone.session_id))
        self.assertEqual(reason, [(6,)])

    def test_ending_the_own_session_clears_its_cookie(self):
        ann = self.shared.register()
        origin = {"Origin": f"http://127.0.0.1:{self.shared.port}"}

        answer = self.end(ann, ann.session_id, {**ann.by_cookie, **origin})

        self.assertEqual(answer.status, 204, answer)
        self.assertEqual((answer.cookies["sallyport"].value, answer.cookies["sallyport"]["max-age"]), ("", "0"))
        self.assert_signed_out(ann)

    def test_all_others_end_and_are_counted(self):
        laptop = self.shared.register()
        others = [self.sign_in(laptop, name) for name in ("phone", "tablet", "tv")]

        answer = self.shared.request("DELETE", SESSIONS, None, laptop.by_bearer)

        self.assertEqual((answer.status, answer.json), (200, {"revoked": 3}), answer)
        for device in others:
            self.assert_signed_out(device)
        self.assertEqual([session["id"] for session in self.listed(laptop)], [laptop.session_id])
        again = self.shared.request("DELETE", SESSIONS, None, laptop.by_bearer)
        self.assertEqual(again.json, {"revoked": 0})

    def test_strangers_and_other_sites_are_refused(self):
        ann = self.shared.register()
        for method, path in (("GET", SESSIONS), ("DELETE", SESSIONS), ("DELETE", f"{SESSIONS}/{ann.session_id}")):
            with self.subTest(method=method, path=path):
                self.assert_problem(self.shared.request(method, path), 401, "not_authenticated")
                if method == "DELETE":
                    elsewhere = {**ann.by_cookie, "Origin": "https://evil.example"}
                    self.assert_problem(self.shared.request(method, path, None, elsewhere), 403, "csrf_refused")
        self.assertEqual(self.shared.me(ann.by_bearer).status, 200)

    def test_methods_that_are_not_there_are_named(self):
        for path, methods in ((SESSIONS, {"GET", "HEAD", "DELETE", "OPTIONS"}),
                              (f"{SESSIONS}/{uuid.uuid4()}", {"DELETE", "OPTIONS"})):
            refused = self.shared.post(path, {})
            self.assert_problem(refused, 405, "method_not_allowed")
            self.assertEqual(set(refused.headers["Allow"].split(", ")), methods)


class DevicesAcrossStarts(e2e.EndToEndTest):
    def test_a_signed_out_device_stays_signed_out(self):
        server = self.started()
        ann = server.register(fresh_email())
        phone = SignedIn.of(server.login(ann.email, device={"id": "phone"}))
        self.assertEqual(server.request("DELETE", SESSIONS, None, ann.by_bearer).json, {"revoked": 1})

        server.restart(9)

        self.assertEqual([server.me(device.by_bearer).status for device in (ann, phone)], [200, 401])


if __name__ == "__main__":
    e2e.main()
