/* SPDX-License-Identifier: MIT */
#include "talk/text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void *or_die(void *p) {
  if (p == NULL) {
    fputs("talk: out of memory\n", stderr);
    exit(2);
  }
  return p;
}

void *talk_alloc(size_t n) { return or_die(calloc(1, n == 0 ? 1 : n)); }

void *talk_grow(void *p, size_t n) { return or_die(realloc(p, n == 0 ? 1 : n)); }

char *talk_copy(const char *p, size_t n) {
  char *copy = talk_alloc(n + 1);
  if (n != 0) memcpy(copy, p, n);
  return copy;
}

/* ---- octets ------------------------------------------------------------------------------------------------------------ */

static uint8_t *octets_room(octets *out, size_t n) {
  if (out->cap - out->n < n) {
    out->cap = out->cap * 2 + n + 64;
    out->p = talk_grow(out->p, out->cap);
  }
  return out->p + out->n;
}

void octets_add(octets *out, const void *p, size_t n) {
  if (n == 0) return;
  memcpy(octets_room(out, n), p, n);
  out->n += n;
}

void octets_byte(octets *out, uint32_t v) { octets_number(out, v, 1); }

void octets_number(octets *out, uint32_t v, unsigned size) {
  while (size-- > 0) {
    *octets_room(out, 1) = (uint8_t)(v >> (8 * size));
    out->n++;
  }
}

void octets_drop(octets *out, size_t n) {
  if (n == 0) return;
  memmove(out->p, out->p + n, out->n - n);
  out->n -= n;
}

static void print_list(octets *out, const char *format, va_list list) {
  va_list again;
  va_copy(again, list);
  int n = vsnprintf(NULL, 0, format, list);
  if (n > 0) {
    (void)vsnprintf((char *)octets_room(out, (size_t)n + 1), (size_t)n + 1, format, again);
    out->n += (size_t)n;
  }
  va_end(again);
}

void octets_print(octets *out, const char *format, ...) {
  va_list list;
  va_start(list, format);
  print_list(out, format, list);
  va_end(list);
}

void octets_free(octets *out) {
  free(out->p);
  *out = (octets){NULL, 0, 0};
}

/* ---- lines ------------------------------------------------------------------------------------------------------------- */

void line_word(line *out, const void *p, size_t n) {
  if (out->n == out->cap) {
    out->cap = out->cap * 2 + 8;
    out->words = talk_grow(out->words, out->cap * sizeof(word));
  }
  out->words[out->n++] = (word){talk_copy(p, n), n};
}

void line_add(line *out, const char *format, ...) {
  octets text = {NULL, 0, 0};
  va_list list;
  va_start(list, format);
  print_list(&text, format, list);
  va_end(list);
  line_word(out, text.p, text.n);
  octets_free(&text);
}

void line_pair(line *out, rill_view name, rill_view value) {
  octets text = {NULL, 0, 0};
  octets_add(&text, name.p, name.n);
  octets_byte(&text, '=');
  octets_add(&text, value.p, value.n);
  line_word(out, text.p, text.n);
  octets_free(&text);
}

static bool is_plain(rill_view view) {
  for (size_t i = 0; i < view.n; i++) {
    if (view.p[i] < 0x20 || view.p[i] > 0x7e) return false;
  }
  return true;
}

void line_octets(line *out, rill_view view) {
  octets text = {NULL, 0, 0};
  if (is_plain(view)) {
    octets_byte(&text, '"');
    octets_add(&text, view.p, view.n);
  } else {
    octets_print(&text, "hex=");
    for (size_t i = 0; i < view.n; i++)
      octets_print(&text, "%02x", view.p[i]);
  }
  line_word(out, text.p, text.n);
  octets_free(&text);
}

void line_free(line *out) {
  for (size_t i = 0; i < out->n; i++)
    free(out->words[i].p);
  free(out->words);
  *out = (line){NULL, 0, 0, 0};
}

line *lines_new(lines *out) {
  if (out->n == out->cap) {
    out->cap = out->cap * 2 + 8;
    out->at = talk_grow(out->at, out->cap * sizeof(line));
  }
  line *fresh = &out->at[out->n++];
  *fresh = (line){NULL, 0, 0, 0};
  return fresh;
}

void lines_free(lines *out) {
  for (size_t i = 0; i < out->n; i++)
    line_free(&out->at[i]);
  free(out->at);
  *out = (lines){NULL, 0, 0};
}

/* ---- printing ---------------------------------------------------------------------------------------------------------- */

