/* The tags of RFC 8216 as a table: where each may stand, what its value is, which attributes it has; and beside it what
 * only code can say of one. */
#include "station/hls_tags.h"

#include "base/alloc.h"
#include "station/hls_attrs.h"

#include <string.h>

enum place { ANYWHERE, IN_MEDIA, IN_MASTER };
enum value { NOTHING, WHOLE, WORDS, ATTRS, OWN };

struct attr {
	const char *name;
	enum qf_hls_form form;
	bool must;
	const char *words;
};

enum { ATTRS_MAX = 16 };

struct tag {
	const char *name, *section;
	enum place place;
	bool once;
	enum value value;
	const char *words;
	const struct attr *attr; /* ended by one without a name; at most ATTRS_MAX */
	/* What else there is to it; v: its value, a: of its attributes as in the table, {NULL, 0} where not there. */
	void (*also)(struct qf_hls_reader *l, struct qf_span v, const struct qf_span *a);
};

static bool there(struct qf_span v)
{
	return v.p != NULL;
}

static void call_for(struct qf_hls_reader *l, size_t version, const char *what)
{
	if (!l->calls_for[version].line) {
		l->calls_for[version].line = l->line;
		l->calls_for[version].what = what;
	}
}

/* ---- tags of segments ------------------------------------------------------------------------------ */

static void read_extinf(struct qf_hls_reader *l, struct qf_span v, const struct qf_span *a)
{
	const char *comma = v.n ? memchr(v.p, ',', v.n) : NULL;
	struct qf_span number = { v.p, comma ? (size_t)(comma - v.p) : v.n };

	(void)a;
	if (l->next.info_line)
		qf_hls_break(l, l->next.info_line, true, "4.3.2.1", "no URI follows this #EXTINF");
	l->next.info_line = l->line;
	if (!comma)
		qf_hls_break(l, l->line, true, "4.3.2.1", "a comma stands behind the length of a segment");
	if (!qf_hls_is(number, QF_HLS_REAL, NULL)) {
		qf_hls_break(l, l->line, true, "4.3.2.1", "the length of a segment is %s", qf_hls_form_names[QF_HLS_REAL]);
		return;
	}
	l->next.seconds = qf_hls_real(number);
	if (memchr(number.p, '.', number.n))
		call_for(l, 3, "a length with a fraction");
}

/* "n[@o]" */
static bool read_range(struct qf_span v, int64_t *n, int64_t *from)
{
	const char *at = v.n ? memchr(v.p, '@', v.n) : NULL;
	struct qf_span head = { v.p, at ? (size_t)(at - v.p) : v.n }, tail = { at ? at + 1 : NULL, at ? v.n - head.n - 1 : 0 };

	if (!qf_hls_is(head, QF_HLS_WHOLE, NULL) || (at && !qf_hls_is(tail, QF_HLS_WHOLE, NULL)))
		return false;
	*n = qf_hls_whole(head);
	*from = at ? qf_hls_whole(tail) : -1;
	return true;
}

static void read_byterange(struct qf_hls_reader *l, struct qf_span v, const struct qf_span *a)
{
	(void)a;
	call_for(l, 4, "#EXT-X-BYTERANGE");
	if (read_range(v, &l->next.range_bytes, &l->next.range_from))
		l->next.range_line = l->line;
	else
		qf_hls_break(l, l->line, true, "4.3.2.2", "a byte range is like 75232@0");
}

static void read_discontinuity(struct qf_hls_reader *l, struct qf_span v, const struct qf_span *a)
{
	(void)v, (void)a;
	l->discontinuity = true;
}

enum { KEY_METHOD, KEY_URI, KEY_IV, KEY_FORMAT, KEY_VERSIONS };
static const struct attr key[] = {
	{ "METHOD", QF_HLS_WORD, true, "NONE|AES-128|SAMPLE-AES" }, { "URI", QF_HLS_QUOTED, false, NULL }, { "IV", QF_HLS_HEX, false, NULL },
	{ "KEYFORMAT", QF_HLS_QUOTED, false, NULL }, { "KEYFORMATVERSIONS", QF_HLS_QUOTED, false, NULL }, { 0 }
};

