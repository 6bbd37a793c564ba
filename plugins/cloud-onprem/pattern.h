/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Names of machines by pattern, and texts made from what a name matched:
 *
 *     rack1-[01-40]        numbers of a range; a first one with leading zeros makes all as wide
 *     rack[1-3]-[1-9,12]   several, and lists
 *     edge-*  node-?       any text, one character
 *
 * In texts: {name} the whole name, {1} to {9} what the n-th bracket or wildcard matched, {n} the first
 * bracket's number without leading zeros, {n+100} that plus 100. "10.0.1.{n}" of "rack1-[01-40]" is 10.0.1.7
 * for rack1-07. Pure; any thread.
 */
#ifndef KEELSON_CLOUD_ONPREM_PATTERN_H
#define KEELSON_CLOUD_ONPREM_PATTERN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PATTERN_PARTS_MAX    16
#define PATTERN_RANGES_MAX   16 /* of one bracket */
#define PATTERN_CAPTURES_MAX 9

enum pattern_kind { PATTERN_TEXT, PATTERN_NUMBERS, PATTERN_ONE, PATTERN_ANY };
struct pattern_part {
    enum pattern_kind kind;
    const char *text; /* the pattern's own */
    size_t size;
    struct {
        uint32_t first, last;
    } ranges[PATTERN_RANGES_MAX];
    uint32_t ranges_count, width; /* width 0: no leading zeros */
};
struct pattern {
    struct pattern_part parts[PATTERN_PARTS_MAX];
    uint32_t count;
};
/* NULL, or what is wrong. The text must outlive the pattern. */
const char *pattern_parse(const char *text, struct pattern *ret);
bool pattern_is_plain(const struct pattern *p);  /* just a name */
uint64_t pattern_names(const struct pattern *p); /* how many match; UINT64_MAX when there are wildcards */
/* The index-th name, with "1" for each wildcard. False: it does not fit. */
bool pattern_name(const struct pattern *p, uint64_t index, char *out, size_t size);

struct pattern_match {
    const char *name; /* as given */
    size_t name_size;
    struct {
        const char *text;
        size_t size;
        bool is_number;
        uint32_t number;
    } captures[PATTERN_CAPTURES_MAX];
    uint32_t captures_count;
};
bool pattern_match(const struct pattern *p, const char *name, size_t size, struct pattern_match *ret);
/* NULL, or what is wrong with the text for such a match. */
const char *pattern_expand(const char *text, const struct pattern_match *match, char *out, size_t size);

#endif
