/* SPDX-License-Identifier: Apache-2.0 */
/* See xml.h. */
#include <ctype.h>
#include <expat.h>

#include "plugins/cloud-aws/text.h"
#include "plugins/cloud-aws/xml.h"

#define DEPTH_MAX    32
#define ELEMENTS_MAX 400000
#define BLOCK_SIZE   65536

struct block {
    struct block *next;
    size_t used, size;
    _Alignas(16) char data[];
};

struct xml_document {
    struct block *blocks;
    struct xml *root;
};

struct reader {
    XML_Parser parser;
    struct xml_document *document;
    struct xml *open[DEPTH_MAX], *last[DEPTH_MAX]; /* the element of each depth, and its newest child */
    unsigned depth, elements;
    struct text text;
    const char *problem;
};

static void *keep(struct xml_document *d, size_t size)
{
    size = (size + 15) & ~(size_t)15;
    struct block *b = d->blocks;
    if (!b || b->size - b->used < size) {
        size_t room = size > BLOCK_SIZE ? size : BLOCK_SIZE;
        b = mem_alloc(1, sizeof(*b) + room);
        b->size = room;
        b->next = d->blocks;
        d->blocks = b;
    }
    void *at = b->data + b->used;
    b->used += size;
    return at;
}

static const char *keep_str(struct xml_document *d, const char *data, size_t size)
{
    char *copy = keep(d, size + 1);
    memcpy(copy, data, size);
    copy[size] = 0;
    return copy;
}

static void stop(struct reader *r, const char *problem)
{
    r->problem = problem;
    XML_StopParser(r->parser, XML_FALSE);
}

static void on_start(void *context, const char *name, const char **attributes)
{
    struct reader *r = context;
    if (r->depth == DEPTH_MAX || ++r->elements > ELEMENTS_MAX)
        return stop(r, r->depth == DEPTH_MAX ? "elements are nested too deeply" : "too many elements");
    struct xml *e = keep(r->document, sizeof(*e));
    *e = (struct xml){.name = keep_str(r->document, name, strlen(name)), .text = ""};
    if (r->depth == 0)
        r->document->root = e;
    else if (r->last[r->depth - 1])
        r->last[r->depth - 1]->next = e;
    else
        r->open[r->depth - 1]->child = e;
    if (r->depth > 0)
        r->last[r->depth - 1] = e;
    r->open[r->depth] = e;
    r->last[r->depth++] = NULL;
    r->text.size = 0;
}

static void on_text(void *context, const char *data, int size)
{
    struct reader *r = context;
    text_add(&r->text, data, (size_t)size);
}

static void on_end(void *context, const char *name)
{
    struct reader *r = context;
    struct xml *e = r->open[--r->depth];
    const char *from = r->text.data, *to = from + r->text.size;
    if (!e->child && r->text.size) {
        while (from < to && isspace((unsigned char)*from))
            from++;
        while (to > from && isspace((unsigned char)to[-1]))
            to--;
        e->text = keep_str(r->document, from, (size_t)(to - from));
    }
    r->text.size = 0;
}

static void on_doctype(void *context, const char *name, const char *system, const char *public, int internal)
{
    stop(context, "it has a document type");
}

struct xml_document *xml_parse(const char *data, size_t size, char *problem, size_t problem_size)
{
    struct reader r = {.parser = XML_ParserCreate(NULL), .document = mem_alloc(1, sizeof(*r.document))};
    if (!r.parser)
        abort();
    XML_SetUserData(r.parser, &r);
    XML_SetElementHandler(r.parser, on_start, on_end);
    XML_SetCharacterDataHandler(r.parser, on_text);
    XML_SetStartDoctypeDeclHandler(r.parser, on_doctype);
    bool right = size <= INT32_MAX && XML_Parse(r.parser, data, (int)size, XML_TRUE) == XML_STATUS_OK;
    if (!right) {
        snprintf(problem, problem_size, "line %lu: %s", (unsigned long)XML_GetCurrentLineNumber(r.parser),
                 r.problem ? r.problem : XML_ErrorString(XML_GetErrorCode(r.parser)));
        xml_free(r.document);
        r.document = NULL;
    }
    XML_ParserFree(r.parser);
    text_done(&r.text);
    return r.document;
}

void xml_free(struct xml_document *d)
{
    while (d && d->blocks) {
        struct block *next = d->blocks->next;
        free(d->blocks);
        d->blocks = next;
    }
    free(d);
}

const struct xml *xml_root(const struct xml_document *document)
{
    return document->root;
}

const struct xml *xml_at(const struct xml *e, const char *path)
{
    while (e && *path) {
        size_t size = strcspn(path, "/");
        const struct xml *child = e->child;
        while (child && !(strncmp(child->name, path, size) == 0 && child->name[size] == 0))
            child = child->next;
        e = child;
        path += size + (path[size] == '/');
    }
    return e;
}

const char *xml_text(const struct xml *element, const char *path)
{
    const struct xml *e = xml_at(element, path);
    return e ? e->text : "";
}

const struct xml *xml_first(const struct xml *element, const char *path)
{
    const struct xml *e = xml_at(element, path);
    return e ? e->child : NULL;
}

size_t xml_count(const struct xml *element, const char *path)
{
    size_t count = 0;
    xml_for_each (child, element, path)
        count++;
    return count;
}
