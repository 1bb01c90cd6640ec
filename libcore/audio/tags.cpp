extern "C" {
#include "audio/bytes.h"
#include "audio/sniff.h"
#include "base/err.h"
}
#include "audio/tags.h"

#include <taglib/aifffile.h>
#include <taglib/apefile.h>
#include <taglib/apetag.h>
#include <taglib/asffile.h>
#include <taglib/flacfile.h>
#include <taglib/id3v2framefactory.h>
#include <taglib/id3v2tag.h>
#include <taglib/mp4file.h>
#include <taglib/mpegfile.h>
#include <taglib/oggflacfile.h>
#include <taglib/opusfile.h>
#include <taglib/speexfile.h>
#include <taglib/tiostream.h>
#include <taglib/tpropertymap.h>
#include <taglib/vorbisfile.h>
#include <taglib/wavfile.h>
#include <taglib/wavpackfile.h>

#include <algorithm>
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

void put_all(TagLib::File *f, const Sink &to)
{
	TagLib::PropertyMap map = f->properties();

	if (auto *mp4 = dynamic_cast<TagLib::MP4::File *>(f))
		add_mp4(mp4, map);
	else if (auto *mpeg = dynamic_cast<TagLib::MPEG::File *>(f))
		add_mpeg(mpeg, map);
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

enum qf_status read_all(int fd, const struct qf_sniff *s, const Sink &to, struct qf_audio_props *props, struct qf_err *e)
{
	const Reader *r = std::find_if(std::begin(readers), std::end(readers), [s](const Reader &x) { return x.kind == s->kind; });

	if (r == std::end(readers)) {
		props->codec = qf_audio_kind_name(s->kind);
		return QF_OK;
	}
	Stream stream(fd, s->size);
	std::unique_ptr<TagLib::File> f(r->open(&stream));

	if (stream.status() != QF_OK)
		return qf_fail(e, QF_EIO, "the file cannot be read");
	if (!f->isValid())
		return qf_fail(e, QF_EFORMAT, "no valid %s file: its headers make no sense", qf_audio_kind_name(s->kind));
	take_props(f.get(), s, props);
	put_all(f.get(), to);
	return QF_OK;
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
