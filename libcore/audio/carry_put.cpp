extern "C" {
#include "audio/carry.h"
}

#include <taglib/attachedpictureframe.h>
#include <taglib/id3v2tag.h>
#include <taglib/mp4file.h>
#include <taglib/tbytevectorstream.h>
#include <taglib/tpropertymap.h>

#include <exception>
#include <memory>

namespace {

TagLib::String text(const struct qf_span &s) { return TagLib::String(std::string(s.p, s.n), TagLib::String::UTF8); }

TagLib::PropertyMap map_of(const struct qf_carried *tags)
{
	TagLib::PropertyMap map;

	for (size_t i = 0; i < tags->n; i++)
		map.insert(TagLib::String(tags->tag[i].key, TagLib::String::UTF8), TagLib::StringList(text(tags->tag[i].value)));
	return map;
}

TagLib::ByteVector cover_of(const struct qf_carried *tags)
{
	return TagLib::ByteVector(tags->cover.p, static_cast<unsigned>(tags->cover.n));
}

void render_id3(struct qf_buf *out, const struct qf_carried *tags)
{
	TagLib::ID3v2::Tag tag;

	tag.setProperties(map_of(tags));
	if (tags->cover.n) {
		auto picture = std::make_unique<TagLib::ID3v2::AttachedPictureFrame>();

		picture->setType(TagLib::ID3v2::AttachedPictureFrame::FrontCover);
		picture->setMimeType(text(tags->mime));
		picture->setPicture(cover_of(tags));
		tag.addFrame(picture.release());
	}
	const TagLib::ByteVector bytes = tag.render(TagLib::ID3v2::v4);

	qf_buf_put(out, bytes.data(), bytes.size());
}

// TagLib renders this one only into a file: one of 8 + 8 bytes, an empty ftyp and an empty moov, behind which the tags then stand.
void render_udta(struct qf_buf *out, const struct qf_carried *tags, const char *gapless)
{
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

		covers.append(TagLib::MP4::CoverArt(format, cover_of(tags)));
		tag->setItem("covr", TagLib::MP4::Item(covers));
	}
	file.save();
	qf_buf_put(out, stream.data()->data() + sizeof empty - 1, stream.data()->size() - (sizeof empty - 1));
}

} // namespace

extern "C" enum qf_status qf_carry_put_id3(struct qf_buf *out, const struct qf_carried *tags, struct qf_err *e)
{
	if (tags->n == 0 && tags->cover.n == 0)
		return QF_OK;
	try {
		render_id3(out, tags);
	} catch (const std::exception &) { // of them only memory can run out
		return qf_fail(e, QF_ENOMEM, "out of memory for the tags");
	}
	return qf_buf_check(out, e);
}

extern "C" enum qf_status qf_carry_put_udta(struct qf_buf *out, const struct qf_carried *tags, const char *gapless, struct qf_err *e)
{
	try {
		render_udta(out, tags, gapless);
	} catch (const std::exception &) {
		return qf_fail(e, QF_ENOMEM, "out of memory for the tags");
	}
	return qf_buf_check(out, e);
}
