extern "C" {
#include "audio/bytes.h"
#include "audio/carry.h"
#include "audio/sniff.h"
#include "base/err.h"
}
#include "audio/tags.h"

#include <taglib/aifffile.h>
#include <taglib/apefile.h>
#include <taglib/apetag.h>
#include <taglib/asffile.h>
#include <taglib/attachedpictureframe.h>
#include <taglib/flacfile.h>
#include <taglib/id3v2framefactory.h>
#include <taglib/id3v2tag.h>
#include <taglib/mp4file.h>
#include <taglib/mpegfile.h>
#include <taglib/oggflacfile.h>
#include <taglib/opusfile.h>
#include <taglib/popularimeterframe.h>
#include <taglib/relativevolumeframe.h>
#include <taglib/speexfile.h>
#include <taglib/synchronizedlyricsframe.h>
#include <taglib/tiostream.h>
#include <taglib/tpropertymap.h>
#include <taglib/vorbisfile.h>
#include <taglib/wavfile.h>
#include <taglib/wavpackfile.h>

#include <algorithm>
#include <cstdio>
#include <exception>
#include <iterator>
#include <memory>
#include <new>
#include <string>

namespace {

// A descriptor as TagLib wants to read it: read-only, by pread, through one window, because TagLib
// asks for many small neighbouring runs. No run is longer than the rest of the file.
class Stream final : public TagLib::IOStream {
public:
	Stream(int fd, int64_t size) : fd_(fd), size_(size) {}
	TagLib::FileName name() const override { return ""; }
	TagLib::ByteVector readBlock(unsigned long length) override;
	void writeBlock(const TagLib::ByteVector &) override {}
	void insert(const TagLib::ByteVector &, unsigned long, unsigned long) override {}
	void removeBlock(unsigned long, unsigned long) override {}
	bool readOnly() const override { return true; }
	bool isOpen() const override { return true; }
	void seek(long offset, Position p) override;
	long tell() const override { return at_; }
	long length() override { return size_; }
	void truncate(long) override {}
	enum qf_status status() const { return status_; } // of the reads so far

private:
	size_t fetch(int64_t at, char *to, size_t n);

