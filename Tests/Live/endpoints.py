#!/usr/bin/env python3
"""Programs for `live.sh`. Three find one another behind a NAT, as RFC 4787 says that they can:

    endpoints.py tell ADDRESS PORT                          answers each datagram with where it came from
    endpoints.py echo ADDRESS PORT SERVER PORT FILE         asks the server for its own endpoint, writes it to the file, answers what comes
    endpoints.py ask ADDRESS PORT                           succeeds when what it sends there is answered

and two are behind a load balancer and in front of it:

    endpoints.py name WORD ADDRESS PORT                     answers each line of a connection with the word
    endpoints.py connect ADDRESS PORT COUNT                 opens so many connections, and for each line of its input prints what each of
                                                            them is answered, - for nothing
"""

import socket
import sys
import threading


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
    server = socket.create_server((address, int(port)), backlog=256)

    def serve(connection):
        with connection, connection.makefile("rw") as lines:
            for _ in lines:
                lines.write(word + "\n")
                lines.flush()

    while True:
        threading.Thread(target=serve, args=(server.accept()[0],), daemon=True).start()


def connect(address, port, count):
    connections = [socket.create_connection((address, int(port)), timeout=20) for _ in range(int(count))]
    for connection in connections:
        connection.settimeout(20)
    for _ in sys.stdin:
        answers = []
        for connection in connections:
            try:
                connection.sendall(b"who?\n")
                answers.append(connection.recv(100).decode().strip() or "-")
            except OSError:
                answers.append("-")
        print(*answers, flush=True)


{"tell": tell, "echo": echo, "ask": ask, "name": name, "connect": connect}[sys.argv[1]](*sys.argv[2:])