static void print_octet(octets *out, uint8_t c) {
  if (c == '"' || c == '\\') octets_byte(out, '\\');
  if (c >= 0x20 && c <= 0x7e) {
    octets_byte(out, c);
  } else {
    octets_print(out, "\\x%02x", c);
  }
}

static bool needs_quotes(const word *in) {
  for (size_t i = 0; i < in->n; i++) {
    uint8_t c = (uint8_t)in->p[i];
    if (c <= 0x20 || c > 0x7e || c == '"' || c == '\\') return true;
  }
  return false;
}

/* A quoted word, or name="value", or a word as it is. */
static void print_word(octets *out, const word *in) {
  size_t i = 0;
  bool quotes = in->n != 0 && in->p[0] == '"';
  if (quotes) {
    i = 1;
  } else if (needs_quotes(in)) {
    const char *equals = memchr(in->p, '=', in->n);
    i = equals == NULL ? 0 : (size_t)(equals - in->p) + 1;
    octets_add(out, in->p, i);
    quotes = true;
  }
  if (quotes) octets_byte(out, '"');
  for (; i < in->n; i++)
    print_octet(out, (uint8_t)in->p[i]);
  if (quotes) octets_byte(out, '"');
}

void line_print(octets *out, const line *in, size_t from) {
  for (size_t i = from; i < in->n; i++) {
    if (i != from) octets_byte(out, ' ');
    print_word(out, &in->words[i]);
  }
}

/* ---- words ------------------------------------------------------------------------------------------------------------- */

bool word_is(const line *in, size_t index, const char *text) {
  return index < in->n && in->words[index].n == strlen(text) && memcmp(in->words[index].p, text, in->words[index].n) == 0;
}

bool word_number(const word *in, uint64_t *out) {
  char *end;
  if (in->n == 0 || in->p[0] < '0' || in->p[0] > '9') return false;
  bool hex = in->n > 2 && in->p[1] == 'x';
  *out = strtoull(in->p, &end, hex ? 16 : 10);
  return end == in->p + in->n;
}

static int digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

bool word_hex(const char *p, size_t n, octets *out) {
  if (n % 2 != 0) return false;
  for (size_t i = 0; i < n; i += 2) {
    int high = digit(p[i]), low = digit(p[i + 1]);
    if (high < 0 || low < 0) return false;
    octets_byte(out, (uint32_t)(high * 16 + low));
  }
  return true;
}

bool word_eats(const word *in, const char *prefix, word *rest) {
  size_t n = strlen(prefix);
  if (in->n < n || memcmp(in->p, prefix, n) != 0) return false;
  *rest = (word){in->p + n, in->n - n};
  return true;
}

/* ---- matching ---------------------------------------------------------------------------------------------------------- */

static bool word_matches(const word *want, const word *seen) {
  if (want->n == 1 && want->p[0] == '*') return true;
  size_t n = want->n;
  if (n > 2 && want->p[n - 1] == '*' && want->p[n - 2] == '=') {
    return seen->n >= n - 1 && memcmp(seen->p, want->p, n - 1) == 0;
  }
  return seen->n == n && memcmp(seen->p, want->p, n) == 0;
}

/* As shells match file names: on a mismatch, the last ... takes one more word. */
bool line_matches(const line *want, const line *seen) {
  size_t w = 0, s = 0, star = SIZE_MAX, taken = 0;
  while (s < seen->n) {
    if (word_is(want, w, "...")) {
      star = w++;
      taken = s;
    } else if (w < want->n && word_matches(&want->words[w], &seen->words[s])) {
      w++;
      s++;
    } else if (star != SIZE_MAX) {
      w = star + 1;
      s = ++taken;
    } else {
      return false;
    }
  }
  while (word_is(want, w, "..."))
    w++;
  return w == want->n;
}

static bool is_gap(const lines *in, size_t index) {
  return index < in->n && in->at[index].n == 1 && word_is(&in->at[index], 0, "...");
}

bool lines_match(const lines *want, const lines *seen) {
  size_t w = 0, s = 0, star = SIZE_MAX, taken = 0;
  while (s < seen->n) {
    if (is_gap(want, w)) {
      star = w++;
      taken = s;
    } else if (w < want->n && line_matches(&want->at[w], &seen->at[s])) {
      w++;
      s++;
    } else if (star != SIZE_MAX) {
      w = star + 1;
      s = ++taken;
    } else {
      return false;
    }
  }
  while (is_gap(want, w))
    w++;
  return w == want->n;
}