	int fd_;
	int64_t size_, at_ = 0, window_at_ = 0;
	size_t window_n_ = 0;
	enum qf_status status_ = QF_OK;
	char window_[16384];
};

size_t Stream::fetch(int64_t at, char *to, size_t n)
{
	size_t got = 0;
	enum qf_status rc = qf_bytes_at(fd_, at, to, n, &got, nullptr);

	if (rc != QF_OK)
		status_ = rc;
	return got;
}

TagLib::ByteVector Stream::readBlock(unsigned long length)
{
	if (at_ < 0 || at_ >= size_)
		return TagLib::ByteVector();
	size_t n = static_cast<size_t>(std::min<uint64_t>(length, static_cast<uint64_t>(size_ - at_)));
	bool inside = at_ >= window_at_ && at_ + static_cast<int64_t>(n) <= window_at_ + static_cast<int64_t>(window_n_);

	if (!inside && n > sizeof window_ / 2) {
		TagLib::ByteVector big(static_cast<unsigned>(std::min<size_t>(n, 1u << 30)), 0);
		big.resize(static_cast<unsigned>(fetch(at_, big.data(), big.size())));
		at_ += static_cast<int64_t>(big.size());
		return big;
	}
	if (!inside) {
		window_at_ = at_;
		window_n_ = fetch(at_, window_, sizeof window_);
		n = std::min(n, window_n_);
	}
	TagLib::ByteVector small(window_ + (at_ - window_at_), static_cast<unsigned>(n));
	at_ += static_cast<int64_t>(n);
	return small;
}

void Stream::seek(long offset, Position p)
{
	if (__builtin_add_overflow(p == Current ? at_ : p == End ? size_ : 0, static_cast<int64_t>(offset), &at_))
		at_ = size_;
}

// ---- which class reads what ------------------------------------------------------------------

template <class T> TagLib::File *open_file(Stream *s) { return new T(s, true, TagLib::AudioProperties::Fast); }
template <class T> TagLib::File *open_id3(Stream *s)
{
	return new T(s, TagLib::ID3v2::FrameFactory::instance(), true, TagLib::AudioProperties::Fast);
}

struct Reader {
	enum qf_audio_kind kind;
	TagLib::File *(*open)(Stream *);
};

const Reader readers[] = {
	{ QF_AUDIO_WAV, open_file<TagLib::RIFF::WAV::File> },
	{ QF_AUDIO_AIFF, open_file<TagLib::RIFF::AIFF::File> },
	{ QF_AUDIO_FLAC, open_id3<TagLib::FLAC::File> },
	{ QF_AUDIO_OGG_VORBIS, open_file<TagLib::Ogg::Vorbis::File> },
	{ QF_AUDIO_OGG_OPUS, open_file<TagLib::Ogg::Opus::File> },
	{ QF_AUDIO_OGG_FLAC, open_file<TagLib::Ogg::FLAC::File> },
	{ QF_AUDIO_OGG_SPEEX, open_file<TagLib::Ogg::Speex::File> },
	{ QF_AUDIO_MP3, open_id3<TagLib::MPEG::File> },
	{ QF_AUDIO_MP4, open_file<TagLib::MP4::File> },
	{ QF_AUDIO_ASF, open_file<TagLib::ASF::File> },
	{ QF_AUDIO_APE, open_file<TagLib::APE::File> },
	{ QF_AUDIO_WAVPACK, open_file<TagLib::WavPack::File> },
};

// ---- tags --------------------------------------------------------------------------------------

struct Sink {
	qf_tag_put *put;
	void *user;
};

void put_value(const Sink &to, const char *key, const TagLib::String &value)
{
	std::string v = value.to8Bit(true);
	size_t n = v.size();

	if (n > QF_TAG_VALUE_MAX)
		for (n = QF_TAG_VALUE_MAX; n > 0 && (v[n] & 0xc0) == 0x80;)
			n--;
	to.put(to.user, key, v.data(), n, n < v.size());
}

void put_values(const Sink &to, const TagLib::String &key, const TagLib::StringList &values)
{
	std::string k = key.to8Bit(true);

	for (const auto &v : values)
		put_value(to, k.c_str(), v);
}

// What the property map could not express but text can: freeform atoms.
void add_mp4(TagLib::MP4::File *f, TagLib::PropertyMap &map)
{
	if (!f->tag())
		return;
	for (const auto &key : map.unsupportedData()) {
		if (!key.startsWith("----:") || !f->tag()->contains(key))
			continue;
		const TagLib::StringList values = f->tag()->item(key).toStringList();
		int colon = key.rfind(":");

		if (!values.isEmpty() && colon > 4)
			map.insert(key.substr(static_cast<unsigned>(colon) + 1).upper(), values);
	}
}

// TagLib shows the ID3v2 tag or else the APEv2 one; ReplayGain tools write the latter beside the former.
void add_mpeg(TagLib::MPEG::File *f, TagLib::PropertyMap &map)
{
	if (!f->hasAPETag() || !f->APETag())
		return;
	const TagLib::PropertyMap ape = f->APETag()->properties();

	for (const auto &item : ape)
		if (!map.contains(item.first))
			map.insert(item.first, item.second);
}

void add_text(TagLib::PropertyMap &map, const char *key, const std::string &value)
{
	if (!map.contains(key))
		map.insert(key, TagLib::StringList(TagLib::String(value, TagLib::String::UTF8)));
}

// ---- frames of ID3v2 that are no text ------------------------------------------------------------

// "[mm:ss.xx]line" for each, as LRC files have it.
std::string lrc(const TagLib::ID3v2::SynchronizedLyricsFrame *f)
{
	std::string out;

	for (const auto &line : f->synchedText()) {
		char at[32];
		std::string text = line.text.stripWhiteSpace().to8Bit(true);

		std::snprintf(at, sizeof at, "[%02u:%02u.%02u]", line.time / 60000, line.time / 1000 % 60, line.time / 10 % 100);
		std::replace(text.begin(), text.end(), '\n', ' ');
		out += at + text + "\n";
	}
	return out;
}

// POPM counts stars from 1 to 255 (0: not rated), as WinAmp and Windows write them: a percentage here.
void add_popm(const TagLib::ID3v2::PopularimeterFrame *f, TagLib::PropertyMap &map)
{
	if (f->rating() > 0)
		add_text(map, "RATING", std::to_string((f->rating() * 100 + 127) / 255));
	if (f->counter() > 0)
		add_text(map, "PLAYCOUNT", std::to_string(f->counter()));
}

void add_rva2(const TagLib::ID3v2::RelativeVolumeFrame *f, TagLib::PropertyMap &map)
{
	const std::string what = f->identification().upper().to8Bit(true);
	char gain[32];

	if (what != "TRACK" && what != "ALBUM")
		return;
	std::snprintf(gain, sizeof gain, "%.2f dB", static_cast<double>(f->volumeAdjustment()));
	add_text(map, ("REPLAYGAIN_" + what + "_GAIN").c_str(), gain);
}

void add_frames(const TagLib::ID3v2::Tag *tag, TagLib::PropertyMap &map)
{
	for (const auto *frame : tag->frameList()) {
		if (const auto *popm = dynamic_cast<const TagLib::ID3v2::PopularimeterFrame *>(frame))
			add_popm(popm, map);
		else if (const auto *rva2 = dynamic_cast<const TagLib::ID3v2::RelativeVolumeFrame *>(frame))
			add_rva2(rva2, map);
		else if (const auto *sylt = dynamic_cast<const TagLib::ID3v2::SynchronizedLyricsFrame *>(frame))
			if (sylt->type() == TagLib::ID3v2::SynchronizedLyricsFrame::Lyrics && !sylt->synchedText().isEmpty() &&
			    sylt->timestampFormat() == TagLib::ID3v2::SynchronizedLyricsFrame::AbsoluteMilliseconds)
				add_text(map, "SYNCEDLYRICS", lrc(sylt));
	}
}

// ---- pictures: what they are, never what they show --------------------------------------------------

struct Pictures {
	size_t count = 0;
	int type = -1;
	std::string mime;
	TagLib::ByteVector data;

