/* unit.h - cmocka with its includes, and the two checks that every test here makes. */
#ifndef TESTS_UNIT_H
#define TESTS_UNIT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/buf.h"
#include "base/err.h"

#include <string.h>

#define SPAN(literal) ((struct qf_span){ (literal), sizeof(literal) - 1 })

/* Succeeded; if not, the sentence is in the failure's text. */
#define assert_ok(call, e)                                                    \
	do {                                                                  \
		if ((call) != QF_OK)                                          \
			fail_msg("%s: %s", #call, (e).text);                  \
	} while (0)

static inline void assert_text(const struct qf_buf *b, const char *want)
{
	assert_false(b->failed);
	assert_string_equal(b->p ? b->p : "", want);
	assert_int_equal(b->len, strlen(want));
}

#endif
