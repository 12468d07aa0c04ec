"""How often one network may ask (limits.rate), as a trusted proxy tells of its clients."""
import sallyport_process as e2e
from sallyport_process import PASSWORD, fresh_email

BEHIND = ("public_url=https://auth.example.org", "proxy.header=xff", "proxy.trusted=127.0.0.1")


def from_(address):
    return {"X-Forwarded-For": address}


class Limited(e2e.SharedServerTest):
    settings = (*BEHIND, "limits.rate.sign_in=4/1h", "limits.rate.registration=3/1h", "limits.rate.other=6/1h",
                "http.aliases=/auth=/v1/auth")

    def login(self, address, path="/v1/auth/login"):
        return self.shared.post(path, {"email": fresh_email("nobody"), "password": PASSWORD}, from_(address))

    def assert_limited(self, answer):
        self.assert_problem(answer, 429, "rate_limited")
        self.assertTrue(0 < int(answer.headers["Retry-After"]) <= 3600, answer.headers["Retry-After"])

    def test_a_network_is_limited_and_no_other(self):
        self.assertEqual([self.login(f"192.0.2.{number}").status for number in range(4)], [401] * 4)
        self.assert_limited(self.login("192.0.2.200"))
        self.assertEqual(self.login("192.0.3.1").status, 401)

    def test_a_network_of_ipv6_is_a_64(self):
        self.assertEqual([self.login(f"2001:db8:0:1::{number}").status for number in range(4)], [401] * 4)
        self.assert_limited(self.login("2001:db8:0:1:ffff::1"))
        self.assertEqual(self.login("2001:db8:0:2::1").status, 401)

    def test_every_path_of_a_route_is_the_same_route(self):
        for number in range(4):
            self.assertEqual(self.login("198.51.100.1", ("/auth/login", "/v1/auth/login")[number % 2]).status, 401)
        self.assert_limited(self.login("198.51.100.1", "/auth/login"))

    def test_classes_are_counted_apart(self):
        client = from_("203.0.113.1")
        for _ in range(3):
            made = self.shared.post("/v1/auth/register", {"email": fresh_email(), "password": PASSWORD}, client)
            self.assertEqual(made.status, 201, made)
        self.assert_limited(self.shared.post("/v1/auth/register", {"email": fresh_email(), "password": PASSWORD},
                                             client))
        self.assertEqual(self.login("203.0.113.1").status, 401)
        self.assertEqual([self.shared.get("/v1/auth/me", client).status for _ in range(6)], [401] * 6)
        self.assert_limited(self.shared.get("/v1/auth/me", client))
        self.assert_limited(self.shared.get("/v1/auth/check", client))

    def test_it_is_refused_before_anything_is_read_or_counted(self):
        for _ in range(5):
            last = self.login("198.51.101.1")
        self.assert_limited(last)
        self.assert_limited(self.shared.post("/v1/auth/login", b"not json", from_("198.51.101.1")))
        self.assertEqual(self.shared.rows("SELECT count(*) FROM throttle_reservations"), [(0,)])

    def test_probes_scrapes_and_this_machine_are_not_limited(self):
        for path in ("/health", "/health/live", "/health/ready", "/metrics"):
            statuses = {self.shared.get(path, from_("192.0.4.1")).status for _ in range(20)}
            self.assertEqual(statuses, {200}, path)
        self.assertEqual({self.shared.get("/v1/auth/me").status for _ in range(20)}, {401})

    def test_twenty_at_once_are_not_one_more(self):
        answers = e2e.in_parallel(20, lambda _: self.login("192.0.5.1"))
        self.assertEqual(sorted(answer.status for answer in answers), [401] * 4 + [429] * 16)

    def test_refusals_are_counted_by_their_route(self):
        for _ in range(5):
            self.login("192.0.6.1")
        self.assertIn('outcome="rate_limited",route="/v1/auth/login"', self.shared.get("/metrics").body.decode())


class Unlimited(e2e.EndToEndTest):
    def statuses(self, *settings):
        server = self.started(settings=[*BEHIND, *settings])
        body = {"email": "ann@example"}
        return [server.post("/v1/auth/login", body, from_("192.0.2.1")).status for _ in range(300)]

    def test_limits_can_be_switched_off(self):
        self.assertEqual(set(self.statuses("limits.rate.sign_in=off")), {422})

    def test_the_default_lets_a_household_in_and_stops_a_flood(self):
        statuses = self.statuses()
        self.assertEqual(set(statuses[:240]), {422})
        self.assertEqual(statuses[-1], 429)


if __name__ == "__main__":
    e2e.main()
