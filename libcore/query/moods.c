#include "query/moods.h"

#include "base/text.h"

#include <stdbool.h>
#include <string.h>

#include "moods.gen.h" /* words[]: word, query */

static const char *find(const char *word, size_t n)
{
	for (size_t i = 0; i < sizeof words / sizeof *words; i++)
		if (strlen(words[i].word) == n && memcmp(words[i].word, word, n) == 0)
			return words[i].query;
	return NULL;
}

static bool turns_round(const char *word, size_t n)
{
	static const char *const all[] = { "not", "no", "without" };

	for (size_t i = 0; i < sizeof all / sizeof *all; i++)
		if (strlen(all[i]) == n && memcmp(all[i], word, n) == 0)
			return true;
	return false;
}

static enum qf_status unknown(const char *word, size_t n, struct qf_err *e)
{
	return qf_fail(e, QF_EINVAL, "there is no mood word '%.*s'; some that are known: happy, sad, upbeat, calm, energetic, dark, dreamy,"
				     " danceable, running, workout, sleep, study, dinner, party, acoustic, fast, slow (datasets/moods.tsv)",
		       n > 40 ? 40 : (int)n, word);
}

static enum qf_status put_words(struct qf_buf *out, const char *text, struct qf_err *e)
{
	bool no = false, any = false;

	for (const char *p = text; *p;) {
		size_t n = strcspn(p, " ");
		const char *query = find(p, n);

		if (turns_round(p, n)) {
			no = !no;
		} else if (!query) {
			return unknown(p, n, e);
		} else if (*query) {
			qf_buf_printf(out, "%s%s(%s)", out->len ? " " : "", no ? "-" : "", query);
			no = false;
			any = true;
		}
		p += n + (p[n] == ' ');
	}
	return any ? qf_buf_check(out, e) : unknown(text, strlen(text), e);
}

enum qf_status qf_mood_query(struct qf_buf *out, const char *text, struct qf_err *e)
{
	struct qf_buf fold = { 0 };
	enum qf_status rc = qf_text_fold(&fold, text, strlen(text), e);

	if (rc == QF_OK)
		rc = put_words(out, fold.p ? fold.p : "", e);
	qf_buf_free(&fold);
	return rc;
}
