/* A box is its length, its four letters, and what is in it; boxes lie in boxes. The length is written when the box ends. */
#include "station/fmp4.h"

#include "station/packed.h"

#include <inttypes.h>
#include <string.h>

/* ---- numbers, and boxes around them ---------------------------------------------------------------- */

static void put(struct qf_buf *b, uint64_t v, unsigned bytes)
{
	while (bytes-- > 0)
		qf_buf_putc(b, (char)(uint8_t)(v >> 8 * bytes));
}

static void put_zeros(struct qf_buf *b, size_t n)
{
	while (n-- > 0)
		qf_buf_putc(b, 0);
}

static size_t begin(struct qf_buf *b, const char *letters)
{
	size_t at = b->len;

	put(b, 0, 4);
	qf_buf_put(b, letters, 4);
	return at;
}

static size_t begin_full(struct qf_buf *b, const char *letters, unsigned version, uint32_t flags)
{
	size_t at = begin(b, letters);

	put(b, version, 1);
	put(b, flags, 3);
	return at;
}

static void set32(struct qf_buf *b, size_t at, uint32_t v)
{
	for (int i = 0; !b->failed && i < 4; i++)
		b->p[at + (size_t)i] = (char)(uint8_t)(v >> (24 - 8 * i));
}

static void end(struct qf_buf *b, size_t at)
{
	set32(b, at, (uint32_t)(b->len - at));
}

/* ---- what each codec says of itself ------------------------------------------------------------------- */

/* ISO/IEC 14496-1, 7.2.6: descriptors of a tag, a length and what is in it. All of them are shorter than 128 bytes. */
static void put_esds(struct qf_buf *b, const struct qf_sound *s)
{
	unsigned config = (unsigned)s->config.n;
	size_t box = begin_full(b, "esds", 0, 0);

	put(b, 0x03, 1); /* ES_Descriptor */
	put(b, 3 + 15 + 2 + config + 3, 1);
	put(b, 0, 3);
	put(b, 0x04, 1); /* DecoderConfigDescriptor */
	put(b, 13 + 2 + config, 1);
	put(b, 0x40, 1); /* audio of 14496-3 */
	put(b, 0x15, 1); /* an audio stream */
	put_zeros(b, 11); /* buffer size and rates: not said */
	put(b, 0x05, 1); /* DecoderSpecificInfo */
	put(b, config, 1);
	qf_buf_put(b, s->config.p, config);
	put(b, 0x06, 1); /* SLConfigDescriptor */
	put(b, 1, 1);
	put(b, 2, 1);
	end(b, box);
}

/* The identification header of Ogg Opus, with numbers turned round: behind the magic, the version and the channels. The rate that the
 * sound had before it was encoded is 48,000 here, as in the entry: Chromium 156 refuses any other. */
static void put_dops(struct qf_buf *b, const struct qf_sound *s)
{
	const uint8_t *h = (const uint8_t *)s->config.p;
	size_t box = begin(b, "dOps");

	put(b, 0, 1);
	put(b, h[9], 1);
	put(b, (uint64_t)h[11] << 8 | h[10], 2); /* pre-skip */
	put(b, s->rate_hz, 4);
	put(b, (uint64_t)h[17] << 8 | h[16], 2); /* gain */
	qf_buf_put(b, h + 18, s->config.n - 18); /* mapping family, and the table that belongs to it */
	end(b, box);
}

static void put_dfla(struct qf_buf *b, const struct qf_sound *s)
{
	size_t box = begin_full(b, "dfLa", 0, 0);

	put(b, 0x80, 1); /* the last metadata block, STREAMINFO */
	put(b, s->config.n, 3);
	qf_buf_put(b, s->config.p, s->config.n);
	end(b, box);
}

static void put_alac(struct qf_buf *b, const struct qf_sound *s)
{
	qf_buf_put(b, s->config.p, s->config.n);
}

