#!/usr/bin/env bash
# signed-urls - are the URLs that `qfzz playlist --sign` writes taken by a real nginx, and are altered, expired and foreign
# ones refused? On a free port of the loopback, in a folder of its own, stopped at the end.
#
#   tests/proof/signed-urls.sh BUILD
set -euo pipefail
PATH=$(realpath "$1")/bin:$PATH:/usr/sbin
T=$(mktemp -d) nginx=
trap '[ -z "$nginx" ] || { kill "$nginx"; wait "$nginx" || :; }; rm -rf "$T"' EXIT
chmod 755 "$T"
cd "$T"
export QFZZ_CATALOG=$T/none.db
fail() { echo "signed-urls: $*" >&2; exit 1; }

mkdir -p 'music/al bum' music/other logs
for f in 'al bum/1 Föhn.flac' 'al bum/100% "q" #2?.flac' $'al bum/a\tb.flac' other/x.flac top.flac; do echo "sound of $f" > "music/$f"; done
port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
cat > nginx.conf <<CONF
daemon off;
pid $T/pid;
error_log $T/logs/error;
$([ "$(id -u)" = 0 ] && echo "user root;")
events {}
http {
	access_log off;
	$(for t in client_body proxy fastcgi uwsgi scgi; do echo "${t}_temp_path $T/logs;"; done)
	server {
		listen 127.0.0.1:$port;
		location /music/ {
			secure_link \$arg_md5,\$arg_expires;
			secure_link_md5 "\$secure_link_expires\$uri se cret";
			if (\$secure_link = "") { return 403; }
			if (\$secure_link = "0") { return 410; }
			alias $T/music/;
		}
		location ~ "^/s/(?<token>[A-Za-z0-9_-]{22})/(?<expiry>[0-9]+)/(?<dir>[^/]+)/(?<rest>(?s:.+))\$" {
			secure_link \$token,\$expiry;
			secure_link_md5 "\$expiry/\$dir/ se cret";
			if (\$secure_link = "") { return 403; }
			if (\$secure_link = "0") { return 410; }
			alias $T/music/\$dir/\$rest;
		}
		location / { return 404; }
	}
}
CONF
nginx -c "$T/nginx.conf" -p "$T" 2> logs/start &
nginx=$!
for _ in {1..50}; do curl -s -o /dev/null "http://127.0.0.1:$port/" && break; sleep 0.1; done

n=0
expect() { # STATUS URL WHAT
	local got
	got=$(curl -s --path-as-is -o body -w '%{http_code}' "$2")
	[ "$got" = "$1" ] || fail "$3: $got instead of $1 for $2"
	n=$((n + 1))
}

find "$T/music" -type f -print0 | sort -z | while IFS= read -r -d '' f; do jq -cn --arg p "$f" '{path: $p}'; done > rows
lists() { qfzz-playlist --base-url "http://127.0.0.1:$port/$1" --root music --sign 'se cret' --sign-form "$2" --format paths "${@:3}" - < rows; }

lists music query > query
[ "$(wc -l < query)" = 5 ] || fail "$(wc -l < query) URLs for 5 files"
while read -r url; do
	expect 200 "$url" "a good URL"
	grep -q '^sound of ' body || fail "another file came for $url"
	expect 403 "${url%%\?*}" "no token"
	expect 403 "${url/md5=?/md5=}" "a token cut short"
	expect 403 "${url%?}$(((${url: -1} + 1) % 10))" "an altered expiry"
	expect 403 "${url%%\?*}x?${url#*\?}" "the token of another file"
done < query
lists music query --now 1000000000 --expires 30m > expired
while read -r url; do expect 410 "$url" "an expired URL"; done < expired

lists s path > path 2> said && fail "top.flac lies in no folder, and nobody said so"
grep -q 'top.flac: lies in no folder of its own' said || fail "top.flac was not named: $(cat said)"
[ "$(wc -l < path)" = 4 ] || fail "$(wc -l < path) URLs for 4 files"
while read -r url; do
	expect 200 "$url" "a good URL with a token in the path"
	grep -q '^sound of ' body || fail "another file came for $url"
done < path
one=$(grep -m1 'F%C3%B6hn' path)
expect 200 "${one/1%20F%C3%B6hn.flac/a%09b.flac}" "another file of the same folder"
expect 403 "${one/al%20bum/other}" "the token of another folder"
expect 403 "${one/\/s\/?/\/s\/_}" "a bad token"
expect 404 "${one/1%20F%C3%B6hn.flac/..\/..\/..\/..\/nginx.conf}" "a way up"
lists s path --now 1000000000 > expired 2> said || :
while read -r url; do expect 410 "$url" "an expired URL with a token in the path"; done < expired
echo "$n requests answered as they should be"
