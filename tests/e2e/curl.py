"""The curl program as a client: a browser or a phone, each with a cookie jar of its own."""
import http.client
import io
import json
import subprocess

import collected_logs
import sallyport_process as e2e

SECONDS = 20


class _Response:
    """What `e2e.Answer` reads."""

    def __init__(self, head, body):
        blocks = [block for block in head.split(b"\r\n\r\n") if block]  # one each for 100 (Continue) and the answer
        status_line, _, fields = blocks[-1].partition(b"\r\n")
        self.status = int(status_line.split()[1])
        self.headers = http.client.parse_headers(io.BytesIO(fields + b"\r\n\r\n"))
        self._body = body

    def read(self):
        return self._body


class Curl:
    """Keeps cookies, and names an origin as browsers do: the server's own unless told another one, or None."""

    def __init__(self, server, folder, name):
        self._server = server
        self._folder = folder
        self._jar = folder / f"{name}.cookies"
        self._jar.touch()

    def __call__(self, method, path, body=None, *headers, form=None, file=None, origin=""):
        url = f"http://127.0.0.1:{self._server.port}"
        origin = url if origin == "" else origin
        head, content = self._folder / "head", self._folder / "content"
        command = ["curl", "--silent", "--show-error", "--globoff", "--noproxy", "*", "--max-time", str(SECONDS),
                   "--request", method, "--cookie", str(self._jar), "--cookie-jar", str(self._jar),
                   "--dump-header", str(head), "--output", str(content)]
        lines = list(headers) + ([f"Origin: {origin}"] if origin else [])
        if body is not None:
            text = body if isinstance(body, str) else json.dumps(body)
            command += ["--data", text]
            lines.append("Content-Type: application/json")
            collected_logs.note_request(text.encode(), {})
        if form is not None:
            for name, value in form.items():
                command += ["--data-urlencode", f"{name}={value}"]
            collected_logs.note_request(json.dumps(form).encode(), {})
        if file is not None:
            command += ["--data-binary", f"@{file}"]
        for line in lines:
            command += ["-H", line]
        collected_logs.note_request(None, dict(line.split(": ", 1) for line in lines))
        content.write_bytes(b"")
        subprocess.run([*command, url + path], check=True, timeout=SECONDS + 10, stdin=subprocess.DEVNULL,
                       env=e2e.clean_environment())
        answer = e2e.Answer(_Response(head.read_bytes(), content.read_bytes()))
        collected_logs.note_answer(answer)
        return answer

    def get(self, path, *headers, **options):
        return self("GET", path, None, *headers, **options)

    def post(self, path, body=None, *headers, **options):
        return self("POST", path, body, *headers, **options)
