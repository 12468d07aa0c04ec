"""Aliases of paths: other names of the same routes, with the same guards, limits and metrics."""
import subprocess
import urllib.parse

import sallyport_process as e2e
from sallyport_process import PASSWORD


class Aliases(e2e.EndToEndTest):
    def test_an_alias_is_the_route_it_stands_for(self):
        server = self.started(settings=["http.aliases=/auth=/v1/auth,/first=/setup", "http.body_bytes=2048"])
        ann = server.register()

        answer = server.post("/auth/login", {"email": ann.email, "password": PASSWORD})
        self.assertEqual(answer.status, 200)
        cookie = {"Cookie": "sallyport=" + answer.cookies["sallyport"].value}
        self.assertEqual(server.get("/auth/me", cookie).json["id"], ann.user["id"])
        self.assertEqual(server.request("PUT", "/auth/login").headers["Allow"], "POST, OPTIONS")
        self.assertEqual(server.get("/authentic/me").status, 404)

        other_site = {**cookie, "Origin": "https://evil.example"}
        self.assert_problem(server.patch("/auth/me", {"display_name": "x"}, other_site), 403, "csrf_refused")
        self.assert_problem(server.post("/auth/login", {"email": "x" * 4000}), 413, "body_too_large")
        for number in range(5):  # the guesses at one name are counted together, whatever the path
            path = "/auth/login" if number % 2 else "/v1/auth/login"
            server.post(path, {"email": ann.email, "password": f"wrong-{number}-guess"})
        self.assert_problem(server.post("/auth/login", {"email": ann.email, "password": PASSWORD}), 429, "locked")
        form = urllib.parse.urlencode({"token": (server.data / "setup-token").read_text().strip(),
                                       "email": "boss@example.org", "password": PASSWORD}).encode()
        self.assertEqual(server.request("POST", "/first", form, {
            "Content-Type": "application/x-www-form-urlencoded"}).status, 201)

        metrics = server.get("/metrics").body.decode()
        self.assertIn('route="/v1/auth/login"', metrics)
        self.assertNotIn('route="/auth', metrics)
        server.stop()
        self.assertNotIn('"/auth/', server.errors())

    def test_a_table_in_the_file_does_the_same(self):
        file = self.folder() / "a.toml"
        file.write_text('[http.aliases]\n"/auth" = "/v1/auth"\n"/api/v1/auth" = "/v1/auth"\n', encoding="ascii")
        server = self.started(environment={}, settings=[])
        server.stop()
        server.command = lambda command=server.command: [*command(), "--config", str(file)]
        server.start()
        for path in ("/auth/me", "/api/v1/auth/me", "/v1/auth/me"):
            self.assertEqual(server.get(path).status, 401)

    def test_aliases_that_collide_do_not_start(self):
        for aliases, sentence in (
                ("/v1=/v1/auth", "the alias /v1 would hide routes of that name"),
                ("/health=/v1/auth", "the alias /health would hide routes of that name"),
                ("/a=/v1/auth,/a/b=/setup", "the aliases /a and /a/b collide"),
                ("/a=/v1/nothing", "the alias /a stands for /v1/nothing, where there is nothing")):
            with self.subTest(aliases):
                server = self.server(settings=["http.aliases=" + aliases], port=e2e.free_port())
                done = subprocess.run(server.command(), capture_output=True, timeout=20, env=e2e.clean_environment())
                self.assertEqual(done.returncode, 1)
                self.assertIn("http.aliases: " + sentence, done.stderr.decode())


if __name__ == "__main__":
    e2e.main()
