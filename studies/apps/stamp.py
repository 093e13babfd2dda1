# As stamp.mjs, in Python: no more of its library than the sockets.
import os
import socket
import time


def now():
    return time.clock_gettime(time.CLOCK_MONOTONIC) * 1e3


server = socket.socket()
server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
server.bind((os.environ.get("HOST", "127.0.0.1"), int(os.environ.get("PORT", "8080"))))
server.listen(512)
listening = now()
while True:
    client, _ = server.accept()
    client.settimeout(1)
    head = b""
    first = None
    try:
        while b"\r\n\r\n" not in head:
            chunk = client.recv(65536)
            if not chunk:
                break
            first = first or now()
            head += chunk
        else:
            body = '{"listening":%.6f,"firstByte":%.6f,"hostname":"%s"}' % (listening, first, socket.gethostname())
            fields = "Content-Type: application/json\r\nContent-Length: %d\r\nConnection: close" % len(body)
            client.sendall(("HTTP/1.1 200 OK\r\n%s\r\n\r\n%s" % (fields, body)).encode())
    except OSError:
        pass
    client.close()