static void read_key(struct qf_hls_reader *l, struct qf_span v, const struct qf_span *a)
{
	bool none = qf_hls_says(a[KEY_METHOD], "NONE");

	(void)v;
	if (none && (there(a[KEY_URI]) || there(a[KEY_IV]) || there(a[KEY_FORMAT]) || there(a[KEY_VERSIONS])))
		qf_hls_break(l, l->line, true, "4.3.2.4", "METHOD=NONE stands alone");
	if (!none && there(a[KEY_METHOD]) && !there(a[KEY_URI]))
		qf_hls_break(l, l->line, true, "4.3.2.4", "a key wants its URI");
	if (there(a[KEY_IV]))
		call_for(l, 2, "an IV");
	if (there(a[KEY_FORMAT]) || there(a[KEY_VERSIONS]) || qf_hls_says(a[KEY_METHOD], "SAMPLE-AES"))
		call_for(l, 5, "SAMPLE-AES or KEYFORMAT");
}

static void read_session_key(struct qf_hls_reader *l, struct qf_span v, const struct qf_span *a)
{
	if (qf_hls_says(a[KEY_METHOD], "NONE"))
		qf_hls_break(l, l->line, true, "4.3.4.5", "the METHOD of a session key is not NONE");
	else
		read_key(l, v, a);
}

enum { MAP_URI, MAP_RANGE };
static const struct attr map[] = { { "URI", QF_HLS_QUOTED, true, NULL }, { "BYTERANGE", QF_HLS_QUOTED, false, NULL }, { 0 } };

static void read_map(struct qf_hls_reader *l, struct qf_span v, const struct qf_span *a)
{
	int64_t n, from;

	(void)v;
	call_for(l, 6, "#EXT-X-MAP");
	if (there(a[MAP_RANGE]) && !read_range(qf_hls_unquoted(a[MAP_RANGE]), &n, &from))
		qf_hls_break(l, l->line, true, "4.3.2.5", "a byte range is like \"75232@0\"");
}

/* ISO 8601: "2010-02-19T14:54:23.031+08:00". A date with a T and a time behind it; the zone SHOULD be said. */
static bool is_moment(struct qf_span v)
{
	static const char form[] = "dddd-dd-ddTdd:dd:dd";

	for (size_t i = 0; i < sizeof form - 1; i++)
		if (i >= v.n || (form[i] == 'd' ? v.p[i] < '0' || v.p[i] > '9' : v.p[i] != form[i]))
			return false;
	return true;
}

static void read_date(struct qf_hls_reader *l, struct qf_span v, const struct qf_span *a)
{
	(void)a;
	if (!is_moment(v))
		qf_hls_break(l, l->line, true, "4.3.2.6", "a date and time is like 2010-02-19T14:54:23.031Z");
}

enum { RANGE_ID, RANGE_CLASS, RANGE_START, RANGE_END, RANGE_LENGTH, RANGE_PLANNED, RANGE_NEXT };
static const struct attr daterange[] = {
	{ "ID", QF_HLS_QUOTED, true, NULL }, { "CLASS", QF_HLS_QUOTED, false, NULL }, { "START-DATE", QF_HLS_QUOTED, true, NULL },
	{ "END-DATE", QF_HLS_QUOTED, false, NULL }, { "DURATION", QF_HLS_REAL, false, NULL }, { "PLANNED-DURATION", QF_HLS_REAL, false, NULL },
	{ "END-ON-NEXT", QF_HLS_WORD, false, "YES" }, { "SCTE35-CMD", QF_HLS_HEX, false, NULL }, { "SCTE35-OUT", QF_HLS_HEX, false, NULL },
	{ "SCTE35-IN", QF_HLS_HEX, false, NULL }, { 0 }
};

