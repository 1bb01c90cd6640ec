/* Every reader of playlists, what its places may mean, and every writer with what was read:
 * a list that was read and written is read and written again in the same bytes. The first byte
 * chooses the format, the second the profile. */
#include "playlist/format.h"
#include "playlist/place.h"
#include "playlist/spelling.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum { FORMATS = 5, PROFILES = 9 };

static void write_again(const struct qf_playlist_format *f, const struct qf_playlist *list, const struct qf_buf *first)
{
	struct qf_reading r = { 0 };
	struct qf_playlist again = *list;
	struct qf_buf second = { 0 };

	if (qf_playlist_read(f, &r, (struct qf_span){ first->p ? first->p : "", first->len }, NULL))
		abort();
	for (size_t i = 0; i < r.n; i++) { /* places are not what is asked here */
		if (!r.entries[i].path)
			abort();
		r.entries[i].path = "/p";
	}
	again.title = r.title;
	again.note = r.note;
	again.entries = r.entries;
	again.n = r.n;
	f->write(&second, &again, NULL);
	if (first->len != second.len || (first->len && memcmp(first->p, second.p, first->len) != 0))
		abort();
	qf_buf_free(&second);
	qf_reading_free(&r);
}

static void write_all(struct qf_reading *r, const struct qf_profile *profile)
{
	const struct qf_playlist list = { .title = r->title, .note = r->note, .folder = "/lists", .profile = profile, .entries = r->entries, .n = r->n };

	for (size_t i = 0; i < r->n; i++)
		r->entries[i].path = "/p";
	for (const struct qf_playlist_format *f = qf_playlist_formats; f->name; f++) {
		struct qf_buf out = { 0 };

		f->write(&out, &list, NULL);
		write_again(f, &list, &out);
		qf_buf_free(&out);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct qf_reading r = { 0 };
	struct qf_buf path = { 0 };
	struct qf_err e;

	if (n < 2)
		return 0;
	if (qf_playlist_read(&qf_playlist_formats[data[0] % FORMATS], &r, (struct qf_span){ (const char *)data + 2, n - 2 }, &e) == QF_OK) {
		for (size_t i = 0; i < r.n && i < 64; i++)
			for (unsigned nth = 0; r.entries[i].path && nth < QF_PLACE_GUESSES; nth++) {
				qf_buf_clear(&path);
				qf_place_guess(&path, "/lists/mine", r.entries[i].path, nth & 1, nth);
			}
		write_all(&r, &qf_profiles[data[1] % PROFILES]);
	}
	qf_buf_free(&path);
	qf_reading_free(&r);
	return 0;
}
