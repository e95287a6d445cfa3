/* SPDX-License-Identifier: MIT */
/*
 * parse: the text of a transcript file to scripts. Comments and loops are gone behind this file, and macros and repetitions are
 * written out; each line keeps its number. See README for the language.
 */
#include "talk/script.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void script_fail(const char *file, int number, const char *format, ...) {
  va_list list;
  va_start(list, format);
  fprintf(stderr, "%s:%d: ", file, number);
  vfprintf(stderr, format, list);
  fputc('\n', stderr);
  va_end(list);
  exit(2);
}

enum { VARIABLES_MAX = 4, PIECES_MAX = 32 };

typedef struct parser {
  const char *file;
  lines raw; /* one word each: the line as it stands */
  talks *out;
  talk defaults; /* what stands above the first transcript holds for all */
  lines macros;  /* the name, then its words */
  struct {
    char name[16];
    uint64_t value;
  } variables[VARIABLES_MAX];
  size_t depth;
  struct {
    const char *name; /* in raw */
    size_t from, end; /* lines of raw */
  } pieces[PIECES_MAX];
  size_t piece_count;
  offsets sent;
} parser;

static talk *current(parser *p) { return p->out->n == 0 || p->defaults.name == NULL ? &p->defaults : &p->out->at[p->out->n - 1]; }

/* ---- text to words ----------------------------------------------------------------------------------------------------- */

/* $name becomes the value of a loop's variable. */
static void substitute(const parser *p, const char *text, octets *out) {
  while (*text != 0) {
    size_t i = 0;
    for (; *text == '$' && i < p->depth; i++) {
      size_t n = strlen(p->variables[i].name);
      if (strncmp(text + 1, p->variables[i].name, n) != 0) continue;
      octets_print(out, "%llu", (unsigned long long)p->variables[i].value);
      text += n + 1;
      break;
    }
    if (*text == 0 || (*text == '$' && i < p->depth)) continue;
    octets_byte(out, (uint8_t)*text++);
  }
  octets_byte(out, 0);
}

static const char *unescape(const char *at, octets *out, const char *file, int number) {
  if (*at == 'x') {
    if (at[1] == 0 || !word_hex(at + 1, 2, out)) script_fail(file, number, "\\x wants two hexadecimal digits");
    return at + 3;
  }
  static const char names[] = "nrt0\"\\{", values[] = "\n\r\t\0\"\\{";
  const char *found = *at == 0 ? NULL : strchr(names, *at);
  if (found == NULL) {
    script_fail(file, number, "no such escape: \\%c", *at);
  } else {
    octets_byte(out, (uint8_t)values[found - names]);
  }
  return at + 1;
}

/* {text*100}: a hundred times text. */
static const char *repeated(const char *at, octets *out, const char *file, int number) {
  const char *close = strchr(at, '}'), *star = close;
  while (star != NULL && star > at && *star != '*')
    star--;
  if (star == NULL || star == at) script_fail(file, number, "a repetition is {text*count}");
  if (star == NULL) return at;
  size_t count = strtoul(star + 1, NULL, 10);
  for (size_t i = 0; i < count; i++)
    octets_add(out, at, (size_t)(star - at));
  return close + 1;
}

static const char *quoted(const char *at, octets *out, const char *file, int number) {
  while (*at != '"') {
    if (*at == 0) script_fail(file, number, "a quote is not closed");
    if (*at == '\\') {
      at = unescape(at + 1, out, file, number);
    } else if (*at == '{') {
      at = repeated(at + 1, out, file, number);
    } else {
      octets_byte(out, (uint8_t)*at++);
    }
  }
  return at + 1;
}

static const char *one_word(const char *at, octets *out, const char *file, int number) {
  if (*at == '"') octets_byte(out, '"');
  while (*at != 0 && *at != ' ' && *at != '\t') {
    if (*at == '"') {
      at = quoted(at + 1, out, file, number);
    } else if (*at == '{') {
      at = repeated(at + 1, out, file, number);
    } else {
      octets_byte(out, (uint8_t)*at++);
    }
  }
  return at;
}

static const line *find_macro(const parser *p, const octets *name) {
  for (size_t i = 0; i < p->macros.n; i++) {
    const line *macro = &p->macros.at[i];
    if (macro->words[0].n == name->n && memcmp(macro->words[0].p, name->p, name->n) == 0) return macro;
  }
  return NULL;
}

