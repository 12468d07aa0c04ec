"""Pictures in an object storage that speaks S3: signed addresses, uploads by clients, and a storage that misbehaves."""
import os
import sqlite3
import urllib.parse
import urllib.request

import object_storage
import pictures
import sallyport_process as e2e


def send(method, url, body=None, headers=None):
    """Status and body, as a client that knows nothing but the address hears them."""
    request = urllib.request.Request(url, body, headers or {}, method=method)
    try:
        with urllib.request.urlopen(request, timeout=20) as answer:
            return answer.status, answer.read()
    except urllib.error.HTTPError as error:
        return error.code, error.read()


class ObjectStorageTest(e2e.EndToEndTest):
    def setUp(self):
        self.storage = object_storage.ObjectStorage()
        self.addCleanup(self.storage.close)
        self.server_ = self.started(settings=(*self.storage.settings, "avatar.max_bytes=100000"))
        self.ann = self.server_.register()

    def put(self, picture, content_type="image/png"):
        return self.server_.request("PUT", "/v1/auth/me/avatar", picture,
                                    {**self.ann.by_bearer, "Content-Type": content_type})

    def offer(self, size, content_type="image/png"):
        answer = self.server_.post("/v1/auth/me/avatar/upload", {"content_type": content_type, "content_size": size},
                                   self.ann.by_bearer)
        self.assertEqual(answer.status, 200, answer)
        return answer.json["upload_url"]

    def confirm(self):
        return self.server_.post("/v1/auth/me/avatar/confirm", None, self.ann.by_bearer)

    def avatar(self):
        return self.server_.me(self.ann.by_bearer).json.get("avatar_url")

    def test_a_picture_goes_there_and_comes_from_there(self):
        for content_type, picture in pictures.by_type().items():
            answer = self.put(picture, content_type)
            self.assertEqual(answer.status, 200, answer)

            shown = self.server_.get(answer.json["avatar_url"])

            self.assertEqual(shown.status, 302, shown)
            self.assertTrue(shown.headers["Location"].startswith(self.storage.endpoint + "/pictures/avatars/"))
            self.assertEqual(send("GET", shown.headers["Location"]), (200, picture))
        self.assertTrue(e2e.eventually(lambda: len(self.storage.named("avatars")) == 1, 15))
        self.assertFalse((self.server_.data / "avatars").exists())

    def test_a_client_uploads_by_itself(self):
        picture = pictures.png(size=50000)
        url = self.offer(len(picture))
        self.assertEqual(send("PUT", url, picture, {"Content-Type": "image/png"})[0], 200)
        self.assertIsNone(self.avatar())

        answer = self.confirm()

        self.assertEqual(answer.status, 200, answer)
        name = os.path.basename(answer.json["avatar_url"])
        self.assertEqual(self.storage.objects["avatars/" + name][1], picture)
        self.assertTrue(e2e.eventually(lambda: not self.storage.named("uploads"), 15))
        # The address is still good, but what it makes is nobody's picture.
        send("PUT", url, picture[:-1] + b"x", {"Content-Type": "image/png"})
        self.assertEqual(self.storage.objects["avatars/" + name][1], picture)
        self.assert_problem(self.confirm(), 404, "upload_not_found")

    def test_an_address_is_for_one_object_one_type_and_one_size(self):
        picture = pictures.png(size=300)
        url = self.offer(len(picture))
        other = url.replace("/uploads/", "/avatars/")
        for address, body, content_type in ((url, picture + b"x", "image/png"), (url, picture, "text/html"),
                                            (other, picture, "image/png")):
            self.assertEqual(send("PUT", address, body, {"Content-Type": content_type})[0], 403)
        self.assertEqual(send("GET", url)[0], 403)
        self.assertEqual(self.storage.objects, {})

    def test_what_was_not_uploaded_is_not_found(self):
        self.assert_problem(self.confirm(), 404, "upload_not_found")
        self.offer(300)
        self.assert_problem(self.confirm(), 404, "upload_not_found")

    def test_wrong_bytes_are_refused_and_removed(self):
        cases = ((b"<script>alert(1)</script>", "image_malformed"), (pictures.webp(), "image_type_differs"),
                 (pictures.png(4097, 4), "image_too_large"))
        for body, rule in cases:
            with self.subTest(rule=rule):
                url = self.offer(len(body))
                self.assertEqual(send("PUT", url, body, {"Content-Type": "image/png"})[0], 200)

                self.assert_problem(self.confirm(), 422, "invalid_fields", ("avatar", rule))

                self.assertEqual(self.storage.objects, {})
                self.assertIsNone(self.avatar())

    def test_a_wrong_size_is_refused_even_if_the_storage_let_it_pass(self):
        for size in (299, 301, 5000000):
            with self.subTest(size=size):
                key = urllib.parse.urlsplit(self.offer(300)).path.removeprefix("/pictures/")
                self.storage.objects[key] = ("image/png", pictures.png(size=size))

                self.assert_problem(self.confirm(), 422, "invalid_fields", ("avatar", "image_size_differs"))

                self.assertEqual(self.storage.objects, {})

    def test_a_storage_that_refuses_changes_nothing_and_is_told_as_such(self):
        before = self.put(pictures.png()).json["avatar_url"]
        self.storage.refuses = ("PUT",)
        self.assert_problem(self.put(pictures.png()), 503, "pictures_unavailable")
        self.assertEqual(self.avatar(), before)
        self.storage.refuses = ("GET",)
        url = self.offer(300)
        send("PUT", url, pictures.png(size=300), {"Content-Type": "image/png"})
        self.assert_problem(self.confirm(), 503, "pictures_unavailable")
        self.storage.refuses = ()
        self.assertEqual(self.confirm().status, 200)

    def test_a_storage_that_is_away_keeps_nobody_from_anything_else(self):
        self.storage.close()
        self.assert_problem(self.put(pictures.png()), 503, "pictures_unavailable")
        self.assertEqual(self.server_.me(self.ann.by_bearer).status, 200)
        self.assertNotIn(object_storage.SECRET_KEY, self.server_.errors())

    def test_a_slow_storage_delays_nobody_else(self):
        self.storage.delay = 3.0
        uploading = e2e.threading.Thread(target=self.put, args=(pictures.png(),))
        uploading.start()
        began = e2e.time.monotonic()
        for _ in range(20):
            self.assertEqual(self.server_.me(self.ann.by_bearer).status, 200)
        self.assertLess(e2e.time.monotonic() - began, 2.0)
        uploading.join()
        self.assertIsNotNone(self.avatar())

    def test_what_cannot_be_removed_is_removed_later(self):
        self.put(pictures.png())
        self.storage.refuses = ("DELETE",)
        self.put(pictures.png())
        self.assertTrue(e2e.eventually(lambda: ("DELETE", 503) in {(m, s) for m, _, s in self.storage.log}, 15))
        self.storage.refuses = ()
        self.server_.stop()
        with sqlite3.connect(self.server_.database_file) as connection:  # ten minutes later
            connection.execute("UPDATE leftover_pictures SET due_at = 0")
        connection.close()
        self.server_.start()
        self.assertTrue(e2e.eventually(lambda: len(self.storage.named("avatars")) == 1, 15))

    def test_settings_that_do_not_fit_are_refused(self):
        for settings, what in ((("avatar.store=s3",), "avatar.s3.endpoint"),
                               ((*self.storage.settings, "avatar.s3.endpoint=http://s3.example.org"), "https://")):
            server = self.server(settings=settings)
            server.port = e2e.free_port()
            server.launch()
            self.assertEqual(server.wait(), 2)
            self.assertIn(what, server.errors())


if __name__ == "__main__":
    e2e.main()
