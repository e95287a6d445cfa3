/* SPDX-License-Identifier: MIT */
/*
 * features: what the library was built with. 0: left out, by the option RILL_WITHOUT_* of CMakeLists.txt. These are values for
 * conditions, so that what is left out is compiled and checked all the same where it is a branch; whole files are left out by
 * CMakeLists.txt, and conn/optional.h has what stands in their place.
 */
#ifndef RILL__FEATURES_H
#define RILL__FEATURES_H

#ifdef RILL_WITHOUT_PUSH
#define RILL__PUSH 0
#else
#define RILL__PUSH 1
#endif

#ifdef RILL_WITHOUT_ALTSVC
#define RILL__ALTSVC 0
#else
#define RILL__ALTSVC 1
#endif

#ifdef RILL_WITHOUT_ORIGIN
#define RILL__ORIGIN 0
#else
#define RILL__ORIGIN 1
#endif

#ifdef RILL_WITHOUT_TRACE
#define RILL__TRACE 0
#else
#define RILL__TRACE 1
#endif

#endif /* RILL__FEATURES_H */