static void split(const parser *p, const char *text, int number, line *out) {
  out->number = number;
  for (;;) {
    octets one = {NULL, 0, 0};
    text += strspn(text, " \t");
    if (*text == 0) return;
    bool is_macro = *text == '@';
    text = one_word(text, &one, p->file, number);
    const line *macro = is_macro && !word_is(out, 0, "let") ? find_macro(p, &one) : NULL;
    for (size_t i = 1; macro != NULL && i < macro->n; i++)
      line_word(out, macro->words[i].p, macro->words[i].n);
    if (macro == NULL) line_word(out, one.p, one.n);
    octets_free(&one);
  }
}

/* ---- directives -------------------------------------------------------------------------------------------------------- */

static step *new_step(parser *p, step_kind kind, const line *in) {
  talk *t = current(p);
  if (t == &p->defaults) script_fail(p->file, in->number, "'%s' stands before the first 'talk'", in->words[0].p);
  if (t->n == t->cap) {
    t->cap = t->cap * 2 + 16;
    t->steps = talk_grow(t->steps, t->cap * sizeof(step));
  }
  step *fresh = &t->steps[t->n++];
  *fresh = (step){.kind = kind, .number = in->number};
  return fresh;
}

/* The last step, if it is of this kind, so that lines in a row make one step. */
static step *join_step(parser *p, step_kind kind, const line *in) {
  talk *t = current(p);
  if (t != &p->defaults && t->n != 0 && t->steps[t->n - 1].kind == kind) return &t->steps[t->n - 1];
  return new_step(p, kind, in);
}

static void copy_words(line *to, const line *in, size_t from, size_t end) {
  to->number = in->number;
  for (size_t i = from; i < end; i++)
    line_word(to, in->words[i].p, in->words[i].n);
}

static void want(const parser *p, const line *in, size_t words) {
  if (in->n < words + 1) script_fail(p->file, in->number, "'%s' wants %zu more words", in->words[0].p, words);
}

static bool one_of(const parser *p, const line *in, const char *yes, const char *no) {
  want(p, in, 1);
  if (!word_is(in, 1, yes) && !word_is(in, 1, no))
    script_fail(p->file, in->number, "'%s' is neither %s nor %s", in->words[1].p, yes, no);
  return word_is(in, 1, yes);
}

/* A transcript begins as the defaults of its file. */
static void on_talk(parser *p, const line *in) {
  want(p, in, 1);
  talks *out = p->out;
  if (out->n == out->cap) {
    out->cap = out->cap * 2 + 16;
    out->at = talk_grow(out->at, out->cap * sizeof(talk));
  }
  if (p->defaults.name == NULL) p->defaults.name = talk_copy("", 0);
  talk *fresh = &out->at[out->n++];
  *fresh = p->defaults;
  fresh->number = in->number;
  fresh->peer = (lines){NULL, 0, 0};
  for (size_t i = 0; i < p->defaults.peer.n; i++) {
    copy_words(lines_new(&fresh->peer), &p->defaults.peer.at[i], 0, p->defaults.peer.at[i].n);
  }
  octets name = {NULL, 0, 0};
  line_print(&name, in, 1);
  fresh->name = talk_copy((const char *)name.p, name.n);
  octets_free(&name);
  offsets_free(&p->sent);
}

static void on_role(parser *p, const line *in) { current(p)->client = one_of(p, in, "client", "server"); }
static void on_cuts(parser *p, const line *in) { current(p)->cuts = one_of(p, in, "on", "off"); }
static void on_starved(parser *p, const line *in) { current(p)->lenient = one_of(p, in, "lenient", "strict"); }
static void on_lengths(parser *p, const line *in) { current(p)->lengths = one_of(p, in, "on", "off"); }
static void on_priorities(parser *p, const line *in) { current(p)->priorities = one_of(p, in, "on", "off"); }
static void on_chooses(parser *p, const line *in) { current(p)->chooses = one_of(p, in, "on", "off"); }
static void on_forms(parser *p, const line *in) { current(p)->forms = one_of(p, in, "on", "off"); }
static void on_processed(parser *p, const line *in) { current(p)->processed = one_of(p, in, "on", "off"); }
static void on_trace(parser *p, const line *in) { current(p)->trace = one_of(p, in, "on", "off"); }