static void read_daterange(struct qf_hls_reader *l, struct qf_span v, const struct qf_span *a)
{
	(void)v;
	for (int i = RANGE_START; i <= RANGE_END; i++)
		if (there(a[i]) && !is_moment(qf_hls_unquoted(a[i])))
			qf_hls_break(l, l->line, true, "4.3.2.7", "%s is a date like \"2010-02-19T14:54:23.031Z\"", daterange[i].name);
	if (there(a[RANGE_NEXT]) && !there(a[RANGE_CLASS]))
		qf_hls_break(l, l->line, true, "4.3.2.7", "END-ON-NEXT wants a CLASS");
	if (there(a[RANGE_NEXT]) && (there(a[RANGE_LENGTH]) || there(a[RANGE_END])))
		qf_hls_break(l, l->line, true, "4.3.2.7", "END-ON-NEXT goes without DURATION and END-DATE");
}

/* ---- tags of Media Playlists ------------------------------------------------------------------------ */

static void read_version(struct qf_hls_reader *l, struct qf_span v, const struct qf_span *a)
{
	(void)a;
	if (qf_hls_is(v, QF_HLS_WHOLE, NULL))
		l->version = qf_hls_whole(v);
}

static void read_target(struct qf_hls_reader *l, struct qf_span v, const struct qf_span *a)
{
	(void)a;
	l->report->target_s = qf_hls_is(v, QF_HLS_WHOLE, NULL) ? qf_hls_whole(v) : INT64_MAX;
	l->target_line = l->line;
}

static void before_segments(struct qf_hls_reader *l, const char *section, const char *what)
{
	if (l->segments)
		qf_hls_break(l, l->line, true, section, "%s stands before the first segment", what);
}

static void read_sequence(struct qf_hls_reader *l, struct qf_span v, const struct qf_span *a)
{
	(void)v, (void)a;
	before_segments(l, "4.3.3.2", "#EXT-X-MEDIA-SEQUENCE");
}

static void read_discontinuity_sequence(struct qf_hls_reader *l, struct qf_span v, const struct qf_span *a)
{
	(void)v, (void)a;
	before_segments(l, "4.3.3.3", "#EXT-X-DISCONTINUITY-SEQUENCE");
	if (l->discontinuity)
		qf_hls_break(l, l->line, true, "4.3.3.3", "#EXT-X-DISCONTINUITY-SEQUENCE stands before any #EXT-X-DISCONTINUITY");
}

static void read_i_frames(struct qf_hls_reader *l, struct qf_span v, const struct qf_span *a)
{
	(void)v, (void)a;
	call_for(l, 4, "#EXT-X-I-FRAMES-ONLY");
}

/* ---- tags of Master Playlists ------------------------------------------------------------------------ */

static void add_group(struct qf_hls_reader *l, struct qf_hls_group g)
{
	size_t cap = l->cap_groups ? 2 * l->cap_groups : 16;
	struct qf_hls_group *p = l->n_groups < l->cap_groups ? l->group : qf_realloc(l->group, cap, sizeof *p);

	if (!p) {
		l->failed = true;
		return;
	}
	if (l->n_groups == l->cap_groups)
		l->cap_groups = cap;
	l->group = p;
	g.line = l->line;
	p[l->n_groups++] = g;
}

enum { MEDIA_TYPE, MEDIA_URI, MEDIA_GROUP, MEDIA_NAME, MEDIA_DEFAULT, MEDIA_AUTO, MEDIA_FORCED, MEDIA_INSTREAM };
static const struct attr media[] = {
	{ "TYPE", QF_HLS_WORD, true, "AUDIO|VIDEO|SUBTITLES|CLOSED-CAPTIONS" }, { "URI", QF_HLS_QUOTED, false, NULL },
	{ "GROUP-ID", QF_HLS_QUOTED, true, NULL }, { "NAME", QF_HLS_QUOTED, true, NULL }, { "DEFAULT", QF_HLS_WORD, false, "YES|NO" },
	{ "AUTOSELECT", QF_HLS_WORD, false, "YES|NO" }, { "FORCED", QF_HLS_WORD, false, "YES|NO" }, { "INSTREAM-ID", QF_HLS_QUOTED, false, NULL },
	{ "LANGUAGE", QF_HLS_QUOTED, false, NULL }, { "ASSOC-LANGUAGE", QF_HLS_QUOTED, false, NULL }, { "CHARACTERISTICS", QF_HLS_QUOTED, false, NULL },
	{ "CHANNELS", QF_HLS_QUOTED, false, NULL }, { 0 }
};

