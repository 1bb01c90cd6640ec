extern "C" {
#include "audio/carry.h"
}

#include <taglib/attachedpictureframe.h>
#include <taglib/id3v2tag.h>
#include <taglib/tpropertymap.h>

#include <exception>
#include <memory>

namespace {

TagLib::String text(const struct qf_span &s) { return TagLib::String(std::string(s.p, s.n), TagLib::String::UTF8); }

void render(struct qf_buf *out, const struct qf_carried *tags)
{
	TagLib::ID3v2::Tag tag;
	TagLib::PropertyMap map;

	for (size_t i = 0; i < tags->n; i++)
		map.insert(TagLib::String(tags->tag[i].key, TagLib::String::UTF8), TagLib::StringList(text(tags->tag[i].value)));
	tag.setProperties(map);
	if (tags->cover.n) {
		auto picture = std::make_unique<TagLib::ID3v2::AttachedPictureFrame>();

		picture->setType(TagLib::ID3v2::AttachedPictureFrame::FrontCover);
		picture->setMimeType(text(tags->mime));
		picture->setPicture(TagLib::ByteVector(tags->cover.p, static_cast<unsigned>(tags->cover.n)));
		tag.addFrame(picture.release());
	}
	const TagLib::ByteVector bytes = tag.render(TagLib::ID3v2::v4);

	qf_buf_put(out, bytes.data(), bytes.size());
}

} // namespace

extern "C" enum qf_status qf_carry_put_id3(struct qf_buf *out, const struct qf_carried *tags, struct qf_err *e)
{
	if (tags->n == 0 && tags->cover.n == 0)
		return QF_OK;
	try {
		render(out, tags);
	} catch (const std::exception &) { // of them only memory can run out
		return qf_fail(e, QF_ENOMEM, "out of memory for the tags");
	}
	return qf_buf_check(out, e);
}
