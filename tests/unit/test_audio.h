/* test_audio.h - files for the audio tests: a generated WAV, and what the encoders make of it. */
#ifndef TEST_AUDIO_H
#define TEST_AUDIO_H

#include "audio/bytes.h"

#include <fcntl.h>
#include <limits.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

static char folder[] = "/tmp/qfzz-test-audio-XXXXXX";

static inline void le(uint8_t *p, uint32_t v, int bytes)
{
	for (int i = 0; i < bytes; i++)
		p[i] = (uint8_t)(v >> 8 * i);
}

/* A WAV header of 44 bytes for `bytes` of samples. */
static inline void wav_header(uint8_t h[44], uint32_t tag, uint32_t channels, uint32_t rate, uint32_t bits, uint32_t bytes)
{
	memcpy(h, "RIFF....WAVEfmt ", 16);
	le(h + 4, 36 + bytes, 4);
	le(h + 16, 16, 4);
	le(h + 20, tag, 2);
	le(h + 22, channels, 2);
	le(h + 24, rate, 4);
	le(h + 28, rate * channels * bits / 8, 4);
	le(h + 32, channels * bits / 8, 2);
	le(h + 34, bits, 2);
	memcpy(h + 36, "data", 4);
	le(h + 40, bytes, 4);
}

/* 3 seconds of stereo, 44,100 Hz, 16 bits: two tones that swell, so that no two frames are alike. */
enum { FRAMES = 3 * 44100 };

static inline void write_wav(const char *path)
{
	FILE *f = fopen(path, "wb");
	uint8_t h[44];

	assert_non_null(f);
	wav_header(h, 1, 2, 44100, 16, FRAMES * 4);
	fwrite(h, 1, sizeof h, f);
	for (int i = 0; i < FRAMES; i++) {
		double t = i / 44100.0, swell = 0.3 + 0.2 * sin(t * 2.1);
		uint8_t s[4];

		le(s, (uint32_t)(int32_t)lrint(swell * 32767 * sin(t * 2764.6 + 3 * sin(t * 7))), 2);
		le(s + 2, (uint32_t)(int32_t)lrint(swell * 32767 * sin(t * 1381.1)), 2);
		fwrite(s, 1, 4, f);
	}
	fclose(f);
}

/* Run a shell command in the folder of the test; true if it went well. */
static inline bool shell(const char *command)
{
	char line[2048];

	snprintf(line, sizeof line, "cd %s && { %s; } >/dev/null 2>&1 </dev/null", folder, command);
	return system(line) == 0;
}

static inline void need(const char *tool)
{
	char line[128];

	snprintf(line, sizeof line, "command -v %s", tool);
	if (shell(line))
		return;
	print_message("# skipped: %s is not installed\n", tool);
	skip();
}

static inline int open_file(const char *name)
{
	char path[PATH_MAX];
	int fd;

	snprintf(path, sizeof path, "%s/%s", folder, name);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		fail_msg("%s was not made", name);
	return fd;
}

/* A file of these bytes, without a name. */
static inline int file_of(const void *p, size_t n)
{
	int fd = memfd_create("test", MFD_CLOEXEC);

	assert_true(fd >= 0 && write(fd, p, n) == (ssize_t)n);
	return fd;
}

static inline int make_folder(void **state)
{
	char path[PATH_MAX];

	(void)state;
	if (!mkdtemp(folder))
		return -1;
	snprintf(path, sizeof path, "%s/a.wav", folder);
	write_wav(path);
	return 0;
}

static inline int remove_folder(void **state)
{
	char line[64];

	(void)state;
	snprintf(line, sizeof line, "rm -r %s", folder);
	return system(line);
}

#endif
