# SPDX-License-Identifier: Apache-2.0
"""A docker that is not: answers about containers over a Unix socket, as well or as badly as it is told."""

import contextlib
import json
import os
import socket
import threading

NOWHERE = [f'{name}=/nowhere' for name in ('podman', 'containerd', 'crio')]


class FakeDocker:
    """names: the names of its containers by id. answer: what it does in place of answering, called
    with the connection."""

    def __init__(self, path, names, answer=None):
        self.path = path
        self.names = names
        self.answer = answer
        self.asked = 0
        self._socket = socket.socket(socket.AF_UNIX)
        self._socket.bind(path)
        self._socket.listen(64)
        threading.Thread(target=self._serve, daemon=True).start()

    def options(self):
        """For ratel: this one, and no other runtime of the machine."""
        return [word for runtime in [f'docker={self.path}'] + NOWHERE for word in ('--runtime', runtime)]

    def close(self):
        """Nobody listens from now on."""
        os.unlink(self.path)
        self._socket.close()

    def _serve(self):
        while True:
            try:
                connection, _ = self._socket.accept()
            except OSError:
                return
            threading.Thread(target=self._one, args=(connection,), daemon=True).start()

    def _one(self, connection):
        with connection, contextlib.suppress(OSError):  # ratel has had enough
            request = connection.recv(4096).decode(errors='replace')
            self.asked += 1
            if self.answer:
                self.answer(connection)
                return
            name = next((n for i, n in self.names.items() if f'/containers/{i}/json' in request), None)
            if not name:
                connection.sendall(b'HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n')
                return
            known = next(i for i, n in self.names.items() if n == name)
            body = json.dumps({
                'Id': known, 'Name': '/' + name, 'Created': '2026-11-21T05:06:07.5Z', 'Image': 'sha256:0a',
                'State': {'StartedAt': '2026-11-21T05:06:08Z'},
                'Config': {'Image': 'shop:1.4', 'Labels': {'tier': 'front', 'a=b': 'c\n\u202e'}}}).encode()
            connection.sendall(b'HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s' % (len(body), body))
