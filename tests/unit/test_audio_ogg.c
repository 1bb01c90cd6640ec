/* Ogg: a packet in pieces has the pages that it has as one; a head is read without a large comment. */
#define _GNU_SOURCE
#include "unit.h"

#include "audio/ogghead.h"
#include "audio/oggfile.h"
#include "base/file.h"

#include <sys/mman.h>
#include <unistd.h>

static struct qf_buf all_of(int fd)
{
	struct qf_buf b = { 0 };
	struct qf_err e = { 0 };

	assert_int_equal(lseek(fd, 0, SEEK_SET), 0);
	assert_ok(qf_file_read_fd(fd, &b, 1 << 20, &e), e);
	close(fd);
	return b;
}

/* A stream of three packets, the middle one of n bytes, given as one (piece 0) or in pieces of so many bytes. */
static struct qf_buf stream_of(char *bytes, size_t n, size_t piece, bool flush)
{
	int fd = memfd_create("ogg", MFD_CLOEXEC);
	struct qf_oggfile o = { 0 };
	struct qf_err e = { 0 };
	ogg_packet head = { .packet = (unsigned char *)bytes, .bytes = 30, .b_o_s = 1 }, middle = { .packet = (unsigned char *)bytes, .bytes = (long)n },
		   last = { .packet = (unsigned char *)bytes, .bytes = 4000, .e_o_s = 1, .granulepos = 960 };

	assert_ok(qf_oggfile_open(&o, fd, 7, &e), e);
	assert_ok(qf_oggfile_put(&o, &head, true, &e), e);
	if (piece == 0) {
		assert_ok(qf_oggfile_put(&o, &middle, flush, &e), e);
	} else {
		for (size_t at = 0; at < n; at += piece)
			assert_ok(qf_oggfile_add(&o, bytes + at, n - at < piece ? n - at : piece, &e), e);
		assert_ok(qf_oggfile_end(&o, flush, &e), e);
	}
	assert_ok(qf_oggfile_put(&o, &last, true, &e), e);
	qf_oggfile_close(&o);
	return all_of(fd);
}

/* A segment has 255 bytes, a page 255 segments. */
static void pieces_give_the_pages_of_the_whole(void **state)
{
	static const size_t sizes[] = { 0, 1, 254, 255, 256, 510, 65024, 65025, 65026, 130049, 130050, 200000 }, pieces[] = { 1, 100, 255, 16384, 70000 };
	static char bytes[200000];

	(void)state;
	for (size_t i = 0; i < sizeof bytes; i++)
		bytes[i] = (char)(i * 31 + i / 251);
	for (size_t s = 0; s < 2 * sizeof sizes / sizeof *sizes; s++) {
		size_t n = sizes[s / 2];
		struct qf_buf whole = stream_of(bytes, n, 0, s % 2);

		for (size_t p = n > 70000 ? 1 : 0; p < sizeof pieces / sizeof *pieces; p++) {
			struct qf_buf parts = stream_of(bytes, n, pieces[p], s % 2);

			if (parts.len != whole.len || memcmp(parts.p, whole.p, whole.len) != 0)
				fail_msg("%zu bytes in pieces of %zu", n, pieces[p]);
			qf_buf_free(&parts);
		}
		qf_buf_free(&whole);
	}
}

/* Three pages: the header's 28 + 30 bytes; 27 + 255 + 65025; and one segment of 1 byte with the 16 of 4,000: 27 + 17 + 4001. */
static void a_large_packet_fills_its_pages(void **state)
{
	static char bytes[65026];
	struct qf_buf b = stream_of(bytes, sizeof bytes, 1000, false);

	(void)state;
	assert_int_equal(b.len, 58 + 65307 + 4045);
	assert_memory_equal(b.p + 58, "OggS\0\0\377\377\377\377\377\377\377\377\7\0\0\0\1\0\0\0", 22); /* begins a packet, ends none; page 1 */
	assert_memory_equal(b.p + 58 + 65307, "OggS\0\5\300\3\0\0\0\0\0\0\7\0\0\0\2\0\0\0", 22); /* goes on, the last; position 960; page 2 */
	qf_buf_free(&b);
}

/* ---- a head without its large comment -------------------------------------------------------------- */

struct part { const char *begins; long bytes; bool alone; }; /* alone: the page ends behind it */

/* An Ogg stream of such packets; what was read of its head, if the comment has more than `most` bytes. */
static struct qf_ogghead head_of(const struct part *part, int n, size_t cut, int64_t most)
{
	static char bytes[200000];
	int fd = memfd_create("ogg", MFD_CLOEXEC);
	struct qf_oggfile o = { 0 };
	struct qf_ogghead h;
	struct qf_err e = { 0 };
	off_t end;

