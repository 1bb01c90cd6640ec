#include "base/features.h"

#include "base/alloc.h"

#include <math.h>
#include <string.h>

#define QF_FEATURES_TABLE
const struct qf_feature qf_feature_table[QF_FEATURES_N] = {
#include "features.gen.h"
};

const struct qf_feature *qf_feature_find(const char *name)
{
	for (size_t i = 0; i < QF_FEATURES_N; i++)
		if (strcmp(qf_feature_table[i].name, name) == 0)
			return &qf_feature_table[i];
	return NULL;
}

void qf_features_init(struct qf_features *f)
{
	memset(f, 0, sizeof *f);
	for (size_t i = 0; i < QF_FEATURES_N; i++)
		if (qf_feature_table[i].type == QF_FEATURE_REAL)
			*(double *)qf_feature_at(f, &qf_feature_table[i]) = NAN;
}

void qf_features_free(struct qf_features *f)
{
	for (size_t i = 0; i < QF_FEATURES_N; i++) {
		void *at = qf_feature_at(f, &qf_feature_table[i]);

		switch (qf_feature_table[i].type) {
		case QF_FEATURE_TEXT:
		case QF_FEATURE_LABELS:
			qf_free(*(char **)at);
			break;
		case QF_FEATURE_LIST:
			qf_free(((struct qf_floats *)at)->v);
			break;
		case QF_FEATURE_BYTES:
			qf_free(((struct qf_bytes *)at)->v);
			break;
		case QF_FEATURE_REAL:
		case QF_FEATURE_VEC:
			break;
		}
	}
	qf_features_init(f);
}