/* config extension_types TYPE... */
static void set_extension_types(parser *p, const line *in) {
  uint64_t type;
  for (size_t i = 2; i < in->n; i++) {
    if (!word_number(&in->words[i], &type) || type > 255) {
      script_fail(p->file, in->number, "'%s' is no type of frame", in->words[i].p);
    } else {
      current(p)->config.extension_types[type / 8] |= (uint8_t)(1u << type % 8);
    }
  }
}

static void on_config(parser *p, const line *in) {
  uint64_t value;
  talk *t = current(p);
  if (word_is(in, 1, "settings")) {
    t->lists = true;
    t->own_count = script_settings(t->own, OWN_SETTINGS_MAX, in, 2, in->n, p->file);
    return;
  }
  want(p, in, 2);
  if (word_is(in, 1, "extension_types")) {
    set_extension_types(p, in);
    return;
  }
  if (!word_number(&in->words[2], &value)) script_fail(p->file, in->number, "'%s' is no number", in->words[2].p);
  if (config_set(&t->config, &in->words[1], value) == NULL) {
    script_fail(p->file, in->number, "rill_config has no '%s'", in->words[1].p);
  }
}

/* padding by N, padding to N */
static void on_padding(parser *p, const line *in) {
  uint64_t n;
  want(p, in, 2);
  if (!word_number(&in->words[2], &n) || n == 0) script_fail(p->file, in->number, "'%s' is no number", in->words[2].p);
  *(one_of(p, in, "by", "to") ? &current(p)->pad_by : &current(p)->pad_to) = (uint32_t)n;
}

static void on_preface(parser *p, const line *in) {
  static const char *const names[] = {"whole", "unacked", "off"};
  want(p, in, 1);
  for (int i = 0; i < 3; i++) {
    if (!word_is(in, 1, names[i])) continue;
    current(p)->preface = (preface_kind)i;
    return;
  }
  script_fail(p->file, in->number, "'%s' is not whole, unacked or off", in->words[1].p);
}

static void on_peer(parser *p, const line *in) {
  octets check = {NULL, 0, 0};
  wire_settings(&check, in, 1, p->file);
  octets_free(&check);
  copy_words(lines_new(&current(p)->peer), in, 1, in->n);
}

/* For reasons that neither an event nor a call can name: what was refused before the application heard of it. */
static void on_shows(parser *p, const line *in) {
  want(p, in, 1);
  for (int i = 1; i < RILL_WHY_COUNT; i++) {
    if (!word_is(in, 1, why_name((rill_why)i))) continue;
    current(p)->shows = (rill_why)i;
    return;
  }
  script_fail(p->file, in->number, "there is no reason '%s'", in->words[1].p);
}

static void on_let(parser *p, const line *in) {
  want(p, in, 1);
  if (in->words[1].p[0] != '@') script_fail(p->file, in->number, "a macro's name begins with @");
  copy_words(lines_new(&p->macros), in, 1, in->n);
}

static const char magic[] = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

static void on_frame(parser *p, const line *in) {
  want(p, in, 1);
  step *feed = join_step(p, STEP_FEED, in);
  octets_add(&feed->edges, &feed->in.n, sizeof feed->in.n);
  line rest = {NULL, 0, 0, 0};
  copy_words(&rest, in, 1, in->n);
  if (word_is(in, 1, "PREFACE")) {
    octets_add(&feed->in, magic, sizeof magic - 1);
  } else {
    wire_frame(&feed->in, &rest, p->file, &p->sent);
  }
  line_free(&rest);
}

static void on_raw(parser *p, const line *in) {
  step *feed = join_step(p, STEP_FEED, in);
  octets_add(&feed->edges, &feed->in.n, sizeof feed->in.n);
  for (size_t i = 1; i < in->n; i++) {
    const word *w = &in->words[i];
    bool text = w->n != 0 && w->p[0] == '"';
    if (text) {
      octets_add(&feed->in, w->p + 1, w->n - 1);
    } else if (!word_hex(w->p, w->n, &feed->in)) {
      script_fail(p->file, in->number, "'%s' is neither \"text\" nor hexadecimal", w->p);
    }
  }
}

static void on_events(parser *p, const line *in) {
  step *s = join_step(p, STEP_EVENTS, in);
  copy_words(lines_new(&s->lines), in, 1, in->n);
}

static void on_output(parser *p, const line *in) {
  step *s = join_step(p, STEP_OUTPUT, in);
  copy_words(lines_new(&s->lines), in, 1, in->n);
}

