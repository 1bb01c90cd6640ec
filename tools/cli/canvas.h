/* canvas.h - drawing, as SVG or as PNG, with the same calls.
 *
 *     canvas_open(&c, CANVAS_SVG, 1120, 700, &e);
 *     canvas_move(c, 0, 0); canvas_line(c, 10, 10); canvas_stroke(c, 0x2c5d8f, 1.5);
 *     canvas_finish(c, &out, &e);
 *     canvas_close(c);
 *
 * Units are pixels from the upper left corner; colours are 0xRRGGBB. SVG is written by hand, so that its text stays
 * text; PNG is drawn by cairo with the system's sans-serif font, at twice the pixels for sharp print. A
 * call that fails is told of by canvas_finish(). */
#ifndef QFZZ_CLI_CANVAS_H
#define QFZZ_CLI_CANVAS_H

#include "base/buf.h"
#include "base/err.h"

struct canvas; /* opaque */

enum canvas_kind { CANVAS_SVG, CANVAS_PNG };
enum canvas_align { CANVAS_LEFT, CANVAS_CENTRE, CANVAS_RIGHT };

struct canvas_font {
	double size;
	int bold;
	unsigned rgb;
};

/* A white sheet. QF_ENOMEM. */
enum qf_status canvas_open(struct canvas **out, enum canvas_kind kind, int wide, int high, struct qf_err *e);

void canvas_box(struct canvas *c, double x, double y, double wide, double high, unsigned rgb);

/* A path: as many lines as wanted, then one of the last two, which ends it. */
void canvas_move(struct canvas *c, double x, double y);
void canvas_line(struct canvas *c, double x, double y);
void canvas_stroke(struct canvas *c, unsigned rgb, double width);
void canvas_fill(struct canvas *c, unsigned rgb);

/* y is that of the base line; x of the left end, the middle or the right end. UTF-8. */
void canvas_text(struct canvas *c, double x, double y, const struct canvas_font *font, enum canvas_align align, const char *text);

/* Append the whole picture to out. QF_ENOMEM, QF_EIO when cairo refuses. Once. */
enum qf_status canvas_finish(struct canvas *c, struct qf_buf *out, struct qf_err *e);
void canvas_close(struct canvas *c); /* NULL is fine */

#endif
