import unittest

from clang_tidy import sources_to_read

CONTENT = {
    "src/core/ids.cpp": '#include "core/ids.h"\n',
    "src/core/ids_test.cpp": '#include "core/ids.h"\n',
    "src/app/serve.cpp": '#include "core/shield.h"\n',
    "src/app/keys.cpp": '#include "core/shield.h"\n',
}


class SourcesToRead(unittest.TestCase):
    def chosen(self, *changed):
        return sources_to_read(set(changed), sorted(CONTENT), CONTENT.get)

    def test_are_the_changed_ones_that_are_compiled(self):
        self.assertEqual(self.chosen("src/core/ids.cpp", "README.md", "src/core/not_built.cpp"), ["src/core/ids.cpp"])

    def test_are_the_namesake_of_a_changed_header(self):
        self.assertEqual(self.chosen("src/core/ids.h"), ["src/core/ids.cpp"])

    def test_are_one_reader_of_a_header_without_a_namesake(self):
        self.assertEqual(self.chosen("src/core/shield.h"), ["src/app/keys.cpp"])
        self.assertEqual(self.chosen("src/core/shield.h", "src/app/serve.cpp"), ["src/app/serve.cpp"])


if __name__ == "__main__":
    unittest.main()
