"""large.py CATALOG TRACKS USERS: tracks, embeddings and plays into a catalog, the same ones each time."""
import random, sqlite3, struct, sys

path, tracks, users = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
chance = random.Random(1)
db = sqlite3.connect(path)
db.executemany("INSERT INTO artist VALUES (?, ?, ?)", ((1000 + i, f"Name {i}", f"name {i}") for i in range(tracks // 10)))
for i in range(tracks):
    db.execute(
        "INSERT INTO track (id, root_id, path, size, mtime_ns, inode, added_at, updated_at, title, artist, artist_id)"
        " VALUES (?, 1, ?, 1, 1, 1, 1, 1, ?, ?, ?)",
        (100 + i, b"l%d" % i, f"L{i}", f"Name {i // 10}", 1000 + i // 10))
    if i % 7:
        v = [chance.gauss(0, 1) for _ in range(64)]
        length = sum(x * x for x in v) ** 0.5
        db.execute("INSERT INTO features (track_id, version, at, size, mtime_ns, tempo_bpm, energy, embedding) VALUES (?, 1, 1, 1, 1, ?, ?, ?)",
                   (100 + i, 60 + i * 13 % 120, i * 7 % 100 / 100, struct.pack("64f", *(x / length for x in v))))
for u in range(users):
    db.execute("INSERT INTO user (id, name) VALUES (?, ?)", (100 + u, f"many{u}"))
    for n in range(40):
        t = 100 + int(tracks * chance.random() ** 3)
        db.execute("INSERT INTO event (uid, user_id, at, action, source, track_id) VALUES (?, ?, ?, 'play', 'test', ?)",
                   (b"%d-%d" % (u, n), 100 + u, 1690000000 + n, t))
db.commit()