static const struct {
	const char *letters;
	void (*put)(struct qf_buf *b, const struct qf_sound *s);
} entries[QF_SOUNDS] = {
	[QF_SOUND_AAC] = { "mp4a", put_esds }, [QF_SOUND_OPUS] = { "Opus", put_dops }, [QF_SOUND_FLAC] = { "fLaC", put_dfla },
	[QF_SOUND_ALAC] = { "alac", put_alac },
};

void qf_fmp4_put_codecs(struct qf_buf *out, const struct qf_sound *s)
{
	struct qf_aac_config c;

	if (s->codec == QF_SOUND_AAC)
		qf_buf_printf(out, "mp4a.40.%u", qf_aac_config_read(&c, s->config) ? c.object_type : 2);
	else
		qf_buf_puts(out, s->codec == QF_SOUND_OPUS ? "opus" : entries[s->codec].letters);
}

/* ---- the initialization section -------------------------------------------------------------------------- */

/* 16.16, in which rates above 65,535 do not fit: then a whole part of the rate stands there, as FLAC's mapping says. */
static uint32_t entry_rate(uint32_t rate_hz)
{
	while (rate_hz > 65535)
		rate_hz /= 2;
	return rate_hz << 16;
}

static void put_stsd(struct qf_buf *b, const struct qf_sound *s)
{
	size_t stsd = begin_full(b, "stsd", 0, 0), entry;

	put(b, 1, 4);
	entry = begin(b, entries[s->codec].letters);
	put_zeros(b, 6);
	put(b, 1, 2); /* of the data references */
	put_zeros(b, 8);
	put(b, s->channels, 2);
	put(b, s->bits, 2);
	put_zeros(b, 4);
	put(b, entry_rate(s->rate_hz), 4);
	entries[s->codec].put(b, s);
	end(b, entry);
	end(b, stsd);
}

/* The tables of samples are there and empty. */
static void put_stbl(struct qf_buf *b, const struct qf_sound *s)
{
	static const struct { const char *letters; size_t zeros; } empty[] = { { "stts", 4 }, { "stsc", 4 }, { "stsz", 8 }, { "stco", 4 } };
	size_t stbl = begin(b, "stbl");

	put_stsd(b, s);
	for (size_t i = 0; i < sizeof empty / sizeof *empty; i++) {
		size_t box = begin_full(b, empty[i].letters, 0, 0);

		put_zeros(b, empty[i].zeros);
		end(b, box);
	}
	end(b, stbl);
}

static void put_minf(struct qf_buf *b, const struct qf_sound *s)
{
	size_t minf = begin(b, "minf"), smhd = begin_full(b, "smhd", 0, 0), dinf, dref;

	put_zeros(b, 4);
	end(b, smhd);
	dinf = begin(b, "dinf");
	dref = begin_full(b, "dref", 0, 0);
	put(b, 1, 4);
	end(b, begin_full(b, "url ", 0, 1)); /* in this file */
	end(b, dref);
	end(b, dinf);
	put_stbl(b, s);
	end(b, minf);
}

static void put_mdia(struct qf_buf *b, const struct qf_sound *s)
{
	static const char name[] = "sound";
	size_t mdia = begin(b, "mdia"), box = begin_full(b, "mdhd", 0, 0);

	put_zeros(b, 8);
	put(b, s->rate_hz, 4);
	put(b, 0, 4);
	put(b, 0x55C4, 2); /* "und" */
	put(b, 0, 2);
	end(b, box);
	box = begin_full(b, "hdlr", 0, 0);
	put(b, 0, 4);
	qf_buf_puts(b, "soun");
	put_zeros(b, 12);
	qf_buf_put(b, name, sizeof name);
	end(b, box);
	put_minf(b, s);
	end(b, mdia);
}

static void put_matrix(struct qf_buf *b)
{
	static const uint32_t unity[9] = { 0x10000, 0, 0, 0, 0x10000, 0, 0, 0, 0x40000000 };

	for (int i = 0; i < 9; i++)
		put(b, unity[i], 4);
}

