/* jcs.h - whether bytes are canonical JSON, by looking at the bytes themselves.
 *
 * A subset of RFC 8785 (JCS) in which every value has one form and any JSON library prints
 * it: objects with ASCII keys in rising order, arrays, strings, booleans, and integers of
 * less than 2^53 on either side of zero. No white space, no fractions, no exponents, no
 * null, no "-0", no duplicate keys; strings are strict UTF-8 with only \" and \\ escaped, and
 * hold neither U+0000 to U+001F nor U+007F (which jq 1.6 escapes). Nothing is normalized. */
#ifndef QF_TRUST_JCS_H
#define QF_TRUST_JCS_H

#include "base/buf.h"
#include "base/err.h"

#define QF_JCS_DEPTH 16

/* QF_EFORMAT: "byte 17: …". */
enum qf_status qf_jcs_check(struct qf_span text, struct qf_err *e);

#endif
