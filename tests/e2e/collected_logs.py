"""What the suites of one run leave for the last test of it (logs_check.py): every server's log, and every secret and
address that went over the wire, which must be in none of them.

Both go to the folder that SALLYPORT_E2E_LOGS names; without it nothing is kept.
"""
import atexit
import itertools
import json
import os
import pathlib
import shutil
import sys
import urllib.parse

# Fields of bodies and forms that hold what is nobody else's business.
PRIVATE_FIELDS = {"password", "new_password", "current_password", "token", "access_token", "refresh_token", "code", "handle",
                  "email", "identifier", "to"}
_LONGEST = 2_000  # bodies that only try a limit

_folder = os.environ.get("SALLYPORT_E2E_LOGS")
_name = f"{pathlib.Path(sys.argv[0]).stem}-{os.getpid()}"
_numbers = itertools.count(1)
_private = set()


def keep_log(file):
    """Once a server has ended for good."""
    if _folder and file.exists():
        shutil.copyfile(file, pathlib.Path(_folder) / f"{_name}-{next(_numbers)}.log")


def note_request(body, headers):
    if not _folder:
        return
    _note_body(body, PRIVATE_FIELDS)
    for name, value in (headers or {}).items():
        if name.lower() == "authorization":
            _note(value.partition(" ")[2])
        if name.lower() == "cookie":
            for pair in value.split(";"):
                _note(pair.partition("=")[2])


def note_answer(answer):
    if not _folder:
        return
    _note_body(answer.body, PRIVATE_FIELDS - {"code"})  # a problem document's code is no secret
    for line in answer.headers.get_all("Set-Cookie") or []:
        _note(line.partition("=")[2].partition(";")[0])


def _note_body(body, private):
    if not body or len(body) > _LONGEST:
        return
    try:
        text = body.decode()
    except UnicodeDecodeError:
        return
    try:
        _note_fields(json.loads(text), private)
    except ValueError:
        _note_fields({name: values[0] for name, values in urllib.parse.parse_qs(text).items()}, private)


def _note_fields(value, private):
    if isinstance(value, list):
        for one in value:
            _note_fields(one, private)
    if not isinstance(value, dict):
        return
    for name, one in value.items():
        if name in private and isinstance(one, str):
            _note(one)
        _note_fields(one, private)


def _note(value):
    if value:
        _private.add(value)


@atexit.register
def _write_private():
    if _folder and _private:
        (pathlib.Path(_folder) / f"{_name}.private").write_text(json.dumps(sorted(_private)), encoding="utf-8")
