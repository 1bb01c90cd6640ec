#!/usr/bin/env python3
"""Damages copies of a catalog and watches the tools; prints TAP. See damage.sh.

    damage.py --seed N --count N --bin FOLDER [--pages CATALOG] CATALOG MUSIC WORK

A mutation is 1 to 64 flipped bits, 16 to 4096 zeroed or random bytes, or a cut, at a random place. Then:
  query, stats, doctor (on the same file) and ingest (on a copy, since it writes) must end by themselves with an
  exit code of theirs, say something unless it is 0, and the readers must leave the file as it is;
  what ingest wrote must not lose tracks that could be read before;
  doctor --repair must end in a sound catalog (by sqlite3's own integrity_check) or refuse and leave the file alone.
Then single pages are destroyed, of the same catalog or of another one, of which one page is no more than a hundredth.
"""
import argparse, os, pathlib, random, shutil, sqlite3, subprocess, sys

CODES = {"qfzz-query": {0, 3}, "qfzz-stats": {0, 3}, "qfzz-doctor": {0, 3, 4}, "qfzz-ingest": {0, 1, 3}}
QUERIES = ["", "bapur", "artist:bacon", "genre:=Jazz sort:title", "tempo:100..120 sort:energy", "plays:1..", "group:artist sample:5", "title::^b"]
ROWS = "SELECT " + " + ".join(f"(SELECT count(*) FROM {t})" for t in ("track", "tag_own", "tag_shared", "event", "features"))


def mutate(rng, data):
    at = rng.randrange(len(data))
    kind = rng.choice(["flip", "zero", "noise", "cut"])
    if kind == "flip":
        for _ in range(rng.choice([1, 1, 8, 64])):
            data[rng.randrange(len(data)) if rng.random() < 0.3 else at] ^= 1 << rng.randrange(8)
    elif kind == "cut":
        del data[at:]
    else:
        n = min(rng.choice([16, 512, 4096]), len(data) - at)
        data[at:at + n] = bytes(n) if kind == "zero" else rng.randbytes(n)
    return f"{kind} at {at}"


def run(bin_, catalog, *command):
    env = dict(os.environ, QFZZ_CATALOG=str(catalog), SOURCE_DATE_EPOCH="1700000000")
    p = subprocess.run([f"{bin_}/{command[0]}", *command[1:]], env=env, capture_output=True, timeout=120)
    if p.returncode not in CODES[command[0]]:
        return p, f"{' '.join(command)}: exit {p.returncode}: {p.stderr[-300:].decode(errors='replace')}"
    if p.returncode and not p.stderr and not p.stdout:
        return p, f"{' '.join(command)}: exit {p.returncode} without a word"
    return p, None


def rows(path):
    try:
        with sqlite3.connect(path) as c:
            if c.execute("PRAGMA integrity_check").fetchone()[0] != "ok":
                return -1
            return c.execute(ROWS).fetchone()[0]
    except sqlite3.Error:
        return -1


def clean(work):
    shutil.rmtree(work, ignore_errors=True)
    work.mkdir()


def one(a, rng, whole, all_rows, tally):
    data = bytearray(whole)
    what = mutate(rng, data)
    clean(a.work)
    file = a.work / "catalog.db"
    file.write_bytes(data)
    file.chmod(0o600)
    readable = None
    for command in (["qfzz-query", rng.choice(QUERIES)], ["qfzz-query", "--format", "paths"], ["qfzz-stats"], ["qfzz-doctor"]):
        p, wrong = run(a.bin, file, *command)
        if wrong:
            return f"{what}: {wrong}"
        if "paths" in command:
            readable = set(p.stdout.splitlines()) if p.returncode == 0 else None
        if p.returncode == 3 and b"damaged" in p.stderr and b"qfzz doctor" not in p.stderr:
            return f"{what}: {command[0]} does not name the doctor: {p.stderr.decode(errors='replace')}"
        found = command[0] == "qfzz-doctor" and p.returncode
    if file.read_bytes() != data:
        return f"{what}: a reader wrote to the file"
    copy = a.work / "written.db"
    shutil.copy(file, copy)
    p, wrong = run(a.bin, copy, "qfzz-ingest", "-q", str(a.music))
    if wrong:
        return f"{what}: {wrong}"
    p, wrong = run(a.bin, copy, "qfzz-query", "--format", "paths")
    if wrong:
        return f"{what}: after ingest: {wrong}"
    if readable and p.returncode == 0 and not readable <= set(p.stdout.splitlines()):
        return f"{what}: after ingest fewer tracks can be read"
    p, wrong = run(a.bin, file, "qfzz-doctor", "--repair", "--quick")
    if wrong:
        return f"{what}: {wrong}"
    if p.returncode == 3:
        tally["refused"] += 1
        return None if file.read_bytes() == data else f"{what}: refused, yet the file is another"
    got = rows(file)
    if got < 0:
        return f"{what}: not sound after the repair: {p.stdout[-300:].decode(errors='replace')}"
    tally["repaired" if found else "unhurt"] += 1
    if not what.startswith("cut"):
        tally["shares"].append(min(1, got / all_rows))
    return None


