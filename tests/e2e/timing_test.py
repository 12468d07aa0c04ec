"""That answer times tell nobody which accounts exist, as loosely as a machine with other work allows.

bench/http/timing.py asks the same with more requests.
"""
import sallyport_process as e2e
from distinguish import Comparison, compare, recoveries, sign_ins
from sallyport_process import fresh_email

OF_EACH = 60
# By luck alone, one run in ten thousand is further from a half than this. What costs a hash more or less is at 0 or 1.
FURTHEST = 0.21


class Timing(e2e.SharedServerTest):
    def assert_cannot_be_told(self, comparison):
        self.assertLess(abs(comparison.chance - 0.5), FURTHEST, comparison.row())

    def people(self):
        return [self.shared.register().email for _ in range(OF_EACH)], [fresh_email("nobody") for _ in range(OF_EACH)]

    def test_a_wrong_password_takes_as_long_for_names_without_an_account(self):
        known, unknown = self.people()
        for at_once in (1, 10):
            with self.subTest(at_once=at_once):
                self.assert_cannot_be_told(compare(self.shared.port, sign_ins(known), sign_ins(unknown), at_once))

    def test_asking_for_a_new_password_takes_as_long_for_names_without_an_account(self):
        known, unknown = self.people()
        for at_once in (1, 10):
            with self.subTest(at_once=at_once):
                self.assert_cannot_be_told(compare(self.shared.port, recoveries(known), recoveries(unknown), at_once))

    def test_what_differs_is_seen(self):
        known, _ = self.people()
        malformed = [(path, {**body, "email": "nobody"}, 422) for path, body, _ in sign_ins(known)]
        self.assertLess(compare(self.shared.port, sign_ins(known), malformed, 1).chance, 0.05)

    def test_the_ranks_are_those_of_a_text_book(self):
        # Tied values share their ranks: 2 and 2 are third and fourth of [1, 1, 2, 2, 3] here.
        comparison = Comparison.of([1, 2, 3], [1, 2])
        self.assertAlmostEqual(comparison.chance, (0.5 + 1.5) / 6)
        self.assertAlmostEqual(Comparison.of([1, 2, 3], [1, 2, 3]).p, 1.0)


if __name__ == "__main__":
    e2e.main()
