/* SPDX-License-Identifier: MIT */
/*
 * The public encoder and decoder of rill/hpack.h: their lives, their memory, and what each call promises.
 */
#include "meter.h"

#include <rill/hpack.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

enum { ROOM = 4096 };

static void expect_view(rill_view got, const char *want) {
  assert_int_equal(got.n, strlen(want));
  if (got.n != 0) assert_memory_equal(got.p, want, got.n);
}

static void test_round(void **state) {
  (void)state;
  const rill_field fields[] = {RILL_FIELD(":method", "GET"), RILL_FIELD("authorization", "secret"), RILL_FIELD("x-a", "b")};
  meter m = {0};
  rill_mem mem = meter_mem(&m);
  rill_hpack_encoder *encoder;
  rill_hpack_decoder *decoder;
  assert_int_equal(rill_hpack_encoder_new(&encoder, &mem, 4096, 9), RILL_OK);
  assert_int_equal(rill_hpack_decoder_new(&decoder, &mem, 4096), RILL_OK);
  for (unsigned round = 0; round < 3; round++) {
    uint8_t wire[ROOM];
    rill_ssize n = rill_hpack_encode(encoder, wire, sizeof wire, fields, 3);
    assert_true(n > 0);
    rill_view block = {wire, (size_t)n};
    rill_field field;
    rill_why why;
    for (size_t i = 0; i < 3; i++) {
      assert_int_equal(rill_hpack_decode(decoder, &block, &field, &why), 1);
      expect_view(field.name, (const char *)fields[i].name.p);
      expect_view(field.value, (const char *)fields[i].value.p);
      assert_int_equal(field.flags & RILL_FIELD_NEVER_INDEX, i == 1 ? RILL_FIELD_NEVER_INDEX : 0);
      assert_int_not_equal(field.token, 0);
    }
    assert_int_equal(rill_hpack_decode(decoder, &block, &field, &why), 0);
    if (round == 2) assert_true(n < 12);
  }
  rill_hpack_encoder_del(encoder);
  rill_hpack_decoder_del(decoder);
  assert_int_equal(m.blocks, 0);
  assert_int_equal(m.live, 0);
  assert_false(m.broken);
}

static void test_null(void **state) {
  (void)state;
  rill_hpack_encoder_del(NULL);
  rill_hpack_decoder_del(NULL);
  rill_hpack_encoder *encoder;
  rill_hpack_decoder *decoder;
  assert_int_equal(rill_hpack_encoder_new(&encoder, NULL, 4096, 0), RILL_OK);
  assert_int_equal(rill_hpack_decoder_new(&decoder, NULL, 4096), RILL_OK);
  rill_hpack_encoder_del(encoder);
  rill_hpack_decoder_del(decoder);
}

static void *no_memory(void *user, void *p, size_t old_size, size_t new_size) {
  (void)user;
  (void)p;
  (void)old_size;
  (void)new_size;
  return NULL;
}

static void test_no_memory(void **state) {
  (void)state;
  rill_mem mem = {no_memory, NULL};
  rill_hpack_encoder *encoder;
  rill_hpack_decoder *decoder;
  assert_int_equal(rill_hpack_encoder_new(&encoder, &mem, 4096, 0), RILL_ERR_NOMEM);
  assert_int_equal(rill_hpack_decoder_new(&decoder, &mem, 4096), RILL_ERR_NOMEM);
  assert_null(encoder);
  assert_null(decoder);
}

/* One octet less than the bound is refused, and nothing has happened. */
static void test_bound(void **state) {
  (void)state;
  const rill_field field = RILL_FIELD("x-a", "b");
  size_t bound = rill_hpack_encode_bound(&field, 1);
  uint8_t wire[ROOM];
  rill_hpack_encoder *encoder;
  assert_int_equal(rill_hpack_encoder_new(&encoder, NULL, 0, 0), RILL_OK);
  assert_true(bound > 5 && bound < sizeof wire);
  assert_int_equal(rill_hpack_encode(encoder, wire, bound - 1, &field, 1), RILL_ERR_LIMIT);
  assert_int_equal(rill_hpack_encode(encoder, wire, bound, &field, 1), 8);
  assert_memory_equal(wire, "\x20\0\x03x-a\x01\x62", 8); /* the size update still comes first */
  rill_field large = {.name = {wire, 1}, .value = {wire, (size_t)UINT32_MAX}};
  assert_int_equal(rill_hpack_encode_bound(&large, 1), SIZE_MAX);
  assert_int_equal(rill_hpack_encode(encoder, wire, SIZE_MAX, &large, 1), RILL_ERR_LIMIT);
  rill_hpack_encoder_del(encoder);
}

