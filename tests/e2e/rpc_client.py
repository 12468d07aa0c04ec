"""Calls the server over gRPC with Debian's grpcio and stubs that protoc makes of api/proto when they are first wanted."""
import collections
import importlib
import pathlib
import shutil
import subprocess
import sys
import tempfile

import grpc
from google.protobuf import json_format

import collected_logs

ROOT = pathlib.Path(__file__).resolve().parents[2]
WITHIN = 20.0


class Stubs:
    """The modules of the definitions, by their path: `auth/v1/auth`."""

    def __init__(self):
        self.folder = tempfile.mkdtemp(prefix="sallyport-stubs-")
        proto = ROOT / "api" / "proto"
        files = sorted(str(file.relative_to(proto)) for file in proto.rglob("*.proto"))
        subprocess.run(["protoc", f"--proto_path={proto}", f"--python_out={self.folder}", *files], check=True)
        sys.path.insert(0, self.folder)
        # These two packages are there already, of others.
        for name in ("google", "grpc"):
            importlib.import_module(name).__path__.append(f"{self.folder}/{name}")
        self.auth, self.users, self.core = map(self.module, ("auth/v1/auth", "users/v1/users", "core/v1/core"))
        self.details = self.module("google/rpc/error_details")
        self.status = self.module("google/rpc/status")
        self.health = self.module("grpc/health/v1/health")
        self.reflection = self.module("grpc/reflection/v1/reflection")

    @staticmethod
    def module(path):
        return importlib.import_module(path.replace("/", ".") + "_pb2")

    def remove(self):
        shutil.rmtree(self.folder, ignore_errors=True)


Reply = collections.namedtuple("Reply", "message messages leading trailing")


class Refused(Exception):
    """A call that ended with an error."""

    def __init__(self, stubs, error):
        super().__init__(f"{error.code().name}: {error.details()}")
        self.code = error.code().name
        self.sentence = error.details()
        self.trailing = dict(error.trailing_metadata() or ())
        self.reason, self.wrong_fields, self.retry_after, self.request_id = None, set(), None, None
        status = stubs.status.Status.FromString(self.trailing.get("grpc-status-details-bin", b""))
        for detail in status.details:
            for kind in (stubs.details.ErrorInfo, stubs.details.BadRequest, stubs.details.RetryInfo):
                message = kind()
                if detail.Unpack(message):
                    self._take(message)

    def _take(self, message):
        name = message.DESCRIPTOR.name
        if name == "ErrorInfo":
            assert message.domain == "sallyport", message
            self.reason, self.request_id = message.reason, message.metadata["request_id"]
        elif name == "BadRequest":
            self.wrong_fields = {(wrong.field, wrong.description.partition(":")[0])
                                 for wrong in message.field_violations}
        else:
            self.retry_after = message.retry_delay.seconds


def note(message, headers):
    """Secrets and addresses that went over the wire; no log may hold them."""
    text = json_format.MessageToJson(message, preserving_proto_field_name=True)
    collected_logs.note_request(text.encode(), headers)


class Client:
    """All methods of the services, by name: `client.SignUp(request, token=...)`."""

    def __init__(self, stubs, port):
        self._stubs = stubs
        self._channel = grpc.insecure_channel(f"127.0.0.1:{port}")
        self._methods = {}
        for module in (stubs.auth, stubs.users, stubs.health):
            for service in module.DESCRIPTOR.services_by_name.values():
                self._methods.update({method.name: method for method in service.methods})

    @property
    def channel(self):
        return self._channel

    def methods(self, service):
        return [name for name, method in self._methods.items() if method.containing_service.full_name == service]

    def request_of(self, name):
        return getattr(self._module(self._methods[name].input_type), self._methods[name].input_type.name)

    def _module(self, message):
        return self._stubs.module(message.file.name.removesuffix(".proto"))

    def __getattr__(self, name):
        method = self._methods[name]
        path = f"/{method.containing_service.full_name}/{method.name}"
        answer = getattr(self._module(method.output_type), method.output_type.name)
        is_stream = method.containing_service.name == "UserService" and method.name.startswith("List")

        def call(request=None, token=None, metadata=()):
            request = request if request is not None else self.request_of(name)()
            metadata = [*metadata, *([("authorization", f"Bearer {token}")] if token else [])]
            note(request, {"Authorization": f"Bearer {token}"} if token else {})
            kind = self._channel.unary_stream if is_stream else self._channel.unary_unary
            made = kind(path, request_serializer=type(request).SerializeToString, response_deserializer=answer.FromString)
            try:
                if is_stream:
                    running = made(request, timeout=WITHIN, metadata=metadata)
                    messages = list(running)
                    return Reply(None, messages, dict(running.initial_metadata()), dict(running.trailing_metadata()))
                message, running = made.with_call(request, timeout=WITHIN, metadata=metadata)
                note(message, {})
                return Reply(message, [message], dict(running.initial_metadata()), dict(running.trailing_metadata()))
            except grpc.RpcError as error:
                raise Refused(self._stubs, error) from None

        return call

    def close(self):
        self._channel.close()
