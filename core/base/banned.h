/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Functions that keelson does not use. Included before everything else (-include), it makes every use an
 * error.
 *
 * Each is declared as unavailable, and the system's headers follow with a declaration of their own, which
 * keeps the attribute. Unlike a poisoned name or a macro that leaves alone what headers do with these words:
 * they may declare or define the functions and name a member `rand`. Calls and addresses are caught alike.
 * (The system's headers come second because clang ignores such an attribute once it has seen an inline
 * definition.)
 */
#ifndef KEELSON_BASE_BANNED_H
#define KEELSON_BASE_BANNED_H

#if !defined(__ASSEMBLER__) && !defined(__cplusplus)

#include <stdarg.h>
#include <sys/types.h>

#define BANNED(instead) __attribute__((unavailable(instead)))

struct tm;
BANNED("sizes are unknown: xstrdup, buffer_append_str, memcpy") char *strcpy(char *to, const char *from);
BANNED("sizes are unknown: buffer_append_str, xasprintf") char *strcat(char *to, const char *from);
BANNED("sizes are unknown: snprintf, buffer_printf") int sprintf(char *to, const char *fmt, ...);
BANNED("sizes are unknown: vsnprintf, xvasprintf") int vsprintf(char *to, const char *fmt, va_list ap);
BANNED("keeps hidden state: slice_cut") char *strtok(char *text, const char *separators);
BANNED("takes anything for a number: parse_i64") int atoi(const char *text);
BANNED("takes anything for a number: parse_i64") long atol(const char *text);
BANNED("keeps hidden state: time_format") struct tm *gmtime(const time_t *when);
BANNED("keeps hidden state: localtime_r") struct tm *localtime(const time_t *when);
BANNED("can be guessed: random_u64, random_below") int rand(void);
BANNED("can be guessed: random_set_seed") void srand(unsigned seed);

#undef BANNED

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* glibc makes these macros for clang under _FORTIFY_SOURCE, past the declarations. */
#undef sprintf
#undef vsprintf

#endif
#endif
