#!/usr/bin/env python3
"""Programs for `live.sh`. Three find one another behind a NAT, as RFC 4787 says that they can:

    endpoints.py tell ADDRESS PORT                          answers each datagram with where it came from
    endpoints.py echo ADDRESS PORT SERVER PORT FILE         asks the server for its own endpoint, writes it to the file, answers what comes
    endpoints.py ask ADDRESS PORT                           succeeds when what it sends there is answered

and two are behind a load balancer and in front of it:

    endpoints.py name WORD ADDRESS PORT                     a web server, whose pages are the word
    endpoints.py connect ADDRESS PORT COUNT                 opens so many web connections, and for each line of its input asks for a
                                                            page on each, and prints them, - for none
"""

import http.client
import http.server
import socket
import sys


def bound(address, port):
    connection = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    connection.bind((address, port))
    return connection


def tell(address, port):
    connection = bound(address, int(port))
    while True:
        _, sender = connection.recvfrom(2048)
        connection.sendto(f"{sender[0]} {sender[1]}".encode(), sender)


def echo(address, port, server, server_port, file):
    connection = bound(address, int(port))
    connection.settimeout(1)
    answer = None
    while not answer:
        connection.sendto(b"where am I?", (server, int(server_port)))
        try:
            answer, _ = connection.recvfrom(2048)
        except socket.timeout:
            continue
    with open(file, "wb") as told:
        told.write(answer)
    connection.settimeout(None)
    while True:
        words, sender = connection.recvfrom(2048)
        connection.sendto(words, sender)


def ask(address, port):
    connection = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    connection.settimeout(2)
    connection.sendto(b"hello", (address, int(port)))
    words, _ = connection.recvfrom(2048)
    sys.exit(0 if words == b"hello" else 1)


def name(word, address, port):
    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"  # connections stay open

        def do_GET(self):
            self.send_response(200)
            self.send_header("Content-Length", str(len(word)))
            self.end_headers()
            self.wfile.write(word.encode())

    server = http.server.ThreadingHTTPServer((address, int(port)), Handler)
    server.request_queue_size = 256
    server.serve_forever()


def connect(address, port, count):
    connections = [http.client.HTTPConnection(address, int(port), timeout=20) for _ in range(int(count))]
    for connection in connections:
        connection.connect()
        connection.auto_open = 0  # one that is lost is lost
    for _ in sys.stdin:
        answers = []
        for connection in connections:
            try:
                connection.request("GET", "/")
                answers.append(connection.getresponse().read().decode() or "-")
            except (OSError, http.client.HTTPException):
                answers.append("-")
        print(*answers, flush=True)


{"tell": tell, "echo": echo, "ask": ask, "name": name, "connect": connect}[sys.argv[1]](*sys.argv[2:])
