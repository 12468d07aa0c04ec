"""Debian's python3-jwt verifies the access tokens of the program given, and forges some that it must refuse."""

import json
import os
import subprocess
import sys
import time
import unittest

try:
    import jwt
    from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
except ImportError as missing:
    print(f"python3-jwt and python3-cryptography are not installed: {missing}")
    sys.exit(77 if os.environ.get("SALLYPORT_TEST_OPTIONAL") == "1" else 1)

NOW = int(time.time())
JWT_ALGORITHMS = ["EdDSA", "ES256", "RS256"]


class ForeignTokens(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.program = subprocess.Popen([PROGRAM, str(NOW)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        cls.ours = json.loads(cls.program.stdout.readline())
        cls.claims = {"sub": cls.ours["sub"], "sid": cls.ours["sid"], "iss": cls.ours["issuer"],
                      "aud": cls.ours["audience"], "iat": NOW, "nbf": NOW, "exp": NOW + 900, "jti": "forged",
                      "role": "admin"}
        cls.secret = jwt.utils.base64url_decode(cls.ours["secret"]["k"])

    @classmethod
    def tearDownClass(cls):
        cls.program.stdin.close()
        cls.program.stdout.close()
        cls.program.wait()

    def verdict(self, token):
        """What our program says of a token."""
        self.program.stdin.write(token + "\n")
        self.program.stdin.flush()
        return self.program.stdout.readline().strip()

    def forge(self, key, algorithm, kid, **headers):
        return jwt.encode(self.claims, key, algorithm, headers={"typ": "at+jwt", "kid": kid, **headers})

    def kid(self, algorithm):
        return next(key["kid"] for key in self.ours["jwks"]["keys"] if key["alg"] == algorithm)

    def decode(self, token, key, algorithm):
        return jwt.decode(token, key, [algorithm], audience=self.ours["audience"], issuer=self.ours["issuer"],
                          options={"require": list(self.claims)})

    def test_it_verifies_ours_from_the_jwk_set(self):
        keys = jwt.PyJWKSet.from_dict(self.ours["jwks"])
        for algorithm in JWT_ALGORITHMS:
            with self.subTest(algorithm):
                token = self.ours["tokens"][algorithm]
                header = jwt.get_unverified_header(token)
                self.assertEqual(header, {"alg": algorithm, "typ": "at+jwt", "kid": self.kid(algorithm)})
                self.assertEqual(self.decode(token, keys[header["kid"]].key, algorithm)["sub"], self.ours["sub"])
                other = next(name for name in JWT_ALGORITHMS if name != algorithm)
                with self.assertRaises(jwt.InvalidTokenError):
                    self.decode(token, keys[self.kid(other)].key, other)

    def test_it_verifies_ours_with_the_secret(self):
        self.assertEqual(self.decode(self.ours["tokens"]["HS256"], self.secret, "HS256")["sid"], self.ours["sid"])

    def test_the_jwk_set_lends_it_neither_the_secret_nor_the_key_of_paseto(self):
        keys = {key.key_id for key in jwt.PyJWKSet.from_dict(self.ours["jwks"]).keys}
        self.assertEqual(keys, {self.kid(algorithm) for algorithm in JWT_ALGORITHMS})

    def test_we_take_what_it_signs_with_the_secret(self):
        self.assertEqual(self.verdict(self.forge(self.secret, "HS256", self.ours["secret"]["kid"])), "accepted")

    def test_we_refuse_what_it_does_not_sign(self):
        for key in self.ours["jwks"]["keys"]:
            self.assertEqual(self.verdict(self.forge(None, "none", key["kid"])), "token_algorithm")

    def test_we_refuse_hs256_keyed_with_a_public_key(self):
        for key in self.ours["jwks"]["keys"]:
            for secret in (json.dumps(key), key.get("n", key.get("x"))):
                self.assertEqual(self.verdict(self.forge(secret, "HS256", key["kid"])), "token_algorithm")

    def test_we_refuse_keys_of_its_own(self):
        forgers = {"EdDSA": ed25519.Ed25519PrivateKey.generate(), "ES256": ec.generate_private_key(ec.SECP256R1()),
                   "RS256": rsa.generate_private_key(65537, 2048)}
        for algorithm, forger in {**forgers, "PS256": forgers["RS256"], "RS512": forgers["RS256"]}.items():
            for key in self.ours["jwks"]["keys"]:
                outcome = "token_signature" if key["alg"] == algorithm else "token_algorithm"
                with self.subTest(algorithm, key=key["alg"]):
                    self.assertEqual(self.verdict(self.forge(forger, algorithm, key["kid"])), outcome)

    def test_we_refuse_headers_that_say_more(self):
        kid = self.ours["secret"]["kid"]
        self.assertEqual(self.verdict(self.forge(self.secret, "HS256", kid, crit=["exp"])), "token_malformed")
        self.assertEqual(self.verdict(self.forge(self.secret, "HS256", kid, x5u="https://else.test")), "token_malformed")
        self.assertEqual(self.verdict(self.forge(self.secret, "HS256", kid, typ="JWT")), "token_type")


if __name__ == "__main__":
    PROGRAM = sys.argv.pop(1)
    unittest.main(verbosity=2)
