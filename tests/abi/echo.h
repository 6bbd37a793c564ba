/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What echo-runtime.c and echo-storage.c share: plugins that write down every member of what they are given,
 * into the file that the setting `journal` names, and answer with something in every member of what they
 * give. echo_test.c compares what is written and what comes back with and without isolation.
 */
#ifndef TESTS_ABI_ECHO_H
#define TESTS_ABI_ECHO_H

#include <keelson/plugin.h>
#include <stdio.h>
#include <stdlib.h>

struct echo {
    const struct keelson_host *host;
    FILE *journal;
};

static inline void echo_text(FILE *f, const char *name, const char *text)
{
    fprintf(f, " %s=%s%s%s", name, text ? "\"" : "", text ? text : "NULL", text ? "\"" : "");
}

static inline void echo_number(FILE *f, const char *name, long long number)
{
    fprintf(f, " %s=%lld", name, number);
}

static inline void echo_texts(FILE *f, const char *name, const char *const *texts, uint32_t count)
{
    fprintf(f, " %s=%s[", name, texts ? "" : "NULL");
    for (uint32_t i = 0; i < count; i++)
        fprintf(f, "\"%s\",", texts[i]);
    fprintf(f, "]");
}

static inline void echo_pairs(FILE *f, const char *name, const struct keelson_pairs *pairs)
{
    fprintf(f, " %s={", name);
    for (uint32_t i = 0; i < pairs->count; i++)
        fprintf(f, "%s:%s,", pairs->items[i].key, pairs->items[i].value);
    fprintf(f, "}");
}

#define ECHO_TEXT(f, struct_, member)   echo_text((f), #member, (struct_)->member)
#define ECHO_NUMBER(f, struct_, member) echo_number((f), #member, (long long)(struct_)->member)
#define ECHO_PAIRS(f, struct_, member)  echo_pairs((f), #member, &(struct_)->member)
#define ECHO_TEXTS(f, struct_, member)  echo_texts((f), #member, (struct_)->member, (struct_)->member##_count)

static inline enum keelson_status echo_open(const struct keelson_host *host, const struct keelson_call *call,
                                            const struct keelson_instance *instance, void **ret)
{
    const char *path = NULL;
    enum keelson_status status = host->config_string(call, instance->config, "journal", &path);
    if (status != KEELSON_OK)
        return status;
    struct echo *echo = calloc(1, sizeof(*echo));
    if (!echo || !(echo->journal = fopen(path, "ae"))) {
        free(echo);
        return (host->fail)(call, KEELSON_INVALID, "journal: cannot be opened");
    }
    echo->host = host;
    *ret = echo;
    return KEELSON_OK;
}

static inline void echo_close(void *instance)
{
    struct echo *echo = instance;
    fclose(echo->journal);
    free(echo);
}

static inline FILE *echo_begin(void *instance, const char *function)
{
    FILE *journal = ((struct echo *)instance)->journal;
    fputs(function, journal);
    return journal;
}

static inline enum keelson_status echo_end(void *instance, enum keelson_status status)
{
    FILE *journal = ((struct echo *)instance)->journal;
    fputs("\n", journal);
    fflush(journal);
    return status;
}

#endif
