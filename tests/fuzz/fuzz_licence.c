/* Licence expressions, names and tags on any text: judged or refused in words; what was put out is judged the same. */
#include "quality/licence.h"
#include "quality/spdx.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *text = (const char *)data;
	struct qf_buf out = { 0 }, dep5 = { 0 }, tags = { 0 };
	struct qf_licence a, b;
	struct qf_spdx x;
	char *copy = malloc(size + 1);

	if (!copy)
		return 0;
	memcpy(copy, data, size);
	copy[size] = '\0';
	qf_licence_judge(text, size, &a);
	if (!*a.why || a.value < 0 || a.value > 1 || a.open != (a.value > 0))
		abort();
	if (qf_spdx_parse(&x, text, size, NULL) == QF_OK) {
		qf_licence_put(&out, text, size);
		qf_licence_judge(out.p, out.len, &b);
		if (!out.failed && (a.open != b.open || a.value < b.value || a.value > b.value))
			abort();
	}
	qf_licence_put_dep5(&dep5, text, size);
	qf_licence_put_tags(&tags, copy, copy, copy, NULL);
	qf_buf_free(&out);
	qf_buf_free(&dep5);
	qf_buf_free(&tags);
	free(copy);
	return 0;
}