	// The front cover is told of, else the first.
	void take(int of_type, const std::string &of_mime, const TagLib::ByteVector &of_data)
	{
		enum { FRONT = 3 };

		if (count++ == 0 || (of_type == FRONT && type != FRONT)) {
			type = of_type;
			mime = of_mime;
			data = of_data;
		}
	}
};

const char *mime_of(const TagLib::ByteVector &p)
{
	return p.startsWith("\xff\xd8") ? "image/jpeg" : p.startsWith("\x89PNG") ? "image/png" : p.startsWith("GIF8") ? "image/gif" : "";
}

void look(const TagLib::List<TagLib::FLAC::Picture *> &list, Pictures &to)
{
	for (const auto *p : list)
		to.take(p->type(), p->mimeType().to8Bit(true), p->data());
}

void look(const TagLib::ID3v2::Tag *tag, Pictures &to)
{
	for (const auto *frame : tag->frameList())
		if (const auto *p = dynamic_cast<const TagLib::ID3v2::AttachedPictureFrame *>(frame))
			to.take(p->type(), p->mimeType().to8Bit(true), p->picture());
}

void look(const TagLib::MP4::Tag *tag, Pictures &to)
{
	enum { FRONT = 3 }; // MP4 tells of no types

	if (tag->contains("covr"))
		for (const auto &p : tag->item("covr").toCoverArtList())
			to.take(FRONT, mime_of(p.data()), p.data());
}

void look(TagLib::ASF::Tag *tag, Pictures &to)
{
	for (const auto &a : tag->attribute("WM/Picture")) {
		const TagLib::ASF::Picture p = a.toPicture();

		if (p.isValid())
			to.take(p.type(), p.mimeType().to8Bit(true), p.picture());
	}
}

void look(TagLib::APE::Tag *tag, Pictures &to)
{
	static const struct { const char *key; int type; } keys[] = { { "COVER ART (FRONT)", 3 }, { "COVER ART (BACK)", 4 } };

	for (const auto &k : keys) {
		const auto &items = tag->itemListMap();
		const auto it = items.find(k.key);

		if (it == items.end() || it->second.type() != TagLib::APE::Item::Binary)
			continue;
		const TagLib::ByteVector data = it->second.binaryData();
		int nul = data.find('\0'); // a file name stands in front
		const TagLib::ByteVector p = nul >= 0 ? data.mid(static_cast<unsigned>(nul) + 1) : data;

		to.take(k.type, mime_of(p), p);
	}
}

void add_pictures(const Pictures &p, TagLib::PropertyMap &map)
{
	static const char *const types[] = { // ID3v2.4 frames, 4.14; FLAC and ASF use the same numbers
		"other", "icon", "other icon", "front", "back", "leaflet", "media", "lead artist", "artist", "conductor", "band", "composer",
		"lyricist", "location", "recording", "performance", "screen", "fish", "illustration", "band logo", "publisher logo",
	};

	if (p.count == 0)
		return;
	add_text(map, "PICTURECOUNT", std::to_string(p.count));
	add_text(map, "PICTUREBYTES", std::to_string(p.data.size()));
	if (!p.mime.empty())
		add_text(map, "PICTUREMIME", p.mime);
	if (p.type >= 0 && p.type < static_cast<int>(std::size(types)))
		add_text(map, "PICTURETYPE", types[p.type]);
}

// ---- all of a file -----------------------------------------------------------------------------------

void add_mp4_items(TagLib::MP4::Tag *tag, TagLib::PropertyMap &map)
{
	if (tag->contains("rtng"))
		add_text(map, "ITUNESADVISORY", std::to_string(tag->item("rtng").toByte()));
	if (tag->contains("rate") && !tag->item("rate").toStringList().isEmpty())
		add_text(map, "RATING", tag->item("rate").toStringList().front().to8Bit(true));
}

// What is not in the property map, by the kinds of tags that the file has.
void add_rest(TagLib::File *f, TagLib::PropertyMap &map, Pictures &pictures)
{
	const TagLib::ID3v2::Tag *id3 = nullptr;
	TagLib::APE::Tag *ape = nullptr;

	if (auto *mpeg = dynamic_cast<TagLib::MPEG::File *>(f)) {
		add_mpeg(mpeg, map);
		id3 = mpeg->hasID3v2Tag() ? mpeg->ID3v2Tag() : nullptr;
		ape = mpeg->hasAPETag() ? mpeg->APETag() : nullptr;
	} else if (auto *flac = dynamic_cast<TagLib::FLAC::File *>(f)) {
		id3 = flac->hasID3v2Tag() ? flac->ID3v2Tag() : nullptr;
		look(flac->pictureList(), pictures);
	} else if (auto *mp4 = dynamic_cast<TagLib::MP4::File *>(f)) {
		add_mp4(mp4, map);
		if (mp4->tag()) {
			add_mp4_items(mp4->tag(), map);
			look(mp4->tag(), pictures);
		}
	} else if (auto *asf = dynamic_cast<TagLib::ASF::File *>(f)) {
		if (asf->tag())
			look(asf->tag(), pictures);
	} else if (auto *wav = dynamic_cast<TagLib::RIFF::WAV::File *>(f)) {
		id3 = wav->hasID3v2Tag() ? wav->ID3v2Tag() : nullptr;
	} else if (auto *aiff = dynamic_cast<TagLib::RIFF::AIFF::File *>(f)) {
		id3 = aiff->hasID3v2Tag() ? aiff->tag() : nullptr;
	} else if (auto *monkey = dynamic_cast<TagLib::APE::File *>(f)) {
		ape = monkey->hasAPETag() ? monkey->APETag() : nullptr;
	} else if (auto *wavpack = dynamic_cast<TagLib::WavPack::File *>(f)) {
		ape = wavpack->hasAPETag() ? wavpack->APETag() : nullptr;
	} else if (auto *xiph = dynamic_cast<TagLib::Ogg::XiphComment *>(f->tag())) {
		look(xiph->pictureList(), pictures);
	}
	if (id3) {
		add_frames(id3, map);
		look(id3, pictures);
	}
	if (ape)
		look(ape, pictures);
}

void put_all(TagLib::File *f, const Sink &to)
{
	TagLib::PropertyMap map = f->properties();
	Pictures pictures;

	add_rest(f, map, pictures);
	add_pictures(pictures, map);
	for (const auto &item : map)
		put_values(to, item.first, item.second);
}

// ---- properties --------------------------------------------------------------------------------

const char *mp4_codec(const TagLib::MP4::File *f)
{
	const auto *p = f->audioProperties();

	return p && p->codec() == TagLib::MP4::Properties::ALAC ? "alac" : p && p->codec() == TagLib::MP4::Properties::AAC ? "aac" : "mp4";
}

void take_props(TagLib::File *f, const struct qf_sniff *s, struct qf_audio_props *out)
{
	const TagLib::AudioProperties *p = f->audioProperties();

	out->codec = qf_audio_kind_name(s->kind);
	if (const auto *mp4 = dynamic_cast<const TagLib::MP4::File *>(f))
		out->codec = mp4_codec(mp4);
	else if (s->kind == QF_AUDIO_ASF)
		out->codec = "wma";
	if (!p)
		return;
	out->duration_ms = std::max(0, p->lengthInMilliseconds());
	out->sample_rate_hz = std::max(0, p->sampleRate());
	out->channels = std::max(0, p->channels());
	out->bitrate_kbps = std::max(0, p->bitrate());
}

// The file behind the stream; null without an error where TagLib reads no such kind.
std::unique_ptr<TagLib::File> open_as(Stream &stream, const struct qf_sniff *s, struct qf_err *e)
{
	const Reader *r = std::find_if(std::begin(readers), std::end(readers), [s](const Reader &x) { return x.kind == s->kind; });

	if (r == std::end(readers))
		return nullptr;
	std::unique_ptr<TagLib::File> f(r->open(&stream));

	if (stream.status() != QF_OK)
		qf_fail(e, QF_EIO, "the file cannot be read");
	else if (!f->isValid())
		qf_fail(e, QF_EFORMAT, "no valid %s file: its headers make no sense", qf_audio_kind_name(s->kind));
	else
		return f;
	return nullptr;
}

enum qf_status read_all(int fd, const struct qf_sniff *s, const Sink &to, struct qf_audio_props *props, struct qf_err *e)
{
	Stream stream(fd, s->size);
	struct qf_err why = {};
	std::unique_ptr<TagLib::File> f = open_as(stream, s, &why);