static void read_media(struct qf_hls_reader *l, struct qf_span v, const struct qf_span *a)
{
	bool captions = qf_hls_says(a[MEDIA_TYPE], "CLOSED-CAPTIONS"), standard = qf_hls_says(a[MEDIA_DEFAULT], "YES");

	(void)v;
	if (captions && there(a[MEDIA_URI]))
		qf_hls_break(l, l->line, true, "4.3.4.1", "CLOSED-CAPTIONS have no URI");
	if (captions != there(a[MEDIA_INSTREAM]))
		qf_hls_break(l, l->line, true, "4.3.4.1", captions ? "CLOSED-CAPTIONS want an INSTREAM-ID" : "INSTREAM-ID is for CLOSED-CAPTIONS");
	if (qf_hls_says(a[MEDIA_TYPE], "SUBTITLES") && !there(a[MEDIA_URI]))
		qf_hls_break(l, l->line, true, "4.3.4.2.1", "SUBTITLES want a URI");
	if (there(a[MEDIA_FORCED]) && !qf_hls_says(a[MEDIA_TYPE], "SUBTITLES"))
		qf_hls_break(l, l->line, true, "4.3.4.1", "FORCED is for SUBTITLES");
	if (standard && qf_hls_says(a[MEDIA_AUTO], "NO"))
		qf_hls_break(l, l->line, true, "4.3.4.1", "what is DEFAULT is chosen without the user: AUTOSELECT is YES");
	if (a[MEDIA_INSTREAM].n > 8 && memcmp(a[MEDIA_INSTREAM].p, "\"SERVICE", 8) == 0)
		call_for(l, 7, "a SERVICE of INSTREAM-ID");
	if (there(a[MEDIA_GROUP]))
		add_group(l, (struct qf_hls_group){ .type = a[MEDIA_TYPE], .id = a[MEDIA_GROUP], .name = a[MEDIA_NAME], .member = true, .standard = standard });
}

enum { STREAM_BANDWIDTH, STREAM_AVERAGE, STREAM_CODECS, STREAM_VIDEO, STREAM_AUDIO, STREAM_SUBTITLES, STREAM_CAPTIONS };
static const struct attr stream[] = {
	{ "BANDWIDTH", QF_HLS_WHOLE, true, NULL }, { "AVERAGE-BANDWIDTH", QF_HLS_WHOLE, false, NULL }, { "CODECS", QF_HLS_QUOTED, false, NULL },
	{ "VIDEO", QF_HLS_QUOTED, false, NULL }, { "AUDIO", QF_HLS_QUOTED, false, NULL }, { "SUBTITLES", QF_HLS_QUOTED, false, NULL },
	{ "CLOSED-CAPTIONS", QF_HLS_QUOTED_WORD, false, "NONE" }, { "RESOLUTION", QF_HLS_SIZE, false, NULL }, { "FRAME-RATE", QF_HLS_REAL, false, NULL },
	{ "HDCP-LEVEL", QF_HLS_WORD, false, "TYPE-0|NONE" }, { 0 }
};

static void check_stream(struct qf_hls_reader *l, const struct qf_span *a, const char *section)
{
	if (!there(a[STREAM_CODECS]))
		qf_hls_break(l, l->line, false, section, "CODECS should be said");
	if (there(a[STREAM_BANDWIDTH]) && there(a[STREAM_AVERAGE]) && qf_hls_whole(a[STREAM_AVERAGE]) > qf_hls_whole(a[STREAM_BANDWIDTH]))
		qf_hls_break(l, l->line, true, section, "the AVERAGE-BANDWIDTH is above the BANDWIDTH, which is the peak");
}