/* What is heard begins `skip` frames in; a length of 0 means all fragments (8.6.6.1). */
static void put_edits(struct qf_buf *b, uint32_t skip)
{
	size_t edts = begin(b, "edts"), elst = begin_full(b, "elst", 0, 0);

	put(b, 1, 4);
	put(b, 0, 4);
	put(b, skip, 4);
	put(b, 0x10000, 4);
	end(b, elst);
	end(b, edts);
}

static void put_trak(struct qf_buf *b, const struct qf_sound *s)
{
	size_t trak = begin(b, "trak"), tkhd = begin_full(b, "tkhd", 0, 3); /* enabled, in the movie */

	put_zeros(b, 8);
	put(b, 1, 4); /* its number */
	put_zeros(b, 8);
	put_zeros(b, 12);
	put(b, 0x0100, 2); /* volume */
	put(b, 0, 2);
	put_matrix(b);
	put_zeros(b, 8);
	end(b, tkhd);
	if (s->skip)
		put_edits(b, s->skip);
	put_mdia(b, s);
	end(b, trak);
}

static void put_mvhd(struct qf_buf *b, const struct qf_sound *s)
{
	size_t mvhd = begin_full(b, "mvhd", 0, 0);

	put_zeros(b, 8);
	put(b, s->rate_hz, 4);
	put(b, 0, 4);
	put(b, 0x10000, 4); /* rate */
	put(b, 0x0100, 2);  /* volume */
	put_zeros(b, 10);
	put_matrix(b);
	put_zeros(b, 24);
	put(b, 2, 4); /* the next track's number */
	end(b, mvhd);
}

void qf_fmp4_put_init(struct qf_buf *out, const struct qf_sound *s)
{
	size_t box = begin(out, "ftyp"), trex;

	qf_buf_puts(out, "iso6");
	put(out, 0, 4);
	qf_buf_puts(out, "iso6mp41");
	end(out, box);
	box = begin(out, "moov");
	put_mvhd(out, s);
	put_trak(out, s);
	trex = begin(out, "mvex");
	{
		size_t defaults = begin_full(out, "trex", 0, 0);

		put(out, 1, 4);
		put(out, 1, 4);
		put_zeros(out, 12);
		end(out, defaults);
	}
	end(out, trex);
	end(out, box);
}

/* ---- fragments ------------------------------------------------------------------------------------------------ */

enum { BASE_IS_MOOF = 0x20000, OFFSET = 1, DURATIONS = 0x100, SIZES = 0x200 };

enum qf_status qf_fmp4_put_fragment(struct qf_buf *out, uint32_t number, uint64_t at, const struct qf_packet *packet, size_t n, struct qf_err *e)
{
	size_t moof = begin(out, "moof"), traf, box, offset, bytes = 8;

	box = begin_full(out, "mfhd", 0, 0);
	put(out, number, 4);
	end(out, box);
	traf = begin(out, "traf");
	box = begin_full(out, "tfhd", 0, BASE_IS_MOOF);
	put(out, 1, 4);
	end(out, box);
	box = begin_full(out, "tfdt", 1, 0);
	put(out, at, 8);
	end(out, box);
	box = begin_full(out, "trun", 0, OFFSET | DURATIONS | SIZES);
	put(out, n, 4);
	offset = out->len;
	put(out, 0, 4);
	for (size_t i = 0; i < n; i++) {
		put(out, packet[i].frames, 4);
		put(out, packet[i].n, 4);
		bytes += packet[i].n;
	}
	end(out, box);
	end(out, traf);
	end(out, moof);
	if (bytes + (out->len - moof) > INT32_MAX)
		return qf_fail(e, QF_ELIMIT, "a segment of %zu bytes", bytes);
	set32(out, offset, (uint32_t)(out->len - moof) + 8);
	put(out, bytes, 4);
	qf_buf_puts(out, "mdat");
	for (size_t i = 0; i < n; i++)
		qf_buf_put(out, packet[i].p, packet[i].n);
	return qf_buf_check(out, e);
}
