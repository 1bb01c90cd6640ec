#!/usr/bin/python3
"""Compares the catalog with what a generator of libraries says that it wrote.

    manifest.py CATALOG LIBRARY

LIBRARY.manifest.ndjson holds one object per file: path_b64, dup_b64 (of a second copy, or null), codec, odd (what is special
about the file, or null) and tags (key -> list of values; "<N chars>" stands for a long one). Prints each difference, then how
many files, tags and oddities were compared. Exit 1 if anything differed.
"""
import base64, json, pathlib, re, sqlite3, sys

KEYS = {
    "musicbrainz_trackid": "mb_recordingid", "musicbrainz_albumid": "mb_albumid", "musicbrainz_artistid": "mb_artistid",
    "musicbrainz_albumartistid": "mb_albumartistid", "musicbrainz_releasegroupid": "mb_releasegroupid", "initialkey": "key",
    "replaygain_track_gain": "rg_track_gain", "replaygain_album_gain": "rg_album_gain",
    "replaygain_track_peak": "rg_track_peak", "replaygain_album_peak": "rg_album_peak",
}
OF_THE_ENCODER = {"encoder", "encodedby"}
PICTURE = {"picture_count", "picture_type", "picture_mime", "picture_bytes"}
NO_TRACK = {"zero_bytes": "empty", "garbage": "not-audio"}


def gain(text, codec):
    """What a player should add, in dB towards -18 LUFS; Opus holds it in 1/256 dB towards -23."""
    db = float(text.split()[0])
    return f"{(round((db - 5) * 256) / 256 + 5 if codec == 'opus' else db):.2f}"


def licence_of(tags):
    for text in tags.get("license", []) + tags.get("copyright", []):
        found = re.search(r"https?://creativecommons\.org/\S+", text)
        if found:
            return found.group(0)
    return None


def expected(tags, codec, odd):
    """The canonical tags of a file, from what the generator put in and what the container can hold."""
    out = {KEYS.get(k, k): list(v) for k, v in tags.items()}
    for k in ("rg_track_gain", "rg_album_gain"):
        if k in out:
            out[k] = [gain(out[k][0], codec)]
    if codec == "opus":  # RFC 7845 knows no peaks
        out.pop("rg_track_peak", None), out.pop("rg_album_peak", None)
    url = licence_of(tags)
    if url:
        out["licenseurl"] = [url]
    if codec == "mp3":  # the address stands in WCOP, which is licenseurl
        out.pop("license", None)
    if odd == "id3v1_only":  # fields of 30 bytes, filled up with blanks
        out = {k: [x.rstrip() for x in v] for k, v in out.items()}
    if odd == "id3v23_utf16":  # ID3v2.3 has no mood, and one text per frame
        out.pop("mood", None)
        out = {k: ["/".join(v)] if k in ("genre", "artist") else v for k, v in out.items()}
    return out


def shown(values):
    return [f"<{len(v)} chars>" if len(v) > 4096 else v for v in values]


class Catalog:
    def __init__(self, name, library):
        self.db = sqlite3.connect(f"file:{name}?mode=ro", uri=True)
        self.root, path = self.db.execute("SELECT id, path FROM root").fetchone()
        assert path == str(library).encode(), f"the catalog is of {path!r}"
        self.seen = set()

    def track(self, path):
        row = self.db.execute("SELECT id FROM track WHERE root_id = ? AND path = ?", (self.root, path)).fetchone()
        self.seen.add(path)
        return row[0] if row else None

    def tags(self, track):
        out = {}
        for key, value in self.db.execute("SELECT k.name, g.value FROM tag g JOIN tag_key k ON k.id = g.key_id"
                                          " WHERE g.track_id = ? ORDER BY g.key_id, g.idx", (track,)):
            if not key.startswith("raw:"):
                out.setdefault(key, []).append(value)
        return out

    def failure(self, path):
        row = self.db.execute("SELECT class FROM failure WHERE root_id = ? AND path = ?", (self.root, path)).fetchone()
        return row[0] if row else None

    def strangers(self):
        return [p for (p,) in self.db.execute("SELECT path FROM track") if p not in self.seen]


def differences(catalog, path, tags, codec, odd):
    """Sentences."""
    failure, track = catalog.failure(path), catalog.track(path)
    if odd in NO_TRACK:
        if track or failure != NO_TRACK[odd]:
            yield f"is no failure of class {NO_TRACK[odd]} but {failure}"
        return
    if not track:
        yield "is not in the catalog" if odd != "truncated" or failure != "truncated" else ""
        return
    if failure != ("truncated" if odd == "truncated" else None):
        yield f"failure {failure}"
    have, want = {k: shown(v) for k, v in catalog.tags(track).items()}, expected(tags, codec, odd)
    if odd == "truncated" and codec == "m4a":  # its tags stood at the end
        return
    allowed = OF_THE_ENCODER | (PICTURE if odd == "big_cover" else set())
    for key in sorted(set(have) - set(want) - allowed):
        yield f"{key} = {have[key]} was never written"
    for key, values in want.items():
        if have.get(key) != values:
            yield f"{key} is {have.get(key)}, written was {values}"
    if odd == "big_cover" and codec in ("flac", "mp3") and have.get("picture_bytes") != ["2000070"]:
        yield f"the cover is told as {[have.get(k) for k in sorted(PICTURE)]}"


def main():
    name, library = sys.argv[1], pathlib.Path(sys.argv[2]).resolve()
    catalog, files, tags, bad, odds = Catalog(name, library), 0, 0, 0, set()
    for line in open(f"{library}.manifest.ndjson", encoding="utf-8"):
        said = json.loads(line)
        odds |= {said["odd"]} - {None}
        copies = [(said["path_b64"], said["codec"])]
        if said["odd"] in ("id3v1_only", "id3v23_utf16", "ape_tags"):
            copies = [(said["path_b64"], "mp3")]
        if said["dup_b64"]:
            ending = base64.b64decode(said["dup_b64"]).rsplit(b".", 1)[1].decode()
            copies.append((said["dup_b64"], said["codec"] if said["odd"] == "exact_copy" else ending))
        for b64, codec in copies:
            path = base64.b64decode(b64)
            files += 1
            tags += len(said["tags"])
            for text in filter(None, differences(catalog, path, said["tags"], codec, said["odd"])):
                print(f"{path!r} ({codec}, {said['odd']}): {text}")
                bad += 1
    for path in catalog.strangers():
        print(f"{path!r}: a track that was never written")
        bad += 1
    print(f"{files} files, {tags} tags, {len(odds)} oddities: {bad} differences")
    return bad > 0


sys.exit(main())