	assert_ok(qf_oggfile_open(&o, fd, 7, &e), e);
	for (int i = 0; i < n; i++) {
		ogg_packet p = { .packet = (unsigned char *)bytes, .bytes = part[i].bytes, .b_o_s = i == 0, .packetno = i };

		memset(bytes, 'x', sizeof bytes);
		memcpy(bytes, part[i].begins, strlen(part[i].begins));
		assert_ok(qf_oggfile_put(&o, &p, part[i].alone, &e), e);
	}
	qf_oggfile_close(&o);
	end = lseek(fd, 0, SEEK_CUR) - (off_t)cut;
	assert_int_equal(ftruncate(fd, end), 0);
	assert_ok(qf_ogghead_read(&h, fd, 0, end, most, &e), e);
	close(fd);
	return h;
}

/* Of a comment of 130,051 bytes: two pages of 27 + 255 + 65,025, and one with the last byte. In its place one of 16 bytes, and pages
 * without a packet up to the same number. */
static void a_large_comment_is_left_out_of_the_head(void **state)
{
	static const struct part opus[] = { { "OpusHead", 19, true }, { "OpusTags", 130051, true }, { "sound", 4000, true } },
				 vorbis[] = { { "\1vorbis", 30, true }, { "\3vorbis", 130051, false }, { "\5vorbis", 1000, true }, { "sound", 4000, true } };
	struct qf_ogghead h = head_of(opus, 3, 0, 130050);

	(void)state;
	assert_int_equal(h.instead_of, 47 + 2 * 65307 + 29);
	assert_int_equal(h.pages.len, 47 + 44 + 2 * 27);
	assert_memory_equal(h.pages.p + 28, "OpusHeadxxxxxxxxxxx", 19);
	assert_memory_equal(h.pages.p + 47, "OggS\0\0\0\0\0\0\0\0\0\0\7\0\0\0\1\0\0\0", 22);
	assert_memory_equal(h.pages.p + 47 + 26, "\1\20OpusTags\0\0\0\0\0\0\0\0", 18);
	assert_memory_equal(h.pages.p + 91, "OggS\0\0\377\377\377\377\377\377\377\377\7\0\0\0\2\0\0\0", 22);
	assert_memory_equal(h.pages.p + 118, "OggS\0\0\377\377\377\377\377\377\377\377\7\0\0\0\3\0\0\0", 22);
	qf_ogghead_free(&h);
	h = head_of(vorbis, 4, 0, 130050); /* the setup stands behind the comment's last byte: 27 + 5 + 1,001 */
	assert_int_equal(h.instead_of, 58 + 2 * 65307 + 1033);
	assert_int_equal(h.pages.len, 58 + 1048 + 2 * 27);
	assert_memory_equal(h.pages.p + 58 + 27, "\20\377\377\377\353\3vorbis\0\0\0\0\0\0\0\0\1\5vorbisx", 29);
	qf_ogghead_free(&h);
}

static void what_is_not_plain_is_left_as_it_is(void **state)
{
	static const struct { struct part part[4]; size_t cut; int64_t most; } cases[] = {
		{ { { "OpusHead", 19, true }, { "OpusTags", 130051, true }, { "sound", 4000, true } }, 0, 130051 },     /* not too large */
		{ { { "OpusHead", 19, true }, { "OpusTags", 130051, false }, { "sound", 4000, true } }, 0, 1000 },      /* sound on its page */
		{ { { "OpusHead", 19, true }, { "OpusTags", 130051, true }, { "sound", 4000, true } }, 4100, 1000 },    /* cut in the comment */
		{ { { "OpusHead", 19, true }, { "OpusTags", 130051, true }, { "sound", 4000, true } }, 134660, 1000 },  /* in the first header */
		{ { { "\177FLAC", 51, true }, { "comment", 130051, true }, { "sound", 4000, true } }, 0, 1000 },        /* another codec */
		{ { { "\1vorbis", 30, true }, { "\3vorbis", 130051, false }, { "\5vorbis", 100000, true } }, 0, 1000 }, /* a setup beyond all bounds */
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct qf_ogghead h = head_of(cases[i].part, 3, cases[i].cut, cases[i].most);

		if (h.pages.len || h.instead_of)
			fail_msg("case %zu: %zu bytes in place of %lld", i, h.pages.len, (long long)h.instead_of);
		qf_ogghead_free(&h);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(pieces_give_the_pages_of_the_whole),
		cmocka_unit_test(a_large_packet_fills_its_pages),
		cmocka_unit_test(a_large_comment_is_left_out_of_the_head),
		cmocka_unit_test(what_is_not_plain_is_left_as_it_is),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
