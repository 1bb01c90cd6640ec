#!/usr/bin/env python3
"""mutate.py SEED COUNT OUT FILE… - COUNT damaged copies of the files, in the folder OUT; the same seed gives the same bytes."""
import os, random, sys

seed, count, out, sources = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3], sys.argv[4:]
rng = random.Random(seed)
EXTREMES = [b"\0\0\0\0", b"\xff\xff\xff\xff", b"\x7f\xff\xff\xff", b"\xff\xff\xff\x7f", b"\0\0\0\1", b"\1\0\0\0", b"\x80\0\0\0"]


def place(b):
    """Headers more often than sound."""
    return rng.randrange(min(len(b), 256)) if rng.random() < 0.6 else rng.randrange(len(b))


def flip(b):
    for _ in range(rng.choice([1, 3, 20, 200])):
        b[place(b)] ^= 1 << rng.randrange(8)


def extreme(b):
    for _ in range(rng.choice([1, 1, 4])):
        at = place(b)
        b[at : at + 4] = rng.choice(EXTREMES)


def zero(b):
    at, n = place(b), rng.choice([4, 64, 1000, 20000])
    b[at : at + n] = bytes(len(b[at : at + n]))


def cut(b):
    del b[place(b) + 1 :]


def drop(b):
    at = place(b)
    del b[at : at + rng.choice([1, 2, 16, 700])]


def double(b):
    at, n = place(b), rng.choice([4, 32, 5000])
    b[at:at] = b[at : at + n]


def junk(b):
    at = place(b)
    b[at:at] = rng.randbytes(rng.choice([1, 8, 3000]))


for i in range(count):
    source = sources[i % len(sources)]
    data = bytearray(open(source, "rb").read())
    for _ in range(rng.choice([1, 1, 2, 4])):
        if data:
            rng.choice([flip, extreme, zero, cut, drop, double, junk])(data)
    name = "%05d%s" % (i, os.path.splitext(source)[1])
    with open(os.path.join(out, name), "wb") as f:
        f.write(data)