def main():
    p = argparse.ArgumentParser()
    p.add_argument("--seed", type=int, required=True)
    p.add_argument("--count", type=int, required=True)
    p.add_argument("--bin", required=True)
    p.add_argument("--pages", type=pathlib.Path)
    p.add_argument("catalog", type=pathlib.Path)
    p.add_argument("music", type=pathlib.Path)
    p.add_argument("work", type=pathlib.Path)
    a = p.parse_args()
    print(f"# seed {a.seed}, {a.count} mutations", flush=True)
    rng = random.Random(a.seed)
    whole, all_rows = a.catalog.read_bytes(), rows(a.catalog)
    tally, bad = {"repaired": 0, "unhurt": 0, "refused": 0, "shares": []}, 0
    for done in range(a.count):
        if done and done % 500 == 0:
            print(f"# {done} done", flush=True)
        wrong = one(a, rng, whole, all_rows, tally)
        if wrong:
            bad += 1
            print(f"# {wrong}", flush=True)
    shares = sorted(tally["shares"])
    print(f"# {tally['repaired']} repaired, {tally['unhurt']} with nothing to repair, {tally['refused']} beyond reading")
    print(f"{'not ' if bad else ''}ok 1 - {a.count} damaged catalogs: {bad} surprises")
    print(f"# rows that came back, of those catalogs that were not cut: mean {100 * sum(shares) / max(1, len(shares)):.2f} %, least {100 * min(shares, default=0):.2f} %"
          , f"of all mutations {100 * sum(s >= 0.99 for s in shares) / max(1, len(shares)):.1f} % at least 99 %")
    if a.pages:
        a.catalog = a.pages
        whole, all_rows = a.catalog.read_bytes(), rows(a.catalog)
    for n, (what, where) in enumerate(PAGES, 2):
        found = pages(a.catalog, rng, where, min(200, max(5, a.count // 10)))
        worst = min((one_page(a, rng, whole, all_rows, page) for page in found), default=0)
        bad += worst < 0.99
        print(f"{'' if worst >= 0.99 else 'not '}ok {n} - at least 99 % of the rows come back when {what} is destroyed"
              f" ({len(found)} pages tried, least {100 * worst:.2f} %)", flush=True)
    print(f"1..{len(PAGES) + 1}")
    sys.exit(bad > 0)


PAGES = [("one leaf of a table", "pagetype = 'leaf' AND name IN ('track', 'tag_own', 'tag_shared', 'event', 'features', 'artist', 'album')"),
         ("one inner page", "pagetype = 'internal'"),
         ("page 1", "pageno = 1"),
         ("a page of the schema", "pagetype = 'leaf' AND name = 'sqlite_schema'")]


def pages(catalog, rng, where, n):
    """Some pages (from 0)."""
    out = subprocess.run(["sqlite3", catalog, f"SELECT pageno - 1 FROM dbstat WHERE {where}"], capture_output=True, text=True, check=True)
    out = out.stdout.split()
    return rng.sample([int(p) for p in out], min(n, len(out)))


def one_page(a, rng, whole, all_rows, page):
    data, size = bytearray(whole), int.from_bytes(whole[16:18], "big")
    data[page * size:(page + 1) * size] = rng.randbytes(size)
    clean(a.work)
    file = a.work / "catalog.db"
    file.write_bytes(data)
    file.chmod(0o600)
    run(a.bin, file, "qfzz-doctor", "--repair", "--quick")
    return rows(file) / all_rows


main()
