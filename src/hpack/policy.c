/* SPDX-License-Identifier: MIT */
#include "hpack/policy.h"

#include "base/bytes.h"

enum { PLAIN = RILL__LITERAL_PLAIN, NEVER = RILL__LITERAL_NEVER, ONE = RILL__ONCE };

/* clang-format off */
const uint8_t rill__policies[RILL_TOKEN_COUNT] = {
    [RILL_TOKEN__PATH] = PLAIN,
    [RILL_TOKEN_AGE] = PLAIN,
    [RILL_TOKEN_CONTENT_LENGTH] = PLAIN,
    [RILL_TOKEN_CONTENT_RANGE] = PLAIN,
    [RILL_TOKEN_ETAG] = PLAIN,
    [RILL_TOKEN_IF_MATCH] = PLAIN,
    [RILL_TOKEN_IF_MODIFIED_SINCE] = PLAIN,
    [RILL_TOKEN_IF_NONE_MATCH] = PLAIN,
    [RILL_TOKEN_IF_UNMODIFIED_SINCE] = PLAIN,
    [RILL_TOKEN_LAST_MODIFIED] = PLAIN,
    [RILL_TOKEN_LOCATION] = PLAIN,
    [RILL_TOKEN_RANGE] = PLAIN,
    [RILL_TOKEN_AUTHORIZATION] = NEVER,
    [RILL_TOKEN_PROXY_AUTHORIZATION] = NEVER,
    [RILL_TOKEN_SET_COOKIE] = NEVER,
    [RILL_TOKEN_COOKIE] = NEVER, /* short ones */
    [RILL_TOKEN_GRPC_MESSAGE] = ONE,
    [RILL_TOKEN_GRPC_TIMEOUT] = ONE,
    [RILL_TOKEN_SERVER_TIMING] = ONE,
    [RILL_TOKEN_TRACEPARENT] = ONE,
    [RILL_TOKEN_X_REQUEST_ID] = ONE,
};

/* Of one message: its number, its trace, its proof, its time. */
#define ONCE(X)                                                                                                                  \
  X("cf-ray") X("content-digest") X("dpop") X("idempotency-key") X("repr-digest") X("request-id") \
  X("signature") X("x-amz-cf-id") X("x-amz-id-2") X("x-amz-request-id") X("x-amzn-requestid")                   \
  X("x-amzn-trace-id") X("x-b3-spanid") X("x-b3-traceid") X("x-cloud-trace-context") X("x-correlation-id") X("x-fb-debug")       \
  X("x-ms-request-id") X("x-request-time") X("x-runtime") X("x-trace-id")
/* clang-format on */

#define NAME(name) {(const uint8_t *)(name), sizeof(name) - 1},
static const rill_view once[] = {ONCE(NAME)};
#undef NAME

#define LENGTH(name) | UINT64_C(1) << (sizeof(name) - 1)
static const uint64_t once_lengths = 0 ONCE(LENGTH);
#undef LENGTH

rill__literal rill__policy_flagged(const rill_field *field, uint16_t token) {
  if (field->flags & RILL_FIELD_NEVER_INDEX) return RILL__LITERAL_NEVER;
  return token != RILL_TOKEN_COOKIE && rill__policies[token] == NEVER ? RILL__LITERAL_NEVER : RILL__LITERAL_INDEXED;
}

bool rill__policy_once(rill_view name) {
  if (name.n >= 64 || (once_lengths >> name.n & 1) == 0) return false; /* what most are */
  for (size_t i = 0; i < sizeof once / sizeof *once; i++) {
    if (rill__view_eq(once[i], name)) return true;
  }
  return false;
}