	if (why.code != QF_OK)
		return qf_fail(e, why.code, "%s", why.text);
	if (!f) {
		props->codec = qf_audio_kind_name(s->kind);
		return QF_OK;
	}
	take_props(f.get(), s, props);
	put_all(f.get(), to);
	return QF_OK;
}

void read_cover(int fd, const struct qf_sniff *s, qf_cover_put *put, void *user)
{
	Stream stream(fd, s->size);
	struct qf_err why = {};
	std::unique_ptr<TagLib::File> f = open_as(stream, s, &why);
	TagLib::PropertyMap map;
	Pictures pictures;

	if (!f)
		return;
	add_rest(f.get(), map, pictures);
	const TagLib::ByteVector &data = pictures.data; // to ask one that is not const for its bytes would copy them
	if (!data.isEmpty())
		put(user, pictures.mime.c_str(), data.data(), data.size());
}

} // namespace

extern "C" enum qf_status qf_tags_read(int fd, const struct qf_sniff *s, qf_tag_put *put, void *user,
				       struct qf_audio_props *props, struct qf_err *e)
{
	*props = qf_audio_props();
	try {
		return read_all(fd, s, Sink{ put, user }, props, e);
	} catch (const std::bad_alloc &) {
		return qf_fail(e, QF_ENOMEM, "out of memory for the tags");
	} catch (const std::exception &x) {
		return qf_fail(e, QF_EFORMAT, "the tags cannot be read: %s", x.what());
	} catch (...) {
		return qf_fail(e, QF_EFORMAT, "the tags cannot be read");
	}
}

extern "C" enum qf_status qf_carry_cover(int fd, const struct qf_sniff *s, qf_cover_put *put, void *user, struct qf_err *e)
{
	try {
		read_cover(fd, s, put, user);
	} catch (const std::bad_alloc &) {
		return qf_fail(e, QF_ENOMEM, "out of memory for the cover");
	} catch (...) { // a picture that cannot be read is none
	}
	return QF_OK;
}
