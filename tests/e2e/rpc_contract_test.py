"""The RPC contract with somebody else's client (grpcio) against the shipped program: all methods, what they answer and
refuse, who may call them, metadata, and what reflection shows."""
import json
import re
import sqlite3
import struct
import urllib.parse
import uuid
import zlib

import administration_test
import rpc_client
import sallyport_process as e2e
from rpc_client import Refused
from sallyport_process import PASSWORD, fresh_email

NEXT = "another-Horse-8-battery"
STUBS = rpc_client.Stubs()
auth, users, core = STUBS.auth, STUBS.users, STUBS.core

UNAVAILABLE = ("VerifyMfa", "GetOAuthUrl", "ExchangeOAuthCode", "LinkOAuthProvider", "UnlinkOAuthProvider",
               "ListLinkedProviders", "GetMfaStatus", "SetupMfa", "ConfirmMfaSetup", "DisableMfa")
PUBLIC = ("Authenticate", "RefreshTokens", "SignUp", "RecoveryStart", "RecoveryConfirm", "ConfirmVerification")


def tearDownModule():
    STUBS.remove()


def png(width=2, height=2):
    def chunk(kind, content):
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))
    return (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 6, 0, 0, 0)) +
            chunk(b"IDAT", zlib.compress(b"\0" * (height * (4 * width + 1)))) + chunk(b"IEND", b""))


class Person:
    def __init__(self, email, reply):
        self.email = email
        self.id = reply.message.user.user_id.value
        self.token = reply.message.tokens.access_token
        self.refresh_token = reply.message.tokens.refresh_token
        self.device = reply.leading.get("sallyport-device")
        self.flow = reply.leading.get("sallyport-flow")
        self.uuid = core.UUID(value=self.id)


