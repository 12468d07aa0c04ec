"""Sessions know the country they began in, if a database tells it (geo.database)."""
import shutil
import subprocess
import unittest

import mmdb
import sallyport_process as e2e

NETWORKS = {"127.0.0.0/8": mmdb.country("CH"), "192.0.2.0/24": mmdb.country("DE"), "2001:db8::/32": mmdb.country("FR"),
            "198.51.100.0/25": {"city": {"name": "none"}}}
RELOADED_WITHIN = 20  # it is looked at every 10 seconds


class CountryTest(e2e.EndToEndTest):
    def setUp(self):
        self.database = self.folder() / "countries.mmdb"
        mmdb.write(self.database, NETWORKS)

    def with_database(self, **options):
        return self.started(settings=(f"geo.database={self.database}",), **options)

    def country(self, server, person):
        """Of the person's only session."""
        (session,) = server.get("/v1/auth/sessions", person.by_bearer).json["sessions"]
        return session.get("country")

    def replace(self, networks):
        """As the programs do that fetch new ones."""
        fresh = self.database.with_suffix(".new")
        mmdb.write(fresh, networks)
        fresh.rename(self.database)

    def test_devices_show_the_country_they_signed_in_from(self):
        server = self.with_database()
        ann = server.register()
        self.assertEqual(self.country(server, ann), "CH")
        server.login(ann.email)
        listed = server.get("/v1/auth/sessions", ann.by_bearer).json["sessions"]
        self.assertEqual([session["country"] for session in listed], ["CH", "CH"])

    def test_without_a_database_and_in_networks_that_it_does_not_list_there_is_none(self):
        server = self.started()
        self.assertIsNone(self.country(server, server.register()))
        self.replace({network: value for network, value in NETWORKS.items() if not network.startswith("127.")})
        server = self.with_database()
        self.assertIsNone(self.country(server, server.register()))

    def test_a_new_file_is_read_by_itself_and_a_broken_one_changes_nothing(self):
        server = self.with_database()
        self.replace({"127.0.0.0/8": mmdb.country("DE")})
        self.assertTrue(e2e.eventually(lambda: self.metric(server, "reloads_total") == 1, RELOADED_WITHIN, 0.1))
        self.assertEqual(self.country(server, server.register()), "DE")

        self.database.write_bytes(self.database.read_bytes()[:100])  # cut down in place, under the server
        self.assertEqual(self.country(server, server.register()), "DE")
        self.assertTrue(e2e.eventually(lambda: self.metric(server, "reload_failures_total") == 1, RELOADED_WITHIN, 0.1))
        self.assertEqual(self.country(server, server.register()), "DE")
        self.assertTrue(e2e.eventually(lambda: "the database of countries cannot be read" in server.errors(), 5))

        mmdb.write(self.database, {"127.0.0.0/8": mmdb.country("FR")})  # in place, too
        self.assertTrue(e2e.eventually(lambda: self.metric(server, "reloads_total") == 2, RELOADED_WITHIN, 0.1))
        self.assertEqual(self.country(server, server.register()), "FR")

    @staticmethod
    def metric(server, name):
        for line in server.get("/metrics").body.decode().splitlines():
            if line.startswith(f"sallyport_geo_database_{name} "):
                return float(line.split()[1])
        return None

    def test_a_file_that_is_none_ends_the_start_and_config_check_says_so(self):
        garbage, folder = self.folder() / "garbage.mmdb", self.folder()
        garbage.write_bytes(b"no database\n" * 100)
        empty = self.folder() / "empty.mmdb"
        empty.touch()
        for path, why in ((garbage, "invalid metadata"), (empty, ""), (folder / "missing.mmdb", "No such file"),
                          (folder, "is not a file")):
            with self.subTest(path=path):
                setting = f"geo.database={path}"
                server = self.server(settings=(setting,), port=e2e.free_port())
                server.launch()
                self.assertEqual(server.wait(), 1)
                self.assertIn(f"geo.database: {path}: ", server.errors())
                self.assertIn(why.lower(), server.errors().lower())
                checked = subprocess.run([server.binary, "config", "check", "--set", setting], capture_output=True,
                                         text=True, env=e2e.clean_environment(), timeout=20, check=False)
                self.assertIn(f"geo.database: {path}: ", checked.stdout + checked.stderr)

    @unittest.skipUnless(shutil.which("mmdblookup"), "mmdb-bin is not installed (tools/packages-test.txt)")
    def test_the_database_is_what_others_take_for_one(self):
        for ip, code in (("127.0.0.1", "CH"), ("192.0.2.200", "DE"), ("2001:db8::7", "FR")):
            found = subprocess.run(["mmdblookup", "--file", self.database, "--ip", ip, "country", "iso_code"],
                                   capture_output=True, text=True, timeout=20, check=True)
            self.assertIn(f'"{code}"', found.stdout)


if __name__ == "__main__":
    e2e.main()