static void test_resize(void **state) {
  (void)state;
  const rill_field field = RILL_FIELD(":method", "GET");
  uint8_t wire[ROOM];
  rill_field got;
  rill_why why;
  rill_hpack_encoder *encoder;
  rill_hpack_decoder *decoder;
  assert_int_equal(rill_hpack_encoder_new(&encoder, NULL, 4096, 0), RILL_OK);
  assert_int_equal(rill_hpack_decoder_new(&decoder, NULL, 4096), RILL_OK);
  rill_hpack_encoder_resize(encoder, 100);
  rill_hpack_decoder_resize(decoder, 100);
  assert_int_equal(rill_hpack_encode(encoder, wire, sizeof wire, &field, 1), 3);
  assert_memory_equal(wire, "\x3f\x45\x82", 3);
  rill_view block = {wire, 3};
  assert_int_equal(rill_hpack_decode(decoder, &block, &got, &why), 1);
  assert_int_equal(rill_hpack_decode(decoder, &block, &got, &why), 0);
  rill_hpack_decoder_resize(decoder, 99);
  block = (rill_view){wire + 2, 1};
  assert_int_equal(rill_hpack_decode(decoder, &block, &got, &why), RILL_ERR_PROTO);
  assert_int_equal(why, RILL_WHY_HPACK_UPDATE_MISSING);
  rill_hpack_encoder_del(encoder);
  rill_hpack_decoder_del(decoder);
}

/* The decoder keeps the table and room for one field, however many came. */
static void test_memory(void **state) {
  (void)state;
  meter m = {0};
  rill_mem mem = meter_mem(&m);
  rill_hpack_decoder *decoder;
  assert_int_equal(rill_hpack_decoder_new(&decoder, &mem, 4096), RILL_OK);
  assert_int_equal(m.blocks, 1);
  for (unsigned i = 0; i < 1000; i++) {
    uint8_t wire[] = {0x40, 3, 'x', (uint8_t)i, (uint8_t)(i >> 8),
                      40,   0, 0,   0,          0,
                      0,    0, 0,   0,          0,
                      0,    0, 0,   0,          0,
                      0,    0, 0,   0,          0,
                      0,    0, 0,   0,          0,
                      0,    0, 0,   0,          0,
                      0,    0, 0,   0,          0,
                      0,    0, 0,   0,          0,
                      0,    0, 0,   0,          0,
                      0};
    rill_view block = {wire, 46};
    rill_field got;
    rill_why why;
    assert_int_equal(rill_hpack_decode(decoder, &block, &got, &why), 1);
    assert_int_equal(got.value.n, 40);
    assert_int_equal(rill_hpack_decode(decoder, &block, &got, &why), 0);
  }
  assert_true(m.live < 4096 + 4096 / 16 + 128 * 16 + 1024);
  rill_hpack_decoder_del(decoder);
  assert_int_equal(m.blocks, 0);
}

/* The index of the 66th entry is the first that takes more than one octet. */
static void test_far_index(void **state) {
  enum { ENTRIES = 70 };
  rill_hpack_decoder *decoder;
  rill_field got;
  rill_why why;
  (void)state;
  assert_int_equal(rill_hpack_decoder_new(&decoder, NULL, 4096), RILL_OK);
  for (unsigned i = 0; i < ENTRIES; i++) {
    uint8_t wire[] = {0x40, 1, 'x', 1, (uint8_t)('0' + i)};
    rill_view block = {wire, sizeof wire};
    assert_int_equal(rill_hpack_decode(decoder, &block, &got, &why), 1);
    assert_int_equal(rill_hpack_decode(decoder, &block, &got, &why), 0);
  }
  static const uint8_t wire[] = {0xbe, 0xfe, 0xff, 0, 0xff, 4, 0xff, 5};
  static const unsigned back[] = {1, 65, 66, 70};
  rill_view block = {wire, sizeof wire};
  for (size_t i = 0; i < sizeof back / sizeof back[0]; i++) {
    assert_int_equal(rill_hpack_decode(decoder, &block, &got, &why), 1);
    assert_int_equal(*got.value.p, '0' + ENTRIES - back[i]);
  }
  assert_int_equal(rill_hpack_decode(decoder, &block, &got, &why), RILL_ERR_PROTO);
  assert_int_equal(why, RILL_WHY_HPACK_INDEX);
  rill_hpack_decoder_del(decoder);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_far_index), cmocka_unit_test(test_round), cmocka_unit_test(test_null),
      cmocka_unit_test(test_no_memory), cmocka_unit_test(test_bound), cmocka_unit_test(test_resize),
      cmocka_unit_test(test_memory),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
