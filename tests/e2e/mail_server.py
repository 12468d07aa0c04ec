"""A mail server for tests (Debian's python3-aiosmtpd), told what to do by the recipient's local part.

mail_server.py PORT RECEIVED [--tls starttls|implicit --certificate FILE --key FILE] [--user NAME --password TEXT]
               [--without-utf8]

Each mail it takes is a line of JSON in the file RECEIVED. A recipient whose local part begins with one of these gets:
  refuse550   550 to RCPT             later451    451 to RCPT, every time
  busy421     421 to RCPT             full552     552 to the message
  slow        the message is taken, and the reply to it comes after `slow` seconds
  die         the connection is cut in the middle of the message
"""
import argparse
import asyncio
import json
import ssl

from aiosmtpd.smtp import SMTP, AuthResult, LoginPassword

SLOW_SECONDS = 3.0


def wish_of(address):
    return address.split("@")[0].split(".")[0]


class Handler:
    def __init__(self, received):
        self.received = received

    async def handle_RCPT(self, server, session, envelope, address, options):
        replies = {"refuse550": f"550 5.1.1 <{address}>: no such user here",
                   "later451": "451 4.7.1 greylisted, try again later",
                   "busy421": "421 4.3.2 busy, go away"}
        reply = replies.get(wish_of(address))
        if reply is None:
            envelope.rcpt_tos.append(address)
            return "250 OK"
        return reply

    async def handle_DATA(self, server, session, envelope):
        wish = wish_of(envelope.rcpt_tos[0])
        if wish == "full552":
            return "552 5.2.2 mailbox full"
        mail = {"from": envelope.mail_from, "to": envelope.rcpt_tos, "helo": session.host_name,
                "tls": server.transport.get_extra_info("sslcontext") is not None, "user": getattr(session, "user", None),
                "utf8": envelope.smtp_utf8, "content": envelope.content.decode("utf-8", "surrogateescape")}
        with open(self.received, "a", encoding="utf-8") as file:
            file.write(json.dumps(mail) + "\n")
        if wish == "slow":
            await asyncio.sleep(SLOW_SECONDS)
        return "250 2.0.0 queued"


class Server(SMTP):
    async def smtp_DATA(self, arg):
        if self.envelope.rcpt_tos and wish_of(self.envelope.rcpt_tos[0]) == "die":
            await self.push("354 go on")
            await self._reader.readline()
            self.transport.abort()
            return
        await super().smtp_DATA(arg)


async def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("port", type=int)
    parser.add_argument("received")
    parser.add_argument("--tls", choices=["starttls", "implicit"])
    parser.add_argument("--certificate")
    parser.add_argument("--key")
    parser.add_argument("--user")
    parser.add_argument("--password")
    parser.add_argument("--without-utf8", action="store_true")
    options = parser.parse_args()

    context = None
    if options.tls:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(options.certificate, options.key)

    def authenticate(server, session, envelope, mechanism, data):
        is_good = isinstance(data, LoginPassword) and (data.login.decode(), data.password.decode()) == (
            options.user, options.password)
        if is_good:
            session.user = data.login.decode()
        return AuthResult(success=is_good, handled=False)

    def connection():
        return Server(Handler(options.received), hostname="mail.test",
                      enable_SMTPUTF8=not options.without_utf8, authenticator=authenticate if options.user else None,
                      auth_required=bool(options.user), auth_require_tls=False,
                      tls_context=context if options.tls == "starttls" else None,
                      require_starttls=options.tls == "starttls")

    loop = asyncio.get_running_loop()
    server = await loop.create_server(connection, "127.0.0.1", options.port,
                                      ssl=context if options.tls == "implicit" else None)
    print("ready", flush=True)
    await server.serve_forever()


asyncio.run(main())