static void read_stream(struct qf_hls_reader *l, struct qf_span v, const struct qf_span *a)
{
	static const struct { int attr; const char *type; } refers[] = {
		{ STREAM_VIDEO, "VIDEO" }, { STREAM_AUDIO, "AUDIO" }, { STREAM_SUBTITLES, "SUBTITLES" }, { STREAM_CAPTIONS, "CLOSED-CAPTIONS" },
	};

	(void)v;
	check_stream(l, a, "4.3.4.2");
	l->next.stream_line = l->line;
	l->next.bandwidth = there(a[STREAM_BANDWIDTH]) ? qf_hls_whole(a[STREAM_BANDWIDTH]) : 0;
	l->next.average_bandwidth = there(a[STREAM_AVERAGE]) ? qf_hls_whole(a[STREAM_AVERAGE]) : 0;
	for (size_t i = 0; i < sizeof refers / sizeof *refers; i++)
		if (there(a[refers[i].attr]) && *a[refers[i].attr].p == '"')
			add_group(l, (struct qf_hls_group){ .type = { refers[i].type, strlen(refers[i].type) }, .id = a[refers[i].attr] });
}

static const struct attr i_frame_stream[] = {
	{ "BANDWIDTH", QF_HLS_WHOLE, true, NULL }, { "AVERAGE-BANDWIDTH", QF_HLS_WHOLE, false, NULL }, { "CODECS", QF_HLS_QUOTED, false, NULL },
	{ "URI", QF_HLS_QUOTED, true, NULL }, { "VIDEO", QF_HLS_QUOTED, false, NULL }, { "RESOLUTION", QF_HLS_SIZE, false, NULL },
	{ "HDCP-LEVEL", QF_HLS_WORD, false, "TYPE-0|NONE" }, { 0 }
};

static void read_i_frame_stream(struct qf_hls_reader *l, struct qf_span v, const struct qf_span *a)
{
	(void)v;
	check_stream(l, a, "4.3.4.3");
}

static const struct attr session_data[] = {
	{ "DATA-ID", QF_HLS_QUOTED, true, NULL }, { "VALUE", QF_HLS_QUOTED, false, NULL }, { "URI", QF_HLS_QUOTED, false, NULL },
	{ "LANGUAGE", QF_HLS_QUOTED, false, NULL }, { 0 }
};

static void read_session_data(struct qf_hls_reader *l, struct qf_span v, const struct qf_span *a)
{
	(void)v;
	if (there(a[1]) == there(a[2]))
		qf_hls_break(l, l->line, true, "4.3.4.4", "session data has either a VALUE or a URI");
}

static const struct attr start[] = { { "TIME-OFFSET", QF_HLS_SIGNED, true, NULL }, { "PRECISE", QF_HLS_WORD, false, "YES|NO" }, { 0 } };

/* Groups are compared each with each; a text cannot hold so many that it hurts, but for one made to hurt. */
enum { GROUPS_COMPARED = 1000 };

void qf_hls_check_groups(struct qf_hls_reader *l)
{
	size_t n = l->n_groups < GROUPS_COMPARED ? l->n_groups : GROUPS_COMPARED;

	for (size_t i = 0; i < n; i++) {
		const struct qf_hls_group *g = &l->group[i];
		bool found = g->member;

		for (size_t k = 0; k < n && !(found && k >= i); k++) {
			const struct qf_hls_group *o = &l->group[k];

			if (!o->member || !qf_hls_same(g->type, o->type) || !qf_hls_same(g->id, o->id))
				continue;
			found = true;
			if (g->member && qf_hls_same(g->name, o->name))
				qf_hls_break(l, g->line, true, "4.3.4.1.1", "another member of this group has the same NAME, in line %zu", o->line);
			if (g->member && g->standard && o->standard)
				qf_hls_break(l, g->line, true, "4.3.4.1.1", "the group has a DEFAULT already, in line %zu", o->line);
		}
		if (!found)
			qf_hls_break(l, g->line, true, "4.3.4.2", "there is no #EXT-X-MEDIA of TYPE=%.*s with GROUP-ID=%.*s", (int)g->type.n, g->type.p,
				     (int)(g->id.n < 100 ? g->id.n : 100), g->id.p);
	}
}

