#!/usr/bin/env python3
"""bad_worker.py - a worker for test_pool that does what the name hint tells it to.

ok  N bytes:N  slow:S  die:SIGNAL  exit:CODE  loop  flood  liar  garbage  twice  mute  vanish
A file's reply carries the bytes at its start, so that a test sees whose reply it got.
"""
import array, os, json, signal, socket, struct, sys, time

NAME = os.path.basename(sys.argv[0])
if os.environ.get("BAD_WORKER") == "stillborn":
    os._exit(7)
s = socket.socket(fileno=3)
if os.environ.get("BAD_WORKER") == "stranger":
    s.sendall(b'{"worker":"somebody-else","protocol":1}\n')
    time.sleep(60)
signal.signal(signal.SIGINT, signal.SIG_IGN)
s.sendall(json.dumps({"worker": NAME, "protocol": 1}).encode() + b"\n")


def batch():
    head, control, _, _ = s.recvmsg(16, socket.CMSG_SPACE(32 * 4))
    if len(head) < 16:
        os._exit(0)
    magic, count, size, _ = struct.unpack("=IIII", head)
    assert magic == 0x7A7A6671
    fds = array.array("i")
    for _, _, data in control:
        fds.frombytes(data)
    body = b""
    while len(body) < size:
        body += s.recv(size - len(body))
    at = 0
    for k in range(count):
        ident, n, _ = struct.unpack_from("=QII", body, at)
        yield ident, body[at + 16 : at + 16 + n].decode(), fds[k]
        at += 16 + n


def reply(ident, fd, pad=0):
    text = os.pread(fd, 64, 0).decode()
    s.sendall(json.dumps({"id": ident, "ok": True, "content": text, "pad": "x" * pad}).encode() + b"\n")


while True:
    for ident, name, fd in batch():
        what, _, arg = name.partition(":")
        if what == "die":
            os.kill(os.getpid(), int(arg))
        elif what == "exit":
            os._exit(int(arg))
        elif what == "loop":
            while True:
                time.sleep(1)
        elif what == "flood":
            try:
                while True:
                    s.sendall(b"x" * 65536)
            except OSError:
                os._exit(0)
        elif what == "liar":
            s.sendall(b'{"id":%d,"ok":true}\n' % (ident + 1))
        elif what == "garbage":
            s.sendall(b'{"id":%d,"ok":tru\n' % ident)
        elif what == "mute":
            s.sendall(b'{"id":%d,"ok":false}\n' % ident)
        elif what == "vanish":
            s.close()
            time.sleep(60)
        elif what == "refuse":
            s.sendall(b'{"id":%d,"ok":false,"class":"format","text":"no music in it"}\n' % ident)
        else:
            if what == "slow":
                time.sleep(float(arg))
            reply(ident, fd, int(arg) if what == "bytes" else 0)
            if what == "twice":
                reply(ident, fd)
        os.close(fd)