static void on_ask(parser *p, const line *in) {
  want(p, in, 2);
  copy_words(lines_new(&new_step(p, STEP_ASK, in)->lines), in, 1, in->n);
}

static void note_opaque(parser *p, const line *in) {
  for (size_t i = 0; i < in->n; i++)
    current(p)->vectored |= word_is(in, i, "+opaque");
}

static void on_app(parser *p, const line *in) {
  want(p, in, 1);
  note_opaque(p, in);
  copy_words(lines_new(&new_step(p, STEP_APP, in)->lines), in, 1, in->n);
}

/* on [every] EVENT... : ACTION... ; ACTION... */
static void on_on(parser *p, const line *in) {
  step *s = new_step(p, STEP_ON, in);
  s->every = word_is(in, 1, "every");
  size_t from = s->every ? 2 : 1, end = from;
  while (end < in->n && !word_is(in, end, ":"))
    end++;
  copy_words(lines_new(&s->lines), in, from, end);
  while (end < in->n) {
    from = ++end;
    while (end < in->n && !word_is(in, end, ";"))
      end++;
    if (end == from) script_fail(p->file, in->number, "an action is missing");
    copy_words(lines_new(&s->lines), in, from, end);
  }
  if (s->lines.n < 2 || s->lines.at[0].n == 0) script_fail(p->file, in->number, "on [every] EVENT : ACTION ; ACTION");
  current(p)->acts_in_on = true;
  note_opaque(p, in);
}

static const struct {
  const char *name;
  void (*run)(parser *p, const line *in);
} directives[] = {
    {"talk", on_talk},
    {"role", on_role},
    {"config", on_config},
    {"preface", on_preface},
    {"peer", on_peer},
    {"cuts", on_cuts},
    {"trace", on_trace},
    {"let", on_let},
    {"<", on_frame},
    {"<<", on_raw},
    {"=", on_events},
    {">", on_output},
    {"?", on_ask},
    {"app", on_app},
    {"on", on_on},
    {"shows", on_shows},
    {"lengths", on_lengths},
    {"starved", on_starved},
    {"priorities", on_priorities},
    {"chooses", on_chooses},
    {"forms", on_forms},
    {"padding", on_padding},
    {"processed", on_processed},
};

static void on_line(parser *p, const char *text, int number) {
  octets plain = {NULL, 0, 0};
  line in = {NULL, 0, 0, 0};
  substitute(p, text, &plain);
  split(p, (const char *)plain.p, number, &in);
  size_t i = 0;
  while (in.n != 0 && i < sizeof directives / sizeof directives[0] && !word_is(&in, 0, directives[i].name))
    i++;
  if (i == sizeof directives / sizeof directives[0]) script_fail(p->file, number, "no such line: '%s'", in.words[0].p);
  if (in.n != 0) directives[i].run(p, &in);
  line_free(&in);
  octets_free(&plain);
}

/* ---- lines and loops --------------------------------------------------------------------------------------------------- */

static bool begins(const char *text, const char *with) {
  size_t n = strlen(with);
  return strncmp(text, with, n) == 0 && (text[n] == 0 || text[n] == ' ');
}

static size_t find_end(const parser *p, size_t from, size_t end) {
  size_t depth = 1;
  for (size_t i = from + 1; i < end; i++) {
    if (begins(p->raw.at[i].words[0].p, "for") || begins(p->raw.at[i].words[0].p, "def")) depth++;
    if (begins(p->raw.at[i].words[0].p, "end") && --depth == 0) return i;
  }
  script_fail(p->file, p->raw.at[from].number, "'%s' without 'end'", p->raw.at[from].words[0].p);
  return end;
}

static void run_lines(parser *p, size_t from, size_t end);

/* for NAME FIRST..LAST [step N], up or down. Loops hold loops, up to VARIABLES_MAX deep. */
static void run_loop(parser *p, size_t from, size_t end) {
  unsigned long long first, last, by = 1;
  int number = p->raw.at[from].number;
  if (p->depth == VARIABLES_MAX) script_fail(p->file, number, "loops stand too deep");
  int got =
      sscanf(p->raw.at[from].words[0].p, "for %15[a-z] %llu..%llu step %llu", p->variables[p->depth].name, &first, &last, &by);
  if (got < 3 || by == 0) script_fail(p->file, number, "for NAME FIRST..LAST [step N]");
  size_t mine = p->depth++;
  bool down = first > last;
  unsigned long long turns = (down ? first - last : last - first) / by + 1;
  for (unsigned long long i = 0; i < turns; i++) {
    p->variables[mine].value = down ? first - i * by : first + i * by;
    run_lines(p, from + 1, end);
  }
  p->depth--;
}

