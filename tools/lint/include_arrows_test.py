import os
import tempfile
import unittest

from include_arrows import folder_of, violation, violations


class Arrows(unittest.TestCase):
    def test_point_towards_core(self):
        self.assertIsNone(violation("sessions/sign_in.cpp", '"core/result.h"'))
        self.assertIsNone(violation("adapters/sqlite/stores.h", '"accounts/account_store.h"'))
        self.assertIsNone(violation("app/serve.cpp", '"adapters/sqlite/stores.h"'))
        self.assertIn("core may not", violation("core/ids.cpp", '"accounts/email.h"'))
        self.assertIn("transport may not", violation("transport/http1/connection.cpp", '"sessions/session.h"'))

    def test_do_not_join_adapters_to_each_other_or_to_the_transport(self):
        self.assertIsNone(violation("adapters/sqlite/writer.cpp", '"adapters/sqlite/connection.h"'))
        self.assertIn("may not", violation("adapters/sqlite/writer.cpp", '"adapters/memory/stores.h"'))
        self.assertIn("may not", violation("adapters/memory/stores.h", '"transport/limits.h"'))

    def test_leave_the_faces_of_a_capability_outside_of_it(self):
        self.assertIsNone(violation("accounts/api/rest.cpp", '"sessions/api/rest.h"'))
        self.assertIsNone(violation("accounts/api/rest.cpp", '"transport/rest/json_body.h"'))
        self.assertIn("may not", violation("accounts/register_account.cpp", '"accounts/api/rest.h"'))
        self.assertIn("may not", violation("accounts/register_account.cpp", '"transport/router.h"'))

    def test_allow_single_headers_between_accounts_and_sessions(self):
        self.assertIsNone(violation("sessions/sign_in.h", '"accounts/account_store.h"'))
        self.assertIn("may not", violation("sessions/sign_in.h", '"accounts/register_account.h"'))
        self.assertIn("may not", violation("accounts/register_account.h", '"sessions/refresh.h"'))

    def test_keep_libraries_where_they_belong(self):
        self.assertIsNone(violation("adapters/sqlite/writer.cpp", "<sqlite3.h>"))
        self.assertIsNone(violation("transport/rest/json_decoder.cpp", "<boost/json/basic_parser_impl.hpp>"))
        self.assertIsNone(violation("app/command_line.cpp", "<CLI/CLI.hpp>"))
        self.assertIsNotNone(violation("app/keys.cpp", "<sqlite3.h>"))
        self.assertIsNotNone(violation("transport/rest/json_decoder.h", "<boost/json.hpp>"))
        self.assertIsNotNone(violation("core/base64url.cpp", "<boost/json.hpp>"))
        self.assertIsNotNone(violation("app/command_line.h", "<CLI/CLI.hpp>"))
        self.assertIsNotNone(violation("sessions/tokens.cpp", "<sodium.h>"))
        self.assertIsNotNone(violation("transport/event_loop.cpp", "<boost/asio.hpp>"))
        self.assertIsNotNone(violation("accounts/email.cpp", '"queries.h"'))

    def test_do_not_bind_tests_but_keep_what_is_for_tests_from_the_program(self):
        self.assertIsNone(violation("sessions/sign_in_test.cpp", '"adapters/memory/stores.h"'))
        self.assertIsNone(violation("core/ids_test.cpp", "<gtest/gtest.h>"))
        self.assertIn("for tests", violation("crypto/seal.cpp", '"crypto/hex_for_test.h"'))
        self.assertIsNotNone(violation("crypto/seal.cpp", "<gtest/gtest.h>"))

    def test_ask_for_a_row_for_a_new_folder(self):
        self.assertIn("no row", violation("unheard_of/thing.cpp", '"core/result.h"'))

    def test_want_the_folder_in_front_of_the_header(self):
        self.assertIn("not written as", violation("core/ids.cpp", '"ids.h"'))


class Folders(unittest.TestCase):
    def test_are_rows_of_the_table(self):
        self.assertEqual(folder_of("transport/http1/uri.h"), "transport")
        self.assertEqual(folder_of("adapters/sqlite/writer.h"), "adapters/sqlite")
        self.assertEqual(folder_of("sessions/api/rest.h"), "sessions/api")
        self.assertEqual(folder_of("main.cpp"), "main.cpp")


class Violations(unittest.TestCase):
    def test_name_file_and_line(self):
        with tempfile.TemporaryDirectory() as root:
            os.makedirs(os.path.join(root, "core"))
            with open(os.path.join(root, "core", "ids.h"), "w", encoding="utf-8") as header:
                header.write('#pragma once\n\n#  include "app/config.h"\n// #include "transport/router.h"\n')

            found = violations(root)

        self.assertEqual(len(found), 1)
        self.assertTrue(found[0].startswith("src/core/ids.h:3: core may not include"), found)


if __name__ == "__main__":
    unittest.main()
