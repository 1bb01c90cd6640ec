extern "C" {
#include "audio/carry.h"
}

#include <taglib/attachedpictureframe.h>
#include <taglib/id3v2tag.h>
#include <taglib/mp4file.h>
#include <taglib/tbytevectorstream.h>
#include <taglib/tpropertymap.h>

#include <cstring>
#include <exception>
#include <memory>
#include <new>

namespace {

TagLib::String text(const struct qf_span &s) { return TagLib::String(std::string(s.p, s.n), TagLib::String::UTF8); }

TagLib::PropertyMap map_of(const struct qf_carried *tags)
{
	TagLib::PropertyMap map;

	for (size_t i = 0; i < tags->n; i++)
		map.insert(TagLib::String(tags->tag[i].key, TagLib::String::UTF8), TagLib::StringList(text(tags->tag[i].value)));
	return map;
}

// TagLib copies a picture several times before it is part of a tag. It is given only the bytes behind the last whole KiB,
// so that its padding, to whole KiB, comes out as for all of them; the others are the inset.
size_t whole_kib(const struct qf_carried *tags) { return tags->cover.n & ~static_cast<size_t>(1023); }

TagLib::ByteVector end_of_cover(const struct qf_carried *tags)
{
	size_t front = whole_kib(tags);

	return TagLib::ByteVector(tags->cover.p + front, static_cast<unsigned>(tags->cover.n - front));
}

// A number of four bytes that hold so many bits each.
size_t get_be(const char *p, unsigned bits)
{
	size_t v = 0;

	for (int i = 0; i < 4; i++)
		v = v << bits | static_cast<unsigned char>(p[i]);
	return v;
}

void add_be(char *p, unsigned bits, size_t more)
{
	size_t v = get_be(p, bits) + more;

	for (int i = 3; i >= 0; i--, v >>= bits)
		p[i] = static_cast<char>(v & ((1u << bits) - 1));
}

// The picture is the last frame of a tag that was just rendered: where its bytes begin, once there is room for the inset.
size_t widen_id3(char *tag, size_t n, const struct qf_carried *tags)
{
	enum { HEADER = 10, SIZE_OF_TAG = 6, SIZE_OF_FRAME = 4, SYNCHSAFE = 7 };
	size_t last = HEADER, end = HEADER;

	for (; end + HEADER <= n && tag[end]; end += HEADER + get_be(tag + last + SIZE_OF_FRAME, SYNCHSAFE))
		last = end;
	add_be(tag + SIZE_OF_TAG, SYNCHSAFE, whole_kib(tags));
	add_be(tag + last + SIZE_OF_FRAME, SYNCHSAFE, whole_kib(tags));
	return end - tags->cover.n % 1024;
}

// The same of a udta box that was just rendered.
size_t widen_udta(char *udta, const struct qf_carried *tags)
{
	static const struct { const char *type; size_t head; } path[] = { { "udta", 8 }, { "meta", 12 }, { "ilst", 8 }, { "covr", 8 }, { "data", 16 } };
	size_t at = 0;

	for (const auto &box : path) {
		while (std::memcmp(udta + at + 4, box.type, 4) != 0)
			at += get_be(udta + at, 8);
		add_be(udta + at, 8, whole_kib(tags));
		at += box.head;
	}
	return at;
}

void render_id3(struct qf_buf *out, const struct qf_carried *tags, struct qf_inset *cover)
{
	size_t start = out->len;
	TagLib::ID3v2::Tag tag;

	tag.setProperties(map_of(tags));
	if (tags->cover.n) {
		auto picture = std::make_unique<TagLib::ID3v2::AttachedPictureFrame>();

		picture->setType(TagLib::ID3v2::AttachedPictureFrame::FrontCover);
		picture->setMimeType(text(tags->mime));
		picture->setPicture(end_of_cover(tags));
		tag.addFrame(picture.release());
	}
	const TagLib::ByteVector bytes = tag.render(TagLib::ID3v2::v4);

	qf_buf_put(out, bytes.data(), bytes.size());
	if (tags->cover.n && !out->failed)
		*cover = { { tags->cover.p, whole_kib(tags) }, start + widen_id3(out->p + start, out->len - start, tags) };
}

// Where the text of iTunSMPB begins, behind its name and the head of its data box. No text of a user's holds a NUL, as a name box does.
size_t place_of_gapless(const TagLib::ByteVector &file)
{
	static const char name[] = "name\0\0\0\0iTunSMPB";
	enum { DATA_HEAD = 16 };
	const int at = file.find(TagLib::ByteVector(name, sizeof name - 1));

	if (at < 0)
		throw std::bad_alloc(); // without memory TagLib may leave things out
	return static_cast<size_t>(at) + sizeof name - 1 + DATA_HEAD;
}

// TagLib renders this one only into a file: one of 8 + 8 bytes, an empty ftyp and an empty moov, behind which the tags then stand.
void render_udta(struct qf_buf *out, const struct qf_carried *tags, const char *gapless, size_t *gapless_at, struct qf_inset *cover)
{
	size_t start = out->len;
	static const char empty[] = "\0\0\0\10ftyp\0\0\0\10moov";
	const TagLib::String freeform("----:com.apple.iTunes:");
	TagLib::ByteVectorStream stream(TagLib::ByteVector(empty, sizeof empty - 1));
	TagLib::MP4::File file(&stream, false);
	TagLib::MP4::Tag *tag = file.tag();
	const TagLib::PropertyMap unnamed = tag->setProperties(map_of(tags));

	for (const auto &item : unnamed)
		tag->setItem(freeform + item.first, TagLib::MP4::Item(item.second));
	tag->setItem(freeform + "iTunSMPB", TagLib::MP4::Item(TagLib::StringList(gapless)));
	if (tags->cover.n) {
		auto format = text(tags->mime) == "image/png" ? TagLib::MP4::CoverArt::PNG : TagLib::MP4::CoverArt::JPEG;
		TagLib::MP4::CoverArtList covers;

		covers.append(TagLib::MP4::CoverArt(format, end_of_cover(tags)));
		tag->setItem("covr", TagLib::MP4::Item(covers));
	}
	file.save();
	qf_buf_put(out, stream.data()->data() + sizeof empty - 1, stream.data()->size() - (sizeof empty - 1));
	*gapless_at = start + place_of_gapless(*stream.data()) - (sizeof empty - 1);
	if (tags->cover.n && !out->failed)
		*cover = { { tags->cover.p, whole_kib(tags) }, start + widen_udta(out->p + start, tags) };
}

} // namespace

extern "C" enum qf_status qf_carry_put_id3(struct qf_buf *out, const struct qf_carried *tags, struct qf_inset *cover, struct qf_err *e)
{
	*cover = { { nullptr, 0 }, out->len };
	if (tags->n == 0 && tags->cover.n == 0)
		return QF_OK;
	try {
		render_id3(out, tags, cover);
	} catch (const std::exception &) { // of them only memory can run out
		return qf_fail(e, QF_ENOMEM, "out of memory for the tags");
	}
	return qf_buf_check(out, e);
}

extern "C" enum qf_status qf_carry_put_udta(struct qf_buf *out, const struct qf_carried *tags, const char *gapless, size_t *gapless_at,
					   struct qf_inset *cover, struct qf_err *e)
{
	*cover = { { nullptr, 0 }, out->len };
	try {
		render_udta(out, tags, gapless, gapless_at, cover);
	} catch (const std::exception &) {
		return qf_fail(e, QF_ENOMEM, "out of memory for the tags");
	}
	return qf_buf_check(out, e);
}