class RpcTest(e2e.SharedServerTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.call = rpc_client.Client(STUBS, cls.shared.port)
        cls.addClassCleanup(cls.call.close)
        cls.boss = administration_test.make_administrator(cls.shared)

    def person(self, email=None, device=None, **more):
        email = email or fresh_email()
        if device:
            more["client_info"] = auth.ClientInfo(device_id=device)
        return Person(email, self.call.SignUp(auth.SignUpRequest(
            identifier=email, password=PASSWORD, display_name="Ann", **more)))

    def sign_in(self, email, password=PASSWORD, metadata=(), **more):
        return self.call.Authenticate(auth.AuthenticateRequest(identifier=email, password=password, **more),
                                      metadata=metadata)

    def refused(self, code, reason, method, request=None, **more):
        with self.assertRaises(Refused) as caught:
            getattr(self.call, method)(request, **more)
        refusal = caught.exception
        self.assertEqual((refusal.code, refusal.reason), (code, reason), f"{method}: {refusal} {refusal.wrong_fields}")
        self.assertTrue(refusal.sentence and refusal.request_id)
        return refusal

    def invalid(self, method, request, *wrong, **more):
        refusal = self.refused("INVALID_ARGUMENT", "invalid_fields", method, request, **more)
        self.assertEqual(refusal.wrong_fields, set(wrong))

    def mailed(self, email, pattern):
        """What stands in the newest mail to an address that has it."""
        found = []

        def look():
            listed = self.shared.get("/dev/mail").body.decode()
            for path in re.findall(r'href="(/dev/mail/[0-9a-f-]{36})"', listed):
                text = self.shared.get(path).body.decode()
                match = re.search(pattern, text)
                if email in text and match:
                    found.append(match[1])
                    return True
            return False

        self.assertTrue(e2e.eventually(look, 10), f"no mail to {email}")
        return found[0]

    def code_to(self, email):
        return self.mailed(email, r"(?m)^ +(\d{8})<br>$")

    def assert_logged(self, route, outcome, status):
        """That the last call of a method went like that, also where the wire said OK."""
        last = None

        def is_logged():
            nonlocal last
            lines = [json.loads(line) for line in self.shared.errors().splitlines() if route in line]
            last = (lines[-1]["outcome"], lines[-1]["status"]) if lines else None
            return last == (outcome, status)

        self.assertTrue(e2e.eventually(is_logged, 5), last)


class SigningUpAndIn(RpcTest):
    def test_a_sign_up_answers_with_tokens_a_user_and_a_device(self):
        email = fresh_email()
        reply = self.call.SignUp(auth.SignUpRequest(
            identifier=email, identifier_type=auth.IDENTIFIER_TYPE_EMAIL, password=PASSWORD, display_name="Änn",
            locale="de-CH", timezone="Europe/Zurich", installation_id=core.UUID(value=str(uuid.uuid4())),
            client_info=auth.ClientInfo(device_id="my phone", device_name="Phone", device_type="mobile",
                                        client_version="7.1", metadata={"colour": "blue"})))

        self.assertEqual(reply.message.status, auth.AUTH_STATUS_SUCCESS)
        user = reply.message.user
        self.assertEqual((user.email, user.display_name, user.role, user.status, user.has_password, user.mfa_enabled),
                         (email, "Änn", core.USER_ROLE_USER, core.USER_STATUS_ACTIVE, True, False))
        self.assertGreater(reply.message.tokens.expires_at.seconds, 0)
        self.assertTrue(reply.leading["sallyport-device"].startswith("spd_"))
        me = self.shared.me(e2e.bearer(reply.message.tokens.access_token))
        self.assertEqual((me.json["id"], me.json["locale"], me.json["timezone"]),
                         (user.user_id.value, "de-CH", "Europe/Zurich"))

    def test_a_taken_address_fails_without_an_error(self):
        ann = self.person()
        again = self.call.SignUp(auth.SignUpRequest(identifier=ann.email, password=PASSWORD, display_name="X"))
        self.assertEqual(again.message.status, auth.AUTH_STATUS_FAILED)
        self.assertFalse(again.message.HasField("tokens"))
        self.assert_logged("AuthService/SignUp", "identifier_taken", 409)

    def test_a_second_try_of_a_sign_up_makes_no_second_account(self):
        email, key = fresh_email(), str(uuid.uuid4())
        first, second = (self.person(email, idempotency_key=key) for _ in range(2))
        self.assertEqual(first.id, second.id)
        self.assertNotEqual(first.refresh_token, second.refresh_token)
        with self.assertRaises(Refused) as caught:
            self.person(fresh_email(), idempotency_key=key)
        self.assertEqual(caught.exception.reason, "idempotency_key_reused")

    def test_every_wrong_field_is_named(self):
        self.invalid("SignUp", auth.SignUpRequest(identifier="", password="short", locale="x" * 36,
                                                  client_info=auth.ClientInfo(device_type="x" * 51),
                                                  installation_id=core.UUID(value="nonsense")),
                     ("identifier", "missing"), ("password", "too_short"), ("display_name", "missing"),
                     ("locale", "too_long"), ("client_info.device_id", "missing"),
                     ("client_info.device_type", "too_long"), ("installation_id.value", "uuid_malformed"))
        self.invalid("SignUp", auth.SignUpRequest(identifier="nobody", password="password1", display_name="X",
                                                  idempotency_key="ä"),
                     ("identifier", "email_malformed"), ("password", "too_common"),
                     ("idempotency_key", "idempotency_key_malformed"))
        self.invalid("Authenticate", auth.AuthenticateRequest(identifier="+41443640000", password="x",
                                                              identifier_type=auth.IDENTIFIER_TYPE_PHONE),
                     ("identifier_type", "unknown_value"), ("identifier", "email_malformed"))

    def test_wrong_passwords_and_unknown_names_fail_alike_and_lock_alike(self):
        ann, unknown = self.person(), fresh_email("nobody")
        for email in (ann.email, unknown):
            for guess in range(5):
                reply = self.sign_in(email, f"wrong {guess}")
                self.assertEqual(reply.message.status, auth.AUTH_STATUS_FAILED)
                self.assertEqual(reply.message.message, "The identifier or the password is wrong.")
            self.assert_logged("AuthService/Authenticate", "invalid_credentials", 401)
            reply = self.sign_in(email)
            self.assertEqual(reply.message.status, auth.AUTH_STATUS_LOCKED)
            lockout = reply.message.lockout_info
            self.assertTrue(880 <= lockout.retry_after.seconds <= 900, lockout)
            self.assertGreater(lockout.locked_until.seconds, 0)
            self.assertEqual((lockout.failed_attempts, lockout.max_attempts), (5, 5))
            self.assert_logged("AuthService/Authenticate", "locked", 429)
        known = self.sign_in(ann.email, metadata=[("sallyport-device", ann.device)])
        self.assertEqual(known.message.status, auth.AUTH_STATUS_SUCCESS, "its device has guesses of its own")
        self.assertIn("locked", self.shared.get("/metrics").body.decode())

    def test_a_suspended_account_hears_of_it_only_after_the_right_password(self):
        ann = self.person()
        self.shared.patch(f"/v1/users/{ann.id}", {"status": "suspended"}, self.boss.by_bearer)
        self.assertEqual(self.sign_in(ann.email, "wrong").message.status, auth.AUTH_STATUS_FAILED)
        self.assertEqual(self.sign_in(ann.email).message.status, auth.AUTH_STATUS_SUSPENDED)
        self.refused("UNAUTHENTICATED", "session_expired", "ValidateCredentials", token=ann.token)

    def test_tokens_are_refreshed_and_an_old_one_ends_the_session(self):
        ann = self.person()
        pair = self.call.RefreshTokens(auth.RefreshTokensRequest(refresh_token=ann.refresh_token)).message
        self.assertNotEqual(pair.refresh_token, ann.refresh_token)
        self.assertEqual(self.call.ValidateCredentials(token=pair.access_token).message.user.user_id.value, ann.id)
        third = self.call.RefreshTokens(auth.RefreshTokensRequest(refresh_token=pair.refresh_token)).message
        self.assertTrue(third.access_token)
        self.refused("UNAUTHENTICATED", "refresh_token_reused", "RefreshTokens",
                     auth.RefreshTokensRequest(refresh_token=ann.refresh_token))
        self.refused("UNAUTHENTICATED", "refresh_token_invalid", "RefreshTokens",
                     auth.RefreshTokensRequest(refresh_token="spr_nonsense"))

    def test_a_session_token_is_a_token_too(self):
        ann = self.shared.register()
        self.assertEqual(self.call.ValidateCredentials(token=ann.cookie).message.user.email, ann.email)
        self.refused("UNAUTHENTICATED", "session_expired", "ValidateCredentials", token="sps_" + "A" * 43)
        self.refused("UNAUTHENTICATED", "not_authenticated", "ValidateCredentials",
                     metadata=[("cookie", f"sallyport={ann.cookie}")])

    def test_signing_out_ends_the_session(self):
        ann = self.person()
        self.call.SignOut(token=ann.token)
        self.refused("UNAUTHENTICATED", "session_expired", "SignOut", token=ann.token)


class RequiredVerification(RpcTest):
    settings = ("verification.mode=required", "mail.from=no-reply@example.org")

    def test_every_address_is_pending_and_the_owner_of_a_taken_one_is_mailed(self):
        email = fresh_email()
        first = self.call.SignUp(auth.SignUpRequest(identifier=email, password=PASSWORD, display_name="Ann"))
        self.assertEqual(first.message.status, auth.AUTH_STATUS_PENDING)
        self.assertFalse(first.message.HasField("tokens"))
        self.assertEqual(self.sign_in(email).message.status, auth.AUTH_STATUS_PENDING)
        self.assertEqual(self.sign_in(email, "wrong").message.status, auth.AUTH_STATUS_FAILED)
        flow, code = first.leading["sallyport-flow"], self.code_to(email)
        confirmed = self.call.ConfirmVerification(auth.ConfirmVerificationRequest(
            token=f"{flow}.{code}", type=auth.VERIFICATION_TYPE_EMAIL,
            client_info=auth.ClientInfo(device_id="here")))
        self.assertEqual(confirmed.message.status, auth.AUTH_STATUS_SUCCESS)
        self.assertTrue(confirmed.message.user.email_verified)
        self.assertTrue(confirmed.message.tokens.access_token)

        again = self.call.SignUp(auth.SignUpRequest(identifier=email, password=PASSWORD, display_name="Eve"))
        self.assertEqual((again.message, set(again.leading)), (first.message, set(first.leading)))
        self.mailed(email, "(?i)(already)")


class OwnAccount(RpcTest):
    settings = ("mail.from=no-reply@example.org",)

    def test_whose_token_it_is(self):
        ann = self.person()
        reply = self.call.ValidateCredentials(token=ann.token).message
        self.assertTrue(reply.valid)
        self.assertEqual(reply.user.email, ann.email)

    def test_devices_are_listed_and_signed_out(self):
        ann = self.person(device="laptop")
        phone = Person(ann.email, self.sign_in(ann.email, client_info=auth.ClientInfo(
            device_id="phone", device_name="Ann's", metadata={"colour": "blue"})))
        tablet = Person(ann.email, self.sign_in(ann.email, client_info=auth.ClientInfo(device_id="tablet")))

        def listed(by, refresh_token):
            sessions = self.call.ListSessions(auth.ListSessionsRequest(refresh_token=refresh_token),
                                              token=by.token).message.sessions
            return {session.device_id: session for session in sessions}

        sessions = listed(ann, phone.refresh_token)
        self.assertEqual({name: session.is_current for name, session in sessions.items()},
                         {"laptop": True, "phone": True, "tablet": False})
        self.assertEqual((sessions["phone"].device_name, dict(sessions["phone"].metadata)), ("Ann's", {"colour": "blue"}))
        self.assertEqual((sessions["phone"].ip_address, sessions["phone"].ip_created_by), ("127.0.0.1",) * 2)
        self.assertEqual(listed(ann, "anything")["laptop"].is_current, True)

        self.call.RevokeSession(auth.RevokeSessionRequest(device_id="phone"), token=ann.token)
        self.refused("NOT_FOUND", "session_not_found", "RevokeSession",
                     auth.RevokeSessionRequest(device_id="phone"), token=ann.token)
        self.refused("UNAUTHENTICATED", "session_expired", "ValidateCredentials", token=phone.token)
        self.assertEqual(self.call.RevokeOtherSessions(token=ann.token).message.revoked_count, 1)
        self.refused("UNAUTHENTICATED", "session_expired", "ValidateCredentials", token=tablet.token)
        self.assertEqual(set(listed(ann, "x")), {"laptop"})

    def test_a_password_is_changed(self):
        ann = self.person()
        other = Person(ann.email, self.sign_in(ann.email))

        def change(current, new):
            return auth.ChangePasswordRequest(current_password=current, new_password=new)

        refusal = self.refused("PERMISSION_DENIED", "wrong_password", "ChangePassword", change("wrong", NEXT),
                               token=ann.token)
        self.assertEqual(refusal.wrong_fields, {("current_password", "wrong")})
        self.invalid("ChangePassword", change(PASSWORD, PASSWORD), ("new_password", "same_as_current"), token=ann.token)
        changed = self.call.ChangePassword(change(PASSWORD, NEXT), token=ann.token)
        self.assertTrue(changed.leading["sallyport-device"].startswith("spd_"))
        self.refused("UNAUTHENTICATED", "session_expired", "ValidateCredentials", token=other.token)
        self.assertEqual(self.sign_in(ann.email, NEXT).message.status, auth.AUTH_STATUS_SUCCESS)

    def test_a_password_is_recovered_by_code_and_strangers_hear_the_same(self):
        ann, key = self.person(), str(uuid.uuid4())
        started = [self.call.RecoveryStart(auth.RecoveryStartRequest(identifier=ann.email, idempotency_key=key))
                   for _ in range(2)]
        flow = started[0].leading["sallyport-flow"]
        self.assertEqual(started[1].leading["sallyport-flow"], flow, "the second try is known for one")
        unknown = self.call.RecoveryStart(auth.RecoveryStartRequest(identifier=fresh_email("nobody")))
        self.assertEqual(len(unknown.leading["sallyport-flow"]), len(flow))

        code = self.code_to(ann.email)
        wrong = f"{flow}.{(int(code) + 1) % 10**8:08}"
        self.refused("INVALID_ARGUMENT", "flow_invalid", "RecoveryConfirm",
                     auth.RecoveryConfirmRequest(token=wrong, new_password=NEXT))
        self.invalid("RecoveryConfirm", auth.RecoveryConfirmRequest(token="spf_x.1", new_password=NEXT),
                     ("token", "code_malformed"), ("token", "flow_malformed"))
        self.invalid("RecoveryConfirm", auth.RecoveryConfirmRequest(token=f"{flow}.{code}", new_password="password1"),
                     ("new_password", "too_common"))
        self.call.RecoveryConfirm(auth.RecoveryConfirmRequest(token=f"{flow}.{code}", new_password=NEXT))
        self.assertEqual(self.sign_in(ann.email, NEXT).message.status, auth.AUTH_STATUS_SUCCESS)
        self.refused("UNAUTHENTICATED", "session_expired", "ValidateCredentials", token=ann.token)

    def test_an_address_is_proven_by_link_where_the_account_is_known(self):
        ann = self.person()
        asked = self.call.RequestVerification(
            auth.RequestVerificationRequest(type=auth.VERIFICATION_TYPE_EMAIL), token=ann.token)
        self.assertIn("sallyport-flow", asked.leading)
        link = urllib.parse.unquote(self.mailed(ann.email, r"/verify-email\?token=(spl_[\w%-]+)"))

        def confirm(**more):
            return auth.ConfirmVerificationRequest(token=link, type=auth.VERIFICATION_TYPE_EMAIL, **more)

        self.refused("PERMISSION_DENIED", "password_needed", "ConfirmVerification", confirm())
        wrong = self.call.ConfirmVerification(confirm(password="wrong")).message
        self.assertEqual(wrong.status, auth.AUTH_STATUS_FAILED)
        proven = self.call.ConfirmVerification(confirm(), metadata=[("sallyport-flow", asked.leading["sallyport-flow"])])
        self.assertEqual(proven.message.status, auth.AUTH_STATUS_SUCCESS)
        self.assertTrue(proven.message.user.email_verified)
        self.assertFalse(proven.message.HasField("tokens"), "who is signed in already needs no second session")
        self.refused("ALREADY_EXISTS", "already_verified", "RequestVerification",
                     auth.RequestVerificationRequest(type=auth.VERIFICATION_TYPE_EMAIL), token=ann.token)
        self.invalid("RequestVerification", auth.RequestVerificationRequest(type=auth.VERIFICATION_TYPE_PHONE),
                     ("type", "unknown_value"), token=ann.token)


class Administration(RpcTest):
    def as_boss(self, method, request):
        return getattr(self.call, method)(request, token=self.boss.access_token)

    def made(self, **more):
        more = {"name": "Bob", "email": fresh_email("bob"), "password": PASSWORD, **more}
        return self.as_boss("CreateUser", users.CreateUserRequest(**more)).message

    def listed(self, method="ListUsers", **filters):
        return self.as_boss(method, users.ListUsersRequest(**filters)).messages

    def test_accounts_are_made(self):
        bob = self.made(phone="+41443640000", role=core.USER_ROLE_GUEST, locale="de", timezone="Europe/Zurich")
        self.assertEqual((bob.name, bob.phone, bob.role, bob.status, bob.locale, bob.timezone, bob.has_password,
                          bob.email_verified, bob.phone_verified),
                         ("Bob", "+41443640000", core.USER_ROLE_GUEST, core.USER_STATUS_ACTIVE, "de", "Europe/Zurich",
                          True, False, False))
        self.assertEqual(bob.created_at, bob.updated_at)
        self.assertEqual(self.sign_in(bob.email).message.status, auth.AUTH_STATUS_SUCCESS)
        invited = self.made(password="")
        self.assertEqual((invited.status, invited.has_password), (core.USER_STATUS_PENDING, False))
        boss = {"token": self.boss.access_token}
        self.refused("ALREADY_EXISTS", "identifier_taken", "CreateUser",
                     users.CreateUserRequest(name="X", email=bob.email, password=PASSWORD), **boss)
        self.invalid("CreateUser", users.CreateUserRequest(phone="1", password="password1", locale="!"),
                     ("name", "missing"), **boss)
        self.invalid("CreateUser", users.CreateUserRequest(name="X", phone="1", password="password1", locale="!"),
                     ("email", "missing"), ("phone", "phone_malformed"), ("password", "too_common"),
                     ("locale", "locale_malformed"), **boss)
        self.invalid("CreateUser", users.CreateUserRequest(name=" ", email=fresh_email()), ("name", "blank"), **boss)

    def test_a_mask_says_what_an_update_is_about(self):
        bob = self.made(phone="+41443640000")

        def update(**fields):
            mask = fields.pop("mask", None)
            request = users.UpdateUserRequest(user_id=bob.id, **fields)
            if mask:
                request.update_mask.paths.extend(mask)
            return request

        changed = self.as_boss("UpdateUser", update(name="Robert", locale="en")).message
        self.assertEqual((changed.name, changed.locale, changed.phone), ("Robert", "en", "+41443640000"))
        changed = self.as_boss("UpdateUser", update(name="Ignored", role=core.USER_ROLE_GUEST,
                                                    mask=["role", "phone"])).message
        self.assertEqual((changed.name, changed.role, changed.phone), ("Robert", core.USER_ROLE_GUEST, ""))
        changed = self.as_boss("UpdateUser", update(name="")).message
        self.assertEqual(changed.name, "", "empty clears it")
        changed = self.as_boss("UpdateUser", update(status=core.USER_STATUS_SUSPENDED)).message
        self.assertEqual(changed.status, core.USER_STATUS_SUSPENDED)
        boss = {"token": self.boss.access_token}
        self.invalid("UpdateUser", update(mask=["password"]), ("update_mask", "unknown_value"), **boss)
        self.invalid("UpdateUser", update(mask=["email", "role"]), ("email", "missing"), ("role", "missing"), **boss)
        self.invalid("UpdateUser", update(status=core.USER_STATUS_DELETED), ("status", "unknown_value"), **boss)
        self.invalid("UpdateUser", users.UpdateUserRequest(name="X"), ("user_id", "missing"), **boss)
        self.refused("NOT_FOUND", "account_not_found", "UpdateUser",
                     users.UpdateUserRequest(user_id=core.UUID(value=str(uuid.uuid4())), name="X"), **boss)
        self.refused("ALREADY_EXISTS", "last_administrator", "UpdateUser",
                     users.UpdateUserRequest(user_id=core.UUID(value=self.boss.user["id"]), role=core.USER_ROLE_USER),
                     **boss)

    def test_a_password_is_set(self):
        ann = self.person()
        self.as_boss("SetPassword", users.SetPasswordRequest(user_id=ann.uuid, password=NEXT))
        self.assertEqual(self.sign_in(ann.email, NEXT).message.status, auth.AUTH_STATUS_SUCCESS)
        self.refused("UNAUTHENTICATED", "session_expired", "ValidateCredentials", token=ann.token)

    def test_lists_stream_pages_and_filters(self):
        tag = fresh_email("tag").partition("@")[0]
        people = [self.made(name=f"{tag} {number}", role=core.USER_ROLE_GUEST if number % 2 else core.USER_ROLE_USER)
                  for number in range(5)]
        ids = [person.id.value for person in people]
        self.assertEqual([user.id.value for user in self.listed(query=tag)], ids)
        self.assertEqual(list(self.listed(query=tag)), people)

        found, token = [], ""
        for pages in range(1, 9):
            page = self.as_boss("ListUsers", users.ListUsersRequest(query=tag, page_size=2, page_token=token))
            found.append([user.id.value for user in page.messages])
            token = page.trailing.get("sallyport-next-page", "")
            if not token:
                break
        self.assertEqual(found, [ids[:2], ids[2:4], ids[4:]])
        self.assertEqual([user.id.value for user in self.listed(query=tag, roles=[core.USER_ROLE_GUEST])], ids[1::2])
        self.assertEqual([user.id.value for user in self.listed(user_id=people[3].id)], [ids[3]])
        self.assertEqual([user.id.value for user in self.listed(user_ids=[people[4].id, people[0].id])],
                         [ids[0], ids[4]])
        self.assertEqual(self.listed(query=tag, statuses=[core.USER_STATUS_SUSPENDED]), [])
        infos = self.listed("ListUsersInfo", query=tag)
        self.assertEqual([(info.id.value, info.email, info.role) for info in infos],
                         [(user.id.value, user.email, user.role) for user in people])
        boss = {"token": self.boss.access_token}
        self.invalid("ListUsers", users.ListUsersRequest(page_size=1001, query="x" * 256, user_ids=[core.UUID()]),
                     ("page_size", "out_of_range"), ("query", "too_long"), ("user_ids[]", "missing"), **boss)
        self.invalid("ListUsers", users.ListUsersRequest(page_token="x"), ("page_token", "page_token_malformed"), **boss)

    def test_all_accounts_are_one_stream(self):
        everybody = self.shared.rows("SELECT count(*) FROM accounts WHERE status <> 4")[0][0]
        self.assertEqual(len(self.listed()), everybody)


class Directory(RpcTest):
    settings = ("users.directory=members",)

    def test_members_get_names_and_pictures_and_search_names_alone(self):
        ann, tag = self.person(), fresh_email("zoe").partition("@")[0]
        bob = administration_test.SignedIn.of(self.shared.post(
            "/v1/auth/register", {"email": f"{tag}@example.org", "password": PASSWORD, "display_name": f"Bob {tag}"}))
        self.shared.register(fresh_email(tag + "x"))

        found = self.call.ListUsersInfo(users.ListUsersRequest(query=tag), token=ann.token).messages
        self.assertEqual(found, [users.UserInfo(id=core.UUID(value=bob.user["id"]), name=f"Bob {tag}")])
        both = self.call.ListUsersInfo(users.ListUsersRequest(query=tag), token=self.boss.access_token).messages
        self.assertEqual(len(both), 2, "administrators search addresses too")
        self.assertTrue(all(info.email for info in both))

        self.refused("PERMISSION_DENIED", "forbidden", "ListUsersInfo",
                     users.ListUsersRequest(roles=[core.USER_ROLE_ADMIN]), token=ann.token)
        self.shared.patch(f"/v1/users/{bob.user['id']}", {"status": "suspended"}, self.boss.by_bearer)
        for statuses in ([], [core.USER_STATUS_SUSPENDED], [core.USER_STATUS_ACTIVE]):
            self.assertEqual(self.call.ListUsersInfo(users.ListUsersRequest(query=tag, statuses=statuses),
                                                     token=ann.token).messages, [])
        self.refused("PERMISSION_DENIED", "forbidden", "ListUsers", token=ann.token)
        self.refused("UNAUTHENTICATED", "not_authenticated", "ListUsersInfo")


class Pictures(RpcTest):
    def upload(self, owner, by, content=None):
        content = content or png()
        offered = self.call.GetAvatarUploadUrl(users.GetAvatarUploadUrlRequest(
            user_id=owner, content_type="image/png", content_size=len(content)), token=by).message
        self.assertGreater(offered.expires_in.seconds, 0)
        path = urllib.parse.urlparse(offered.upload_url).path
        put = self.shared.request("PUT", path, content, {"Content-Type": "image/png"})
        self.assertEqual(put.status, 204, put)

    def test_a_picture_is_uploaded_shown_and_taken_away(self):
        ann = self.person()
        self.refused("NOT_FOUND", "upload_not_found", "ConfirmAvatarUpload",
                     users.ConfirmAvatarUploadRequest(user_id=ann.uuid), token=ann.token)
        self.upload(ann.uuid, ann.token)
        self.call.ConfirmAvatarUpload(users.ConfirmAvatarUploadRequest(user_id=ann.uuid), token=ann.token)
        shown = self.call.ValidateCredentials(token=ann.token).message.user.avatar_url
        self.assertEqual(self.shared.get(shown).body, png())
        self.call.DeleteAvatar(users.DeleteAvatarRequest(user_id=ann.uuid), token=ann.token)
        self.assertEqual(self.call.ValidateCredentials(token=ann.token).message.user.avatar_url, "")

    def test_only_its_owner_and_administrators_change_one(self):
        ann, eve = self.person(), self.person()
        for method, request in (
                ("GetAvatarUploadUrl", users.GetAvatarUploadUrlRequest(user_id=ann.uuid, content_type="image/png",
                                                                       content_size=9)),
                ("ConfirmAvatarUpload", users.ConfirmAvatarUploadRequest(user_id=ann.uuid)),
                ("DeleteAvatar", users.DeleteAvatarRequest(user_id=ann.uuid))):
            self.refused("PERMISSION_DENIED", "forbidden", method, request, token=eve.token)
            self.refused("UNAUTHENTICATED", "not_authenticated", method, request)
        self.upload(ann.uuid, self.boss.access_token)
        self.call.ConfirmAvatarUpload(users.ConfirmAvatarUploadRequest(user_id=ann.uuid), token=self.boss.access_token)
        self.assertTrue(self.call.ValidateCredentials(token=ann.token).message.user.avatar_url)
        self.call.DeleteAvatar(users.DeleteAvatarRequest(user_id=ann.uuid), token=self.boss.access_token)
        self.assertEqual(self.call.ValidateCredentials(token=ann.token).message.user.avatar_url, "")
        self.refused("NOT_FOUND", "account_not_found", "GetAvatarUploadUrl", users.GetAvatarUploadUrlRequest(
            user_id=core.UUID(value=str(uuid.uuid4())), content_type="image/png", content_size=9),
            token=self.boss.access_token)

    def test_what_is_no_picture_is_refused(self):
        ann = self.person()
        self.invalid("GetAvatarUploadUrl", users.GetAvatarUploadUrlRequest(content_type="image/gif"),
                     ("user_id", "missing"), ("content_type", "unknown_value"), ("content_size", "out_of_range"),
                     token=ann.token)
        self.invalid("GetAvatarUploadUrl", users.GetAvatarUploadUrlRequest(
            user_id=ann.uuid, content_type="image/png", content_size=10_485_761), ("content_size", "out_of_range"),
            token=ann.token)
        self.upload(ann.uuid, ann.token, b"no picture")
        self.invalid("ConfirmAvatarUpload", users.ConfirmAvatarUploadRequest(user_id=ann.uuid),
                     ("avatar", "image_malformed"), token=ann.token)


class WhoMayCall(RpcTest):
    def test_everything_that_is_not_public_wants_a_token_before_it_looks_at_the_request(self):
        for service in ("auth.v1.AuthService", "users.v1.UserService"):
            for method in self.call.methods(service):
                if method not in PUBLIC + UNAVAILABLE:
                    with self.subTest(method):
                        self.refused("UNAUTHENTICATED", "not_authenticated", method)
                        self.refused("UNAUTHENTICATED", "token_malformed", method, token="nonsense")

    def test_administration_is_for_administrators(self):
        ann = self.person()
        for method in ("ListUsers", "ListUsersInfo", "CreateUser", "UpdateUser", "SetPassword"):
            self.refused("PERMISSION_DENIED", "forbidden", method, token=ann.token)

    def test_writes_of_administrators_want_a_fresh_proof(self):
        boss = administration_test.make_administrator(self.shared)
        database = sqlite3.connect(self.shared.database_file, timeout=10)
        with database:
            database.execute("UPDATE sessions SET auth_time = auth_time - 600000000 WHERE id = ?",
                             (e2e.uuid_bytes(boss.session_id),))
        database.close()
        self.shared.restart()  # whoever looked the session up before has it in mind
        self.call.close()
        type(self).call = rpc_client.Client(STUBS, self.shared.port)
        ann = self.person()
        for method, request in (("CreateUser", users.CreateUserRequest(name="X", email=fresh_email())),
                                ("UpdateUser", users.UpdateUserRequest(user_id=ann.uuid, name="X")),
                                ("SetPassword", users.SetPasswordRequest(user_id=ann.uuid, password=NEXT)),
                                ("DeleteAvatar", users.DeleteAvatarRequest(user_id=ann.uuid))):
            self.refused("PERMISSION_DENIED", "fresh_authentication_required", method, request, token=boss.access_token)
        self.assertTrue(self.call.ListUsers(token=boss.access_token).messages)


class WhatThereIs(RpcTest):
    def test_what_has_no_capability_yet_says_so(self):
        ann = self.person()
        for method in UNAVAILABLE:
            reason = "second_factors_unavailable" if "Mfa" in method else "providers_unavailable"
            self.refused("UNIMPLEMENTED", reason, method, token=ann.token)

    def test_reflection_shows_what_can_be_called(self):
        reflection = STUBS.reflection
        ask = self.call.channel.stream_stream(
            "/grpc.reflection.v1.ServerReflection/ServerReflectionInfo",
            request_serializer=reflection.ServerReflectionRequest.SerializeToString,
            response_deserializer=reflection.ServerReflectionResponse.FromString)
        listed, found = ask(iter([reflection.ServerReflectionRequest(list_services=""),
                                  reflection.ServerReflectionRequest(file_containing_symbol="auth.v1.AuthService")]),
                            timeout=rpc_client.WITHIN)
        names = {service.name for service in listed.list_services_response.service}
        self.assertLessEqual({"auth.v1.AuthService", "users.v1.UserService", "grpc.health.v1.Health"}, names)
        descriptor_pb2 = STUBS.module("google/protobuf/descriptor")
        methods = set()
        for bytes_of_file in found.file_descriptor_response.file_descriptor_proto:
            file = descriptor_pb2.FileDescriptorProto.FromString(bytes_of_file)
            methods.update(method.name for service in file.service for method in service.method)
        self.assertEqual(methods, set(self.call.methods("auth.v1.AuthService")) - set(UNAVAILABLE))

    def test_the_server_is_healthy(self):
        reply = self.call.Check(STUBS.health.HealthCheckRequest(service="users.v1.UserService")).message
        self.assertEqual(reply.status, STUBS.health.HealthCheckResponse.SERVING)

    def test_the_contract_has_31_methods(self):
        count = sum(len(self.call.methods(service)) for service in ("auth.v1.AuthService", "users.v1.UserService"))
        self.assertEqual(count, 31)


class RateLimit(e2e.SharedServerTest):
    settings = ("public_url=https://auth.example.org", "proxy.header=xff", "proxy.trusted=127.0.0.1",
                "limits.rate.sign_in=4/1h")

    def test_a_network_over_its_budget_hears_when_to_come_back(self):
        call = rpc_client.Client(STUBS, self.shared.port)
        self.addCleanup(call.close)
        request = auth.AuthenticateRequest(identifier=fresh_email("nobody"), password="wrong")

        def sign_in():
            return call.Authenticate(request, metadata=[("x-forwarded-for", "192.0.2.1")])

        self.assertEqual([sign_in().message.status for _ in range(4)], [auth.AUTH_STATUS_FAILED] * 4)
        with self.assertRaises(Refused) as caught:
            sign_in()
        self.assertEqual((caught.exception.code, caught.exception.reason), ("RESOURCE_EXHAUSTED", "rate_limited"))
        self.assertTrue(0 < caught.exception.retry_after <= 3600)


if __name__ == "__main__":
    e2e.main()
