/* hex.h - lower-case hexadecimal to bytes; base/buf.h writes it. */
#ifndef QF_TRUST_HEX_H
#define QF_TRUST_HEX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* 2 * n digits 0-9a-f at p into out[n]. False, and out is of no use, when another character is among them. */
bool qf_hex_decode(const char *p, size_t n, uint8_t *out);

/* n bytes as 2 * n digits and a NUL. */
void qf_hex_encode(const uint8_t *p, size_t n, char *out);

#endif
