/* Segments byte by byte: fragmented MP4 by ISO/IEC 14496-12, packed audio by RFC 8216, 3.4. */
#include "unit.h"

#include "station/fmp4.h"
#include "station/packed.h"

static const uint8_t lc[] = { 0x12, 0x10 };                                  /* AAC-LC, 44,100 Hz, stereo */
static const uint8_t he[] = { 0x2B, 0x92, 0x08, 0x00 };                      /* HE-AAC: 22,050 Hz, stereo, up to 44,100 Hz, core LC */
static const uint8_t head[19] = "OpusHead\x01\x02\x38\x01\x44\xAC\0\0\0\xFF"; /* 2 channels, 312 frames of pre-skip, once 44,100 Hz, gain -256 */

static struct qf_sound sound(enum qf_sound_codec codec, const void *config, size_t n)
{
	return (struct qf_sound){ .codec = codec, .rate_hz = 44100, .channels = 2, .bits = 16, .skip = 1024, .config = { config, n } };
}

/* The box of that name behind p[at]; where what is in it begins, and its length. */
static size_t box(const struct qf_buf *b, size_t at, const char *letters, size_t *n)
{
	for (size_t i = at; i + 8 <= b->len; i++)
		if (memcmp(b->p + i + 4, letters, 4) == 0) {
			*n = (size_t)((uint8_t)b->p[i + 2] << 8 | (uint8_t)b->p[i + 3]) - 8;
			return i + 8;
		}
	fail_msg("there is no %s", letters);
	return 0;
}

#define assert_box(b, letters, bytes)                                                    \
	do {                                                                             \
		size_t n_, at_ = box(b, 0, letters, &n_);                                \
		assert_int_equal(n_, sizeof bytes - 1);                                  \
		assert_memory_equal((b)->p + at_, bytes, sizeof bytes - 1);              \
	} while (0)

static void an_initialization_section_says_what_the_sound_is(void **state)
{
	struct qf_sound s = sound(QF_SOUND_AAC, lc, sizeof lc);
	struct qf_buf b = { 0 };

	(void)state;
	qf_fmp4_put_init(&b, &s);
	assert_memory_equal(b.p, "\0\0\0\x18" "ftypiso6\0\0\0\0iso6mp41", 24);
	assert_memory_equal(b.p + 28, "moov", 4);
	assert_int_equal((uint8_t)b.p[26] << 8 | (uint8_t)b.p[27], b.len - 24); /* and it is all there is */
	assert_box(&b, "elst", "\0\0\0\0\0\0\0\x01\0\0\0\0\0\0\x04\0\0\x01\0\0"); /* one edit: from frame 1,024 on, to the end */
	assert_box(&b, "mdhd", "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\xAC\x44\0\0\0\0\x55\xC4\0\0");
	assert_box(&b, "esds", "\0\0\0\0\x03\x19\0\0\0\x04\x11\x40\x15\0\0\0\0\0\0\0\0\0\0\0\x05\x02\x12\x10\x06\x01\x02");
	assert_box(&b, "trex", "\0\0\0\0\0\0\0\x01\0\0\0\x01\0\0\0\0\0\0\0\0\0\0\0\0");
	assert_box(&b, "stsz", "\0\0\0\0\0\0\0\0\0\0\0\0");
	qf_buf_free(&b);
}

static void each_codec_has_its_own_entry(void **state)
{
	static const char streaminfo[34] = "\x10";
	struct qf_sound opus = sound(QF_SOUND_OPUS, head, sizeof head), flac = sound(QF_SOUND_FLAC, streaminfo, sizeof streaminfo);
	struct qf_buf b = { 0 };
	size_t n, at;

	(void)state;
	opus.rate_hz = 48000;
	qf_fmp4_put_init(&b, &opus);
	assert_box(&b, "dOps", "\0\x02\x01\x38\0\0\xBB\x80\xFF\0\0");
	qf_buf_clear(&b);
	flac.rate_hz = 96000;
	flac.bits = 24;
	flac.skip = 0;
	qf_fmp4_put_init(&b, &flac);
	at = box(&b, 0, "fLaC", &n);
	assert_memory_equal(b.p + at, "\0\0\0\0\0\0\0\x01\0\0\0\0\0\0\0\0\0\x02\0\x18\0\0\0\0\xBB\x80\0\0", 28); /* 96,000 does not fit: its half */
	at = box(&b, 0, "dfLa", &n);
	assert_int_equal(n, 42);
	assert_memory_equal(b.p + at, "\0\0\0\0\x80\0\0\x22\x10", 9);
	for (size_t i = 0; i + 4 < b.len; i++) /* nothing is to be skipped */
		assert_memory_not_equal(b.p + i, "elst", 4);
	qf_buf_free(&b);
}

