#!/usr/bin/python3
"""A folder in a browser: is every file played to its end by an audio element, and every HLS playlist?

    browser.py FOLDER SECONDS

Serves FOLDER on a free port of the loopback to a headless Chromium, which plays
  - each audio file that is no segment, by <audio src=FILE>
  - each Master Playlist, by <audio src=master.m3u8>, as Chromium does it by itself (its HLS knows no MP3: those are left out)
  - each rendition that a Master Playlist names, by a page that reads the Media Playlist and appends its segments to a MediaSource
at sixteenfold speed. All of them last SECONDS; what is appended to a MediaSource must be one range without a hole, as long as its
EXTINF lengths say to a millisecond. Prints a line for each; exit 1 when one of them is not played so.
"""
import http.server, json, os, pathlib, queue, signal, subprocess, sys, tempfile, threading

PAGE = """<!doctype html><script>
const say = o => fetch("/said", {method: "POST", body: JSON.stringify(o)});
const play = a => new Promise(done => {
	a.onended = () => done("ended");
	a.onerror = () => done(a.error.message);
	a.onloadedmetadata = () => { a.playbackRate = 16; a.play().catch(e => done("" + e)); };
	setTimeout(() => done("late"), 30000);
});
const text = async url => (await fetch(url)).text();
const once = (o, good, bad) => new Promise((yes, no) => { o[good] = yes; if (bad) o[bad] = () => no(new Error(bad)); });

async function element(file) {
	const a = new Audio(file), how = await play(a);
	return {how, at: a.currentTime, duration: a.duration, decoded: a.webkitAudioDecodedByteCount};
}
async function append(master, name, codecs) {
	const url = new URL(name, new URL(master, location)), lines = (await text(url)).split("\\n");
	const map = lines.map(l => /^#EXT-X-MAP:URI="(.*)"/.exec(l)).filter(m => m).map(m => m[1]), files = lines.filter(l => l && l[0] != "#");
	const said = lines.filter(l => l.startsWith("#EXTINF:")).reduce((s, l) => s + parseFloat(l.slice(8)), 0);
	const type = files[0].endsWith(".m4s") ? 'audio/mp4; codecs="' + codecs + '"' : files[0].endsWith(".mp3") ? "audio/mpeg" : "audio/aac";
	const a = new Audio(), source = new MediaSource(), played = play(a);
	a.src = URL.createObjectURL(source);
	await once(source, "onsourceopen");
	const buffer = source.addSourceBuffer(type);
	for (const f of map.concat(files)) {
		buffer.appendBuffer(await (await fetch(new URL(f, url))).arrayBuffer());
		await once(buffer, "onupdateend", "onerror");
	}
	source.endOfStream();
	const b = buffer.buffered, ranges = [...Array(b.length).keys()].map(i => [b.start(i), b.end(i)]);
	return {how: await played, at: a.currentTime, duration: a.duration, decoded: a.webkitAudioDecodedByteCount, said, ranges};
}
async function all(work) {
	for (const w of work) {
		let r;
		try { r = w.media ? await append(w.file, w.media, w.codecs) : await element(w.file); } catch (e) { r = {how: "" + e}; }
		await say(Object.assign(r, w));
	}
	await say({end: true});
}
fetch("/work").then(r => r.json()).then(all);
</script>"""

TYPES = {".m3u8": "application/vnd.apple.mpegurl", ".m4s": "audio/mp4", ".mp4": "audio/mp4", ".m4a": "audio/mp4", ".aac": "audio/aac",
	 ".mp3": "audio/mpeg", ".flac": "audio/flac", ".ogg": "audio/ogg", ".opus": "audio/ogg"}


def work_in(folder):
	"""What is to be played, by name."""
	packages = {m.parent for m in folder.rglob("master.m3u8")}
	work = [{"file": str(f.relative_to(folder))} for f in sorted(folder.rglob("*")) if f.suffix in TYPES and f.parent not in packages]
	for m in sorted(folder.rglob("master*.m3u8")):
		lines, name = m.read_text().splitlines(), str(m.relative_to(folder))
		media = [{"file": name, "media": uri, "codecs": info.split('CODECS="')[1].split('"')[0]}
			 for info, uri in zip(lines, lines[1:]) if info.startswith("#EXT-X-STREAM-INF")]
		work += [{"file": name}] if media[0]["codecs"] != "mp4a.40.34" else []
		work += media
	return work


def serve(folder, work, said):
	class Handler(http.server.SimpleHTTPRequestHandler):
		def __init__(self, *a):
			super().__init__(*a, directory=str(folder))

		def log_message(self, *a):
			pass

		def answer(self, kind, body):
			self.send_response(200)
			self.send_header("Content-Type", kind)
			self.send_header("Content-Length", str(len(body)))
			self.end_headers()
			self.wfile.write(body)

		def do_GET(self):
			made = {"/": ("text/html", PAGE), "/work": ("application/json", json.dumps(work))}.get(self.path)
			self.answer(made[0], made[1].encode()) if made else super().do_GET()

		def do_POST(self):
			said.put(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
			self.answer("text/plain", b"")

		def guess_type(self, path):
			return TYPES.get(pathlib.Path(path).suffix, "application/octet-stream")

	server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
	threading.Thread(target=server.serve_forever, daemon=True).start()
	return server.server_port


def fault(r, seconds):
	"""Why this is not what it should be, or None."""
	if r["how"] != "ended":
		return r["how"]
	if not r["decoded"]:
		return "nothing was decoded"
	if abs(r["duration"] - seconds) > 0.06 or abs(r["at"] - r["duration"]) > 0.01: # an encoder's delay and padding
		return f"ended at {r['at']} of {r['duration']} s"
	if "ranges" in r and (len(r["ranges"]) != 1 or r["ranges"][0][0] != 0 or abs(r["ranges"][0][1] - r["said"]) > 0.001):
		return f"appended {r['ranges']}, but its lengths are {r['said']} s"
	return None


def main():
	folder, seconds = pathlib.Path(sys.argv[1]), float(sys.argv[2])
	work, said, bad, n = work_in(folder), queue.Queue(), 0, 0
	signal.signal(signal.SIGTERM, lambda *a: sys.exit(1))
	port = serve(folder, work, said)
	with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
		browser = subprocess.Popen(["chromium-headless-shell"] + (["--no-sandbox"] if os.geteuid() == 0 else []) +
			["--disable-gpu", "--autoplay-policy=no-user-gesture-required", "--remote-debugging-port=0", f"--user-data-dir={profile}",
			 f"http://127.0.0.1:{port}/"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True)
		try:
			for n in range(len(work) + 1):
				r = said.get(timeout=90)
				if "end" in r:
					break
				why = fault(r, seconds)
				bad += why is not None
				print(r["file"], *([r["media"], r["codecs"]] if "media" in r else []), why or f"played, {r['duration']:.3f} s")
		finally:
			os.killpg(browser.pid, signal.SIGKILL) # what is called so is a script that waits for the browser
			browser.wait()
	if n < len(work) or not work:
		print(f"only {n} of {len(work)} were tried", file=sys.stderr)
	sys.exit(bad > 0 or n < len(work) or not work)


main()
