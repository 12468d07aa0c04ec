"""An HTTP/2 client on Debian's python3-h2, which knows nothing of this server: streams, trailers, GOAWAY."""
import dataclasses
import socket

import h2.config
import h2.connection
import h2.events
import h2.errors
import h2.settings

import sallyport_process as e2e


# Version 4.1 takes the first GOAWAY for the end of the connection; RFC 9113 §6.8 lets what runs go on.
_machine = h2.connection.H2ConnectionStateMachine
_open = h2.connection.ConnectionState.CLIENT_OPEN
_machine._transitions[_open, h2.connection.ConnectionInputs.RECV_GOAWAY] = (None, _open)


class Unprocessed(Exception):
    """The server has said that it did nothing about this request: it may be sent again (RFC 9113 §8.7)."""


@dataclasses.dataclass
class StreamAnswer:
    status: int = 0
    headers: dict = dataclasses.field(default_factory=dict)
    trailers: dict = dataclasses.field(default_factory=dict)
    body: bytes = b""
    is_whole: bool = False
    error: int = None


class Http2Client:
    """One connection with any number of streams, for one thread. `tls` is an ssl.SSLContext that offers h2."""

    def __init__(self, port, tls=None, server_name="localhost", authority=None):
        self._socket = socket.create_connection(("127.0.0.1", port), timeout=e2e.ANSWER_WITHIN)
        if tls is not None:
            self._socket = tls.wrap_socket(self._socket, server_hostname=server_name)
        self._scheme = "http" if tls is None else "https"
        self._authority = authority or f"127.0.0.1:{port}"
        self._h2 = h2.connection.H2Connection(h2.config.H2Configuration(header_encoding="utf-8"))
        self._h2.initiate_connection()
        self._flush()
        self._answers = {}
        self._bodies = {}
        self.goaways = []
        self.is_ended = False

    def begin(self, method, path, headers=None, body=None, ends=True):
        stream = self._h2.get_next_available_stream_id()
        lines = [(":method", method), (":scheme", self._scheme), (":authority", self._authority), (":path", path)]
        lines += [(name.lower(), value) for name, value in (headers or {}).items()]
        self._h2.send_headers(stream, lines, end_stream=body is None and ends)
        self._answers[stream] = StreamAnswer()
        if body is not None:
            self._bodies[stream] = body
            self._send_bodies()
        self._flush()
        return stream

    def answer(self, stream):
        """Reads on until the stream has ended."""
        answer = self._answers[stream]
        while not answer.is_whole and answer.error is None:
            self._check_unprocessed(stream)
            self.read()
            if self.is_ended and not answer.is_whole:
                self._check_unprocessed(stream)
                raise ConnectionResetError("the connection ended in the middle of an answer")
        if answer.error == h2.errors.ErrorCodes.REFUSED_STREAM:
            raise Unprocessed()
        return answer

    def ask(self, method, path, headers=None, body=None):
        return self.answer(self.begin(method, path, headers, body))

    def reset(self, stream):
        self._h2.reset_stream(stream, h2.errors.ErrorCodes.CANCEL)
        self._flush()

    def so_far(self, stream):
        return self._answers[stream]

    def is_going_away(self):
        return bool(self.goaways) or self.is_ended

    def read(self):
        """Takes what comes next."""
        if self.is_ended:
            return
        try:
            received = self._socket.recv(65536)
        except ConnectionError:
            received = b""
        if not received:
            self.is_ended = True
            return
        for event in self._h2.receive_data(received):
            self._take(event)
        self._send_bodies()
        self._flush()

    def close(self):
        self._socket.close()

    def _check_unprocessed(self, stream):
        if self.goaways and stream > self.goaways[-1]:
            raise Unprocessed()

    def _take(self, event):
        answer = self._answers.get(getattr(event, "stream_id", None))
        if isinstance(event, h2.events.ResponseReceived):
            answer.headers = dict(event.headers)
            answer.status = int(answer.headers[":status"])
        elif isinstance(event, h2.events.TrailersReceived):
            answer.trailers = dict(event.headers)
        elif isinstance(event, h2.events.DataReceived):
            answer.body += event.data
            self._h2.acknowledge_received_data(event.flow_controlled_length, event.stream_id)
        elif isinstance(event, h2.events.StreamEnded):
            answer.is_whole = True
        elif isinstance(event, h2.events.StreamReset):
            answer.error = event.error_code
        elif isinstance(event, h2.events.ConnectionTerminated):
            self.goaways.append(event.last_stream_id)

    def _send_bodies(self):
        for stream, body in list(self._bodies.items()):
            while True:
                room = min(self._h2.local_flow_control_window(stream), self._h2.max_outbound_frame_size)
                piece, body = body[:room], body[room:]
                if room == 0 and body:
                    break
                self._h2.send_data(stream, piece, end_stream=not body)
                if not body:
                    break
            if body:
                self._bodies[stream] = body
            else:
                del self._bodies[stream]

    def _flush(self):
        data = self._h2.data_to_send()
        if data:
            try:
                self._socket.sendall(data)
            except ConnectionError:
                self.is_ended = True
