"""An object storage that speaks as much S3 as the server needs: PUT, GET with Range, and DELETE, by signed address only.

It checks the signatures itself, with code of its own, as
https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-query-string-auth.html has them.
"""
import datetime
import hashlib
import hmac
import http.server
import threading
import time
import urllib.parse

ACCESS_KEY, SECRET_KEY, REGION, BUCKET = "test-access", "test/Secret+key", "eu-central-1", "pictures"


class ObjectStorage:
    def __init__(self):
        self.objects = {}  # by path below the bucket: (content type, bytes)
        self.log = []  # (method, path, status)
        self.delay = 0.0
        self.refuses = ()  # methods
        storage = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, *_):
                pass

            def answer(self):
                status, body, headers = storage.handle(self)
                storage.log.append((self.command, self.path.split("?")[0], status))
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            do_GET = do_PUT = do_DELETE = answer

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    @property
    def endpoint(self):
        return f"http://127.0.0.1:{self.server.server_address[1]}"

    @property
    def settings(self):
        return ("avatar.store=s3", f"avatar.s3.endpoint={self.endpoint}", f"avatar.s3.bucket={BUCKET}",
                f"avatar.s3.region={REGION}", f"avatar.s3.access_key={ACCESS_KEY}",
                f"avatar.s3.secret_key={SECRET_KEY}")

    def close(self):
        self.server.shutdown()
        self.server.server_close()

    def named(self, folder):
        return {path.split("/", 1)[1] for path in self.objects if path.startswith(folder + "/")}

    def handle(self, request):
        body = request.rfile.read(int(request.headers.get("Content-Length") or 0))
        time.sleep(self.delay)
        if request.command in self.refuses:
            return 503, b"<Error><Code>SlowDown</Code></Error>", {}
        if not is_signed(request):
            return 403, b"<Error><Code>SignatureDoesNotMatch</Code></Error>", {}
        path = urllib.parse.unquote(urllib.parse.urlsplit(request.path).path)
        if not path.startswith(f"/{BUCKET}/"):
            return 404, b"<Error><Code>NoSuchBucket</Code></Error>", {}
        key = path.removeprefix(f"/{BUCKET}/")
        if request.command == "PUT":
            self.objects[key] = (request.headers["Content-Type"], body)
            return 200, b"", {}
        if request.command == "DELETE":
            self.objects.pop(key, None)
            return 204, b"", {}
        if key not in self.objects:
            return 404, b"<Error><Code>NoSuchKey</Code></Error>", {}
        content_type, whole = self.objects[key]
        wanted = request.headers.get("Range")
        if not wanted:
            return 200, whole, {"Content-Type": content_type}
        first, last = (int(number) for number in wanted.removeprefix("bytes=").split("-"))
        if first >= len(whole):
            return 416, b"", {}
        return 206, whole[first:last + 1], {"Content-Type": content_type}


def is_signed(request):
    parts = urllib.parse.urlsplit(request.path)
    query = dict(urllib.parse.parse_qsl(parts.query, strict_parsing=True))
    signature = query.pop("X-Amz-Signature", "")
    made = datetime.datetime.strptime(query["X-Amz-Date"], "%Y%m%dT%H%M%SZ").replace(tzinfo=datetime.timezone.utc)
    age = datetime.datetime.now(datetime.timezone.utc) - made
    if not datetime.timedelta(minutes=-1) < age < datetime.timedelta(seconds=int(query["X-Amz-Expires"])):
        return False
    scope = f"{query['X-Amz-Date'][:8]}/{REGION}/s3/aws4_request"
    if query["X-Amz-Algorithm"] != "AWS4-HMAC-SHA256" or query["X-Amz-Credential"] != f"{ACCESS_KEY}/{scope}":
        return False
    names = query["X-Amz-SignedHeaders"].split(";")
    if "host" not in names:
        return False
    headers = "".join(f"{name}:{(request.headers.get(name) or '').strip()}\n" for name in names)
    quoted = "&".join(f"{urllib.parse.quote(name, safe='~')}={urllib.parse.quote(value, safe='~')}"
                      for name, value in sorted(query.items()))
    canonical = "\n".join((request.command, parts.path, quoted, headers, ";".join(names), "UNSIGNED-PAYLOAD"))
    to_sign = "\n".join(("AWS4-HMAC-SHA256", query["X-Amz-Date"], scope, hashlib.sha256(canonical.encode()).hexdigest()))
    key = ("AWS4" + SECRET_KEY).encode()
    for part in (scope.split("/")[0], REGION, "s3", "aws4_request"):
        key = hmac.new(key, part.encode(), hashlib.sha256).digest()
    return hmac.compare_digest(hmac.new(key, to_sign.encode(), hashlib.sha256).hexdigest(), signature)