void qf_hls_reader_free(struct qf_hls_reader *l)
{
	qf_free(l->group);
	l->group = NULL;
}

/* ---- the table ----------------------------------------------------------------------------------------- */

static const struct tag tags[] = {
	{ "EXTM3U", "4.3.1.1", ANYWHERE, true, NOTHING, NULL, NULL, NULL },
	{ "EXT-X-VERSION", "4.3.1.2", ANYWHERE, true, WHOLE, NULL, NULL, read_version },
	{ "EXTINF", "4.3.2.1", IN_MEDIA, false, OWN, NULL, NULL, read_extinf },
	{ "EXT-X-BYTERANGE", "4.3.2.2", IN_MEDIA, false, OWN, NULL, NULL, read_byterange },
	{ "EXT-X-DISCONTINUITY", "4.3.2.3", IN_MEDIA, false, NOTHING, NULL, NULL, read_discontinuity },
	{ "EXT-X-KEY", "4.3.2.4", IN_MEDIA, false, ATTRS, NULL, key, read_key },
	{ "EXT-X-MAP", "4.3.2.5", IN_MEDIA, false, ATTRS, NULL, map, read_map },
	{ "EXT-X-PROGRAM-DATE-TIME", "4.3.2.6", IN_MEDIA, false, OWN, NULL, NULL, read_date },
	{ "EXT-X-DATERANGE", "4.3.2.7", IN_MEDIA, false, ATTRS, NULL, daterange, read_daterange },
	{ "EXT-X-TARGETDURATION", "4.3.3.1", IN_MEDIA, true, WHOLE, NULL, NULL, read_target },
	{ "EXT-X-MEDIA-SEQUENCE", "4.3.3.2", IN_MEDIA, true, WHOLE, NULL, NULL, read_sequence },
	{ "EXT-X-DISCONTINUITY-SEQUENCE", "4.3.3.3", IN_MEDIA, true, WHOLE, NULL, NULL, read_discontinuity_sequence },
	{ "EXT-X-ENDLIST", "4.3.3.4", IN_MEDIA, true, NOTHING, NULL, NULL, NULL },
	{ "EXT-X-PLAYLIST-TYPE", "4.3.3.5", IN_MEDIA, true, WORDS, "EVENT|VOD", NULL, NULL },
	{ "EXT-X-I-FRAMES-ONLY", "4.3.3.6", IN_MEDIA, true, NOTHING, NULL, NULL, read_i_frames },
	{ "EXT-X-MEDIA", "4.3.4.1", IN_MASTER, false, ATTRS, NULL, media, read_media },
	{ "EXT-X-STREAM-INF", "4.3.4.2", IN_MASTER, false, ATTRS, NULL, stream, read_stream },
	{ "EXT-X-I-FRAME-STREAM-INF", "4.3.4.3", IN_MASTER, false, ATTRS, NULL, i_frame_stream, read_i_frame_stream },
	{ "EXT-X-SESSION-DATA", "4.3.4.4", IN_MASTER, false, ATTRS, NULL, session_data, read_session_data },
	{ "EXT-X-SESSION-KEY", "4.3.4.5", IN_MASTER, false, ATTRS, NULL, key, read_session_key },
	{ "EXT-X-INDEPENDENT-SEGMENTS", "4.3.5.1", ANYWHERE, true, NOTHING, NULL, NULL, NULL },
	{ "EXT-X-START", "4.3.5.2", ANYWHERE, true, ATTRS, NULL, start, NULL },
};

