/* SPDX-License-Identifier: MIT */
/* PRINTF_LIKE(at, first): parameter `at` is a format, and what is formatted begins with parameter `first`. For compilers to
 * check. */
#ifndef TESTS_PRINTF_LIKE_H
#define TESTS_PRINTF_LIKE_H

#if defined(__MINGW32__) && !defined(__clang__)
#define PRINTF_LIKE(at, first) __attribute__((format(gnu_printf, at, first))) /* its printf is that of C99, too */
#elif defined(__GNUC__)
#define PRINTF_LIKE(at, first) __attribute__((format(printf, at, first)))
#else
#define PRINTF_LIKE(at, first)
#endif

#endif /* TESTS_PRINTF_LIKE_H */