/* def NAME, lines, end: do NAME puts the lines there. A piece holds only pieces above it. */
static void keep_piece(parser *p, size_t from, size_t end) {
  if (p->piece_count == PIECES_MAX) script_fail(p->file, p->raw.at[from].number, "too many pieces");
  p->pieces[p->piece_count].name = p->raw.at[from].words[0].p + 4;
  p->pieces[p->piece_count].from = from + 1;
  p->pieces[p->piece_count++].end = end;
}

static void do_piece(parser *p, const line *raw) {
  size_t i = p->piece_count, all = p->piece_count;
  while (i != 0 && strcmp(p->pieces[i - 1].name, raw->words[0].p + 3) != 0)
    i--;
  if (i == 0) {
    script_fail(p->file, raw->number, "there is no such piece");
    return;
  }
  p->piece_count = i - 1;
  run_lines(p, p->pieces[i - 1].from, p->pieces[i - 1].end);
  p->piece_count = all;
}

static void run_lines(parser *p, size_t from, size_t end) {
  for (size_t i = from; i < end; i++) {
    const char *text = p->raw.at[i].words[0].p;
    bool loop = begins(text, "for"), piece = begins(text, "def");
    if (loop || piece) {
      size_t stop = find_end(p, i, end);
      if (loop) run_loop(p, i, stop);
      if (piece) keep_piece(p, i, stop);
      i = stop;
    } else if (begins(text, "do")) {
      do_piece(p, &p->raw.at[i]);
    } else {
      on_line(p, text, p->raw.at[i].number);
    }
  }
}

/* Blank lines and comments go; a line that ends with \ goes on. */
static void read_lines(parser *p, FILE *in) {
  octets text = {NULL, 0, 0};
  int number = 0, first = 0;
  for (int c = 0; c != EOF;) {
    size_t from = text.n;
    while ((c = fgetc(in)) != EOF && c != '\n')
      octets_byte(&text, (uint8_t)c);
    number++;
    if (from == 0) first = number;
    if (text.n > from && text.p[text.n - 1] == '\\') {
      text.p[text.n - 1] = ' ';
      continue;
    }
    size_t skip = 0;
    while (skip < text.n && (text.p[skip] == ' ' || text.p[skip] == '\t'))
      skip++;
    if (skip < text.n && text.p[skip] != '#') {
      line *raw = lines_new(&p->raw);
      raw->number = first;
      line_word(raw, text.p + skip, text.n - skip);
    }
    text.n = 0;
  }
  octets_free(&text);
}

void talks_read(talks *out, const char *file) {
  parser p = {.file = file, .out = out};
  FILE *in = fopen(file, "rb");
  if (in == NULL) script_fail(file, 0, "cannot be read");
  p.defaults.file = file;
  p.defaults.cuts = true;
  rill_config_init(&p.defaults.config);
  p.defaults.config.goaway_words = false;
  read_lines(&p, in);
  if (in != NULL) (void)fclose(in);
  static const char *const given[] = {"let @get :method=GET :scheme=https :path=/ :authority=a",
                                      "let @post :method=POST :scheme=https :path=/ :authority=a",
                                      "let @head :method=HEAD :scheme=https :path=/ :authority=a",
                                      "let @connect :method=CONNECT :authority=a:443", "let @ok :status=200"};
  for (size_t i = 0; i < sizeof given / sizeof given[0]; i++)
    on_line(&p, given[i], 0);
  run_lines(&p, 0, p.raw.n);
  lines_free(&p.raw);
  lines_free(&p.macros);
  lines_free(&p.defaults.peer);
  free(p.defaults.name);
  offsets_free(&p.sent);
}

void talks_free(talks *all) {
  for (size_t i = 0; i < all->n; i++) {
    talk *t = &all->at[i];
    for (size_t s = 0; s < t->n; s++) {
      octets_free(&t->steps[s].in);
      octets_free(&t->steps[s].edges);
      lines_free(&t->steps[s].lines);
    }
    free(t->steps);
    free(t->name);
    lines_free(&t->peer);
  }
  free(all->at);
  all->at = NULL;
  all->n = all->cap = 0;
}
