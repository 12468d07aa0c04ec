"""What a service manager that started the server hears of it: the datagrams of sd_notify(3) on a real socket."""
import os
import signal
import socket

import sallyport_process as e2e


class Manager:
    """The socket that systemd would have listened on."""

    def __init__(self, name):
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.bind(name)
        self.socket.settimeout(15)

    def hears(self):
        """The next datagram, as pairs."""
        return dict(line.split("=", 1) for line in self.socket.recv(4096).decode().split("\n"))

    def hears_nothing(self, seconds):
        self.socket.settimeout(seconds)
        try:
            return self.hears() and False
        except TimeoutError:
            return True
        finally:
            self.socket.settimeout(15)

    def forget(self):
        """Everything that is already there."""
        self.socket.setblocking(False)
        try:
            while True:
                self.socket.recv(4096)
        except BlockingIOError:
            self.socket.settimeout(15)


class Notifying(e2e.EndToEndTest):
    def managed(self, name, settings=(), **environment):
        """A server that was told of a manager, and the manager."""
        manager = Manager("\0" + name[1:] if name.startswith("@") else name)
        self.addCleanup(manager.socket.close)
        server = self.server(settings=settings, environment={"NOTIFY_SOCKET": name, **environment})
        return server, manager

    def test_ready_is_told_when_it_serves_and_stopping_when_it_ends(self):
        for name in (str(self.folder() / "notify"), f"@sallyport-e2e-{os.getpid()}"):
            with self.subTest(name=name):
                server, manager = self.managed(name, ["shutdown.delay=2s", "shutdown.grace=1m"])
                server.port = e2e.free_port()
                server.launch()

                ready = manager.hears()

                self.assertEqual(ready, {"READY": "1", "STATUS": f"listens on 127.0.0.1:{server.port}"})
                self.assertEqual(server.get("/health/ready").status, 200)

                server.process.send_signal(signal.SIGTERM)
                stopping = manager.hears()

                self.assertEqual(stopping["STOPPING"], "1")
                self.assertEqual(stopping["EXTEND_TIMEOUT_USEC"], str((2 + 60 + 10) * 1_000_000))
                self.assertNotIn("WATCHDOG_USEC", stopping)
                self.assertTrue(e2e.eventually(lambda: server.get("/health/ready").status == 503, within=2))
                self.assertEqual(server.wait(), 0)

    def test_a_start_that_fails_is_never_ready(self):
        first = self.started()
        server, manager = self.managed(str(self.folder() / "notify"))
        server.data, server.port = first.data, e2e.free_port()

        server.launch()

        self.assertEqual(server.wait(), 1)
        self.assertTrue(manager.hears_nothing(0.05))

    def test_the_watchdog_hears_a_server_that_turns_and_none_that_is_stopped(self):
        server, manager = self.managed(str(self.folder() / "notify"), ["loops=3"], WATCHDOG_USEC="300000")
        server.start()
        self.assertEqual(manager.hears()["READY"], "1")
        for _ in range(3):
            self.assertEqual(manager.hears(), {"WATCHDOG": "1"})

        server.process.send_signal(signal.SIGSTOP)
        os.waitid(os.P_PID, server.process.pid, os.WSTOPPED)
        manager.forget()
        self.assertTrue(manager.hears_nothing(0.6))

        server.process.send_signal(signal.SIGCONT)
        self.assertEqual(manager.hears(), {"WATCHDOG": "1"})
        server.process.send_signal(signal.SIGTERM)
        while "STOPPING" not in (last := manager.hears()):
            self.assertEqual(last, {"WATCHDOG": "1"})
        self.assertEqual(last["WATCHDOG_USEC"], "0")
        self.assertEqual(server.wait(), 0)

    def test_a_manager_that_cannot_be_told_is_named_and_the_server_serves(self):
        for name, sentence in (("notify", "NOTIFY_SOCKET is no address"), ("/nonexistent/notify", "cannot tell")):
            with self.subTest(name=name):
                server = self.server(environment={"NOTIFY_SOCKET": name})
                server.start()
                self.assertEqual(server.stop(), 0)
                self.assertIn(sentence, server.errors())


if __name__ == "__main__":
    e2e.main()
