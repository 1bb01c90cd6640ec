#include "base/sound.h"

const char *const qf_sound_names[QF_SOUNDS] = {
	[QF_SOUND_AAC] = "aac", [QF_SOUND_OPUS] = "opus", [QF_SOUND_MP3] = "mp3", [QF_SOUND_FLAC] = "flac", [QF_SOUND_ALAC] = "alac",
};