/* ---- a tag ---------------------------------------------------------------------------------------------- */

static const struct tag *find_tag(struct qf_span name)
{
	for (size_t i = 0; i < sizeof tags / sizeof *tags; i++)
		if (qf_hls_says(name, tags[i].name))
			return &tags[i];
	return NULL;
}

static void check_place(struct qf_hls_reader *l, const struct tag *t)
{
	uint64_t bit = UINT64_C(1) << (t - tags);
	bool wrong = (t->place == IN_MEDIA && l->master_line) || (t->place == IN_MASTER && l->media_line);

	if (t->once && l->seen & bit)
		qf_hls_break(l, l->line, true, t->section, "#%s stands here for the second time", t->name);
	l->seen |= bit;
	if (wrong)
		qf_hls_break(l, l->line, true, "4.1", "#%s belongs into another kind of playlist than the tag in line %zu", t->name,
			     l->media_line ? l->media_line : l->master_line);
	else if (t->place == IN_MEDIA && !l->media_line)
		l->media_line = l->line;
	else if (t->place == IN_MASTER && !l->master_line)
		l->master_line = l->line;
	l->report->master = l->master_line != 0;
}

static void take_attr(struct qf_hls_reader *l, const struct tag *t, struct qf_span name, struct qf_span value, struct qf_span *a, unsigned *seen)
{
	for (size_t i = 0; t->attr[i].name; i++) {
		const struct attr *x = &t->attr[i];

		if (!qf_hls_says(name, x->name))
			continue;
		if (*seen & 1u << i)
			qf_hls_break(l, l->line, true, "4.2", "%s stands in it twice", x->name);
		else if (!qf_hls_is(value, x->form, x->words))
			qf_hls_break(l, l->line, true, t->section, "%s is %s%s", x->name, x->form == QF_HLS_WORD && x->words ? "one of " : "",
				     x->form == QF_HLS_WORD && x->words ? x->words : qf_hls_form_names[x->form]);
		else
			a[i] = value;
		*seen |= 1u << i;
		return;
	}
}

static void read_attrs(struct qf_hls_reader *l, const struct tag *t, struct qf_span list, struct qf_span *a)
{
	size_t whole = list.n;
	struct qf_span name, value;
	unsigned seen = 0;

	while (qf_hls_next_attr(&list, &name, &value))
		take_attr(l, t, name, value, a, &seen);
	if (list.n)
		qf_hls_break(l, l->line, true, "4.2", "the list of attributes cannot be read from its byte %zu on", whole - list.n + 1);
	for (size_t i = 0; t->attr[i].name; i++)
		if (t->attr[i].must && !(seen & 1u << i))
			qf_hls_break(l, l->line, true, t->section, "#%s wants %s", t->name, t->attr[i].name);
}

void qf_hls_read_tag(struct qf_hls_reader *l, struct qf_span line)
{
	const char *colon = memchr(line.p, ':', line.n);
	struct qf_span name = { line.p + 1, (colon ? (size_t)(colon - line.p) : line.n) - 1 }, a[ATTRS_MAX] = { { NULL, 0 } };
	struct qf_span value = { colon ? colon + 1 : "", colon ? line.n - name.n - 2 : 0 };
	const struct tag *t = find_tag(name);

	if (!t)
		return;
	check_place(l, t);
	if (t->value == NOTHING && colon)
		qf_hls_break(l, l->line, true, t->section, "#%s has no value", t->name);
	if (t->value == ATTRS)
		read_attrs(l, t, value, a);
	if ((t->value == WHOLE && !qf_hls_is(value, QF_HLS_WHOLE, NULL)) || (t->value == WORDS && !qf_hls_is(value, QF_HLS_WORD, t->words)))
		qf_hls_break(l, l->line, true, t->section, "#%s is %s%s", t->name, t->words ? "one of " : "a whole number", t->words ? t->words : "");
	if (t->also)
		t->also(l, value, a);
}
