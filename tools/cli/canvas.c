#include "cli/canvas.h"

#include "base/alloc.h"

#include <cairo.h>
#include <fontconfig/fontconfig.h>
#include <math.h>

#define SHARP 2 /* pixels of a PNG for one of ours */

struct canvas {
	struct qf_buf svg, path; /* path: of the one under way */
	cairo_surface_t *sheet;  /* NULL: this is an SVG */
	cairo_t *ink;
};

enum qf_status canvas_open(struct canvas **out, enum canvas_kind kind, int wide, int high, struct qf_err *e)
{
	struct canvas *c = qf_zalloc(1, sizeof *c);

	*out = c;
	if (!c)
		return qf_fail(e, QF_ENOMEM, "out of memory for a picture");
	if (kind == CANVAS_PNG) {
		c->sheet = cairo_image_surface_create(CAIRO_FORMAT_RGB24, wide * SHARP, high * SHARP);
		c->ink = cairo_create(c->sheet);
		cairo_scale(c->ink, SHARP, SHARP);
	} else {
		qf_buf_printf(&c->svg, "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" height=\"%d\" viewBox=\"0 0 %d %d\""
				       " font-family=\"sans-serif\">\n", wide, high, wide, high);
	}
	canvas_box(c, 0, 0, wide, high, 0xffffff);
	return QF_OK;
}

static void use_colour(struct canvas *c, unsigned rgb)
{
	cairo_set_source_rgb(c->ink, (rgb >> 16 & 255) / 255.0, (rgb >> 8 & 255) / 255.0, (rgb & 255) / 255.0);
}

void canvas_box(struct canvas *c, double x, double y, double wide, double high, unsigned rgb)
{
	if (!c->sheet) {
		qf_buf_printf(&c->svg, "<rect x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%.1f\" fill=\"#%06x\"/>\n", x, y, wide, high, rgb);
		return;
	}
	use_colour(c, rgb);
	cairo_rectangle(c->ink, x, y, wide, high);
	cairo_fill(c->ink);
}

void canvas_move(struct canvas *c, double x, double y)
{
	if (c->sheet)
		cairo_move_to(c->ink, x, y);
	else
		qf_buf_printf(&c->path, "M%.1f %.1f", x, y);
}

void canvas_line(struct canvas *c, double x, double y)
{
	if (c->sheet)
		cairo_line_to(c->ink, x, y);
	else
		qf_buf_printf(&c->path, "L%.1f %.1f", x, y);
}

static void put_path(struct canvas *c)
{
	qf_buf_puts(&c->svg, "<path d=\"");
	if (c->path.len)
		qf_buf_put(&c->svg, c->path.p, c->path.len);
	c->svg.failed |= c->path.failed;
	qf_buf_clear(&c->path);
}

void canvas_stroke(struct canvas *c, unsigned rgb, double width)
{
	if (!c->sheet) {
		put_path(c);
		qf_buf_printf(&c->svg, "\" fill=\"none\" stroke=\"#%06x\" stroke-width=\"%.1f\" stroke-linejoin=\"round\"/>\n", rgb, width);
		return;
	}
	use_colour(c, rgb);
	cairo_set_line_width(c->ink, width);
	cairo_set_line_join(c->ink, CAIRO_LINE_JOIN_ROUND);
	cairo_stroke(c->ink);
}

void canvas_fill(struct canvas *c, unsigned rgb)
{
	if (!c->sheet) {
		put_path(c);
		qf_buf_printf(&c->svg, "\" fill=\"#%06x\"/>\n", rgb);
		return;
	}
	use_colour(c, rgb);
	cairo_fill(c->ink);
}

static void put_escaped(struct qf_buf *b, const char *s)
{
	for (; *s; s++)
		switch (*s) {
		case '<': qf_buf_puts(b, "&lt;"); break;
		case '>': qf_buf_puts(b, "&gt;"); break;
		case '&': qf_buf_puts(b, "&amp;"); break;
		default: qf_buf_putc(b, (unsigned char)*s < 0x20 ? ' ' : *s);
		}
}

void canvas_text(struct canvas *c, double x, double y, const struct canvas_font *font, enum canvas_align align, const char *text)
{
	static const char *const anchor[] = { "start", "middle", "end" };
	cairo_text_extents_t size;

	if (!c->sheet) {
		qf_buf_printf(&c->svg, "<text x=\"%.1f\" y=\"%.1f\" font-size=\"%g\" font-weight=\"%s\" fill=\"#%06x\" text-anchor=\"%s\">", x, y,
			      font->size, font->bold ? "bold" : "normal", font->rgb, anchor[align]);
		put_escaped(&c->svg, text);
		qf_buf_puts(&c->svg, "</text>\n");
		return;
	}
	cairo_select_font_face(c->ink, "sans-serif", CAIRO_FONT_SLANT_NORMAL, font->bold ? CAIRO_FONT_WEIGHT_BOLD : CAIRO_FONT_WEIGHT_NORMAL);
	cairo_set_font_size(c->ink, font->size);
	cairo_text_extents(c->ink, text, &size);
	use_colour(c, font->rgb);
	cairo_move_to(c->ink, x - size.x_advance * (align == CANVAS_CENTRE ? 0.5 : align == CANVAS_RIGHT), y);
	cairo_show_text(c->ink, text);
	cairo_new_path(c->ink);
}

static cairo_status_t append(void *to, const unsigned char *p, unsigned n)
{
	qf_buf_put(to, (const char *)p, n);
	return CAIRO_STATUS_SUCCESS;
}

enum qf_status canvas_finish(struct canvas *c, struct qf_buf *out, struct qf_err *e)
{
	cairo_status_t st = CAIRO_STATUS_SUCCESS;

	if (c->sheet) {
		st = cairo_status(c->ink);
		if (st == CAIRO_STATUS_SUCCESS)
			st = cairo_surface_write_to_png_stream(c->sheet, append, out);
	} else {
		qf_buf_puts(&c->svg, "</svg>\n");
		if (qf_buf_check(&c->svg, e) != QF_OK)
			return QF_ENOMEM;
		qf_buf_put(out, c->svg.p, c->svg.len);
	}
	if (st == CAIRO_STATUS_NO_MEMORY)
		return qf_fail(e, QF_ENOMEM, "out of memory for a picture");
	if (st != CAIRO_STATUS_SUCCESS)
		return qf_fail(e, QF_EIO, "cannot draw: %s", cairo_status_to_string(st));
	return qf_buf_check(out, e);
}

void canvas_close(struct canvas *c)
{
	if (!c)
		return;
	cairo_destroy(c->ink);
	cairo_surface_destroy(c->sheet);
	if (c->sheet) { /* fonts, which both keep for the next picture */
		cairo_debug_reset_static_data();
		FcFini();
	}
	qf_buf_free(&c->svg);
	qf_buf_free(&c->path);
	qf_free(c);
}