static void a_fragment_is_a_table_and_the_packets(void **state)
{
	static const struct qf_packet two[] = { { (const uint8_t *)"abc", 3, 1024 }, { (const uint8_t *)"de", 2, 500 } };
	struct qf_buf b = { 0 };
	struct qf_err e = { 0 };

	(void)state;
	assert_ok(qf_fmp4_put_fragment(&b, 2, 264600, two, 2, &e), e);
	assert_int_equal(b.len, 8 + 16 + 8 + 16 + 20 + 36 + 8 + 5);
	assert_box(&b, "mfhd", "\0\0\0\0\0\0\0\x02");
	assert_box(&b, "tfhd", "\0\x02\0\0\0\0\0\x01");
	assert_box(&b, "tfdt", "\x01\0\0\0\0\0\0\0\0\x04\x09\x98");
	assert_box(&b, "trun", "\0\0\x03\x01\0\0\0\x02\0\0\0\x70\0\0\x04\0\0\0\0\x03\0\0\x01\xF4\0\0\0\x02"); /* the data are 112 bytes behind moof */
	assert_memory_equal(b.p + 104, "\0\0\0\x0D" "mdatabcde", 13);
	qf_buf_free(&b);
}

static void packed_audio_has_a_clock_and_headers(void **state)
{
	static const struct qf_packet one = { (const uint8_t *)"abc", 3, 1024 };
	struct qf_sound s = sound(QF_SOUND_AAC, lc, sizeof lc);
	struct qf_buf b = { 0 };
	struct qf_err e = { 0 };

	(void)state;
	assert_ok(qf_packed_put_segment(&b, &s, 88200, &one, 1, &e), e); /* 2 s are 180,000 ticks */
	assert_int_equal(b.len, 73 + 7 + 3);
	assert_memory_equal(b.p, "ID3\x04\0\0\0\0\0\x3FPRIV\0\0\0\x35\0\0com.apple.streaming.transportStreamTimestamp\0\0\0\0\0\0\x02\xBF\x20", 73);
	assert_memory_equal(b.p + 73, "\xFF\xF1\x50\x80\x01\x5F\xFC" "abc", 10); /* LC, 44,100 Hz, stereo, 10 bytes */
	qf_buf_clear(&b);
	s.codec = QF_SOUND_MP3;
	assert_ok(qf_packed_put_segment(&b, &s, 1, &one, 1, &e), e);
	assert_int_equal(b.len, 73 + 3);
	assert_memory_equal(b.p + 65, "\0\0\0\0\0\0\0\x02" "abc", 11); /* 2.04 ticks */
	qf_buf_clear(&b);
	assert_ok(qf_packed_put_segment(&b, &s, UINT64_C(44100) * 95444, &one, 1, &e), e); /* 2^33 ticks are 95,443.7 s */
	assert_memory_equal(b.p + 65, "\0\0\0\0\0\0\x63\x40", 8); /* 8,589,960,000 - 2^33 = 25,408 */
	qf_buf_free(&b);
}

static void codecs_by_name(void **state)
{
	static const struct { struct qf_sound s; const char *mp4, *packed; } all[] = {
		{ { .codec = QF_SOUND_AAC, .config = { (const char *)lc, sizeof lc } }, "mp4a.40.2", "mp4a.40.2" },
		{ { .codec = QF_SOUND_AAC, .config = { (const char *)he, sizeof he } }, "mp4a.40.5", "mp4a.40.5" },
		{ { .codec = QF_SOUND_MP3 }, NULL, "mp4a.40.34" },
		{ { .codec = QF_SOUND_OPUS }, "opus", NULL },
		{ { .codec = QF_SOUND_FLAC }, "fLaC", NULL },
		{ { .codec = QF_SOUND_ALAC }, "alac", NULL },
	};
	struct qf_aac_config c;

	(void)state;
	for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
		struct qf_buf b = { 0 };

		if (all[i].mp4) {
			qf_fmp4_put_codecs(&b, &all[i].s);
			assert_text(&b, all[i].mp4);
		}
		qf_buf_clear(&b);
		assert_true(qf_packed_holds(&all[i].s) == (all[i].packed != NULL));
		if (all[i].packed) {
			qf_packed_put_codecs(&b, &all[i].s);
			assert_text(&b, all[i].packed);
		}
		qf_buf_free(&b);
	}
	assert_true(qf_aac_config_read(&c, (struct qf_span){ (const char *)he, sizeof he }));
	assert_int_equal(c.object_type, 5);
	assert_int_equal(c.core_type, 2);
	assert_int_equal(c.rate_index, 7); /* 22,050 Hz */
	assert_int_equal(c.channels, 2);
	assert_false(qf_aac_config_read(&c, SPAN("\x12")));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_initialization_section_says_what_the_sound_is),
		cmocka_unit_test(each_codec_has_its_own_entry),
		cmocka_unit_test(a_fragment_is_a_table_and_the_packets),
		cmocka_unit_test(packed_audio_has_a_clock_and_headers),
		cmocka_unit_test(codecs_by_name),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
