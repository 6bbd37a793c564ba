/* SPDX-License-Identifier: Apache-2.0 */
/*
 * YAML to a document, from libyaml's events. What a plain scalar means follows YAML 1.1 as kubectl's reader
 * has it: yes and on are true, 010 is eight, a date is a string, "<<" merges mappings. No recursion; what
 * aliases may copy is limited, so that a few lines cannot become gigabytes.
 */
#include "core/api/json.h"

#include <math.h>
#include <stdlib.h>
#include <yaml.h>

#include "core/api/json-index.h"
#include "core/base/encoding.h"
#include "core/base/map.h"
#include "core/base/memory.h"

#define YAML_ALIAS_NODES_MAX 100000 /* copied by all aliases of a document together */

struct yaml_level {
    struct json *node;
    const char *key; /* of a mapping whose value comes next; NULL: a key comes next */
    uint32_t key_size;
};
struct yaml_builder {
    struct arena *arena;
    struct error *err;
    yaml_parser_t parser;
    yaml_event_t event;
    struct map *anchors; /* name → closed node */
    struct json *root;
    unsigned depth, copied;
    struct yaml_level levels[JSON_DEPTH_MAX];
};

static int yaml_fail(struct yaml_builder *b, const char *what)
{
    return error_set(b->err, ERR_BAD_REQUEST, "invalid YAML at line %zu, column %zu: %s",
                     b->event.start_mark.line + 1, b->event.start_mark.column + 1, what);
}

static int yaml_next(struct yaml_builder *b)
{
    yaml_event_delete(&b->event);
    if (yaml_parser_parse(&b->parser, &b->event))
        return 0;
    return error_set(b->err, ERR_BAD_REQUEST, "invalid YAML at line %zu: %s", b->parser.problem_mark.line + 1,
                     b->parser.problem ? b->parser.problem : "cannot be read");
}

static const struct {
    const char *text;
    enum json_type type;
    bool value;
} yaml_words[] = {
    {"", JSON_NULL},          {"~", JSON_NULL},          {"null", JSON_NULL},       {"Null", JSON_NULL},
    {"NULL", JSON_NULL},      {"true", JSON_BOOL, true}, {"True", JSON_BOOL, true}, {"TRUE", JSON_BOOL, true},
    {"y", JSON_BOOL, true},   {"Y", JSON_BOOL, true},    {"yes", JSON_BOOL, true},  {"Yes", JSON_BOOL, true},
    {"YES", JSON_BOOL, true}, {"on", JSON_BOOL, true},   {"On", JSON_BOOL, true},   {"ON", JSON_BOOL, true},
    {"false", JSON_BOOL},     {"False", JSON_BOOL},      {"FALSE", JSON_BOOL},      {"n", JSON_BOOL},
    {"N", JSON_BOOL},         {"no", JSON_BOOL},         {"No", JSON_BOOL},         {"NO", JSON_BOOL},
    {"off", JSON_BOOL},       {"Off", JSON_BOOL},        {"OFF", JSON_BOOL},
};

/* Digits of a base behind its prefix; underscores were taken out. */
static bool yaml_integer(const char *text, int64_t *ret)
{
    bool negative = *text == '-';
    uint64_t value = 0;
    unsigned base = 10;

    text += *text == '-' || *text == '+';
    if (text[0] == '0' && text[1]) {
        char mark = (char)(text[1] | 0x20);
        base = mark == 'x' ? 16 : mark == 'b' ? 2 : 8;
        text += mark == 'x' || mark == 'b' || mark == 'o' ? 2 : 1;
    }
    if (!*text)
        return false;
    for (; *text; text++) {
        unsigned digit = *text <= '9' ? (unsigned)(*text - '0') : (unsigned)((*text | 0x20) - 'a') + 10;
        if (digit >= base || (*text > '9' && digit < 10) || __builtin_mul_overflow(value, base, &value) ||
            __builtin_add_overflow(value, digit, &value))
            return false;
    }
    if (value > (uint64_t)INT64_MAX + negative)
        return false;
    *ret = (int64_t)(negative ? 0 - value : value);
    return true;
}

static const char *skip_digits(const char *at)
{
    while (*at >= '0' && *at <= '9')
        at++;
    return at;
}

static bool yaml_double(const char *text, double *ret)
{
    const char *at = text + (*text == '-' || *text == '+'), *digits = at;

    at = skip_digits(at);
    size_t count = (size_t)(at - digits);
    if (*at == '.') {
        digits = ++at;
        at = skip_digits(at);
        count += (size_t)(at - digits);
    }
    if (count && (*at == 'e' || *at == 'E')) {
        at += at[1] == '-' || at[1] == '+' ? 2 : 1;
        digits = at;
        at = skip_digits(at);
        count = (size_t)(at - digits);
    }
    if (!count || *at)
        return false;
    double value = strtod(text, NULL);
    if (isfinite(value))
        *ret = value; /* the node it stands in still holds the text otherwise */
    return isfinite(value);
}

/* Any number's text is short. */
static bool yaml_number(struct slice text, struct json *node)
{
    char plain[64];
    size_t n = 0;

    if (text.size >= sizeof(plain) || !strchr("+-.0123456789", text.data[0]))
        return false;
    for (size_t i = 0; i < text.size; i++)
        if (text.data[i] != '_')
            plain[n++] = text.data[i];
    plain[n] = '\0';
    if (yaml_integer(plain, &node->integer)) {
        node->type = JSON_INT;
        return true;
    }
    if (!yaml_double(plain, &node->number))
        return false;
    node->type = JSON_DOUBLE;
    return true;
}

static void yaml_plain(struct slice text, struct json *node)
{
    for (size_t i = 0; i < ARRAY_SIZE(yaml_words); i++)
        if (slice_is(text, yaml_words[i].text)) {
            *node = (struct json){.type = yaml_words[i].type, .boolean = yaml_words[i].value};
            return;
        }
    yaml_number(text, node);
}

static struct json *yaml_scalar(struct yaml_builder *b)
{
    struct slice text = {(const char *)b->event.data.scalar.value, b->event.data.scalar.length};
    const char *tag = (const char *)b->event.data.scalar.tag;
    struct json *node = json_new_slice(b->arena, text);

    if (tag && strcmp(tag, YAML_STR_TAG) == 0)
        return node;
    if (b->event.data.scalar.style == YAML_PLAIN_SCALAR_STYLE)
        yaml_plain(text, node);
    return node;
}

static void yaml_anchor(struct yaml_builder *b, const yaml_char_t *name, struct json *node)
{
    if (name)
        map_set(b->anchors, (const char *)name, node);
}

/* A key is text: numbers and truth values are written out, as the reader that kubectl uses does. */
static int yaml_take_key(struct yaml_builder *b, struct yaml_level *level, const struct json *node)
{
    struct buffer text = BUFFER_INIT;

    if (node->type >= JSON_ARRAY || node->type == JSON_NULL)
        return yaml_fail(b, "a mapping's key must be a string");
    if (node->type != JSON_STRING) {
        json_write(&text, node);
        node = json_new_slice(b->arena, (struct slice){text.data, text.size});
        buffer_done(&text);
    }
    level->key = node->string;
    level->key_size = node->size;
    return node->size < (1u << 24) ? 0 : yaml_fail(b, "a key that is too long");
}

static int yaml_add(struct yaml_builder *b, struct json *node)
{
    struct yaml_level *level = b->depth ? &b->levels[b->depth - 1] : NULL;

    if (!level) {
        b->root = node;
        return 0;
    }
    if (level->node->type == JSON_OBJECT && !level->key)
        return yaml_take_key(b, level, node);
    json_append_node(level->node, node);
    node->key = level->key;
    node->key_size = level->key ? level->key_size & 0xffffff : 0;
    level->key = NULL;
    return 0;
}

static int yaml_open(struct yaml_builder *b, enum json_type type, const yaml_char_t *anchor)
{
    struct json *node = type == JSON_OBJECT ? json_new_object(b->arena) : json_new_array(b->arena);

    if (b->depth == JSON_DEPTH_MAX)
        return yaml_fail(b, "nested too deep");
    if (b->depth && b->levels[b->depth - 1].node->type == JSON_OBJECT && !b->levels[b->depth - 1].key)
        return yaml_fail(b, "a mapping's key must be a string");
    if (yaml_add(b, node) < 0)
        return -1;
    b->levels[b->depth++] = (struct yaml_level){.node = node};
    yaml_anchor(b, anchor, node);
    return 0;
}

static unsigned count_nodes(const struct json *value, unsigned limit)
{
    unsigned count = 1;

    json_for_each (it, value) {
        if (count > limit)
            break;
        count += count_nodes(it, limit - count);
    }
    return count;
}

static int yaml_alias(struct yaml_builder *b)
{
    struct json *target = map_get(b->anchors, (const char *)b->event.data.alias.anchor);

    if (!target)
        return yaml_fail(b, "an alias whose anchor is not known");
    for (unsigned i = 0; i < b->depth; i++)
        if (b->levels[i].node == target)
            return yaml_fail(b, "an alias inside of what it stands for");
    b->copied += count_nodes(target, YAML_ALIAS_NODES_MAX);
    if (b->copied > YAML_ALIAS_NODES_MAX)
        return yaml_fail(b, "aliases copy too much");
    struct json *copy = json_copy(b->arena, target);
    if (b->depth + json_depth(copy) > JSON_DEPTH_MAX)
        return yaml_fail(b, "nested too deep");
    return yaml_add(b, copy);
}

/* What the mapping has itself wins over what is merged into it. */
static void merge_mapping(struct yaml_builder *b, struct json *mapping, const struct json *source)
{
    _cleanup_(json_index_done) struct json_index index = {0};

    json_index_init(&index, mapping);
    json_for_each (it, source) {
        if (json_index_get(&index, (struct slice){it->key, it->key_size}))
            continue;
        struct json *copy = json_copy(b->arena, it);
        json_append_node(mapping, copy);
        copy->key = it->key;
        copy->key_size = it->key_size;
    }
}

static int yaml_merge(struct yaml_builder *b, struct json *mapping)
{
    struct json *merge = json_get(mapping, "<<");

    if (!merge)
        return 0;
    json_remove_node(mapping, merge);
    if (merge->type == JSON_OBJECT) {
        merge_mapping(b, mapping, merge);
        return 0;
    }
    if (merge->type != JSON_ARRAY)
        return yaml_fail(b, "\"<<\" needs a mapping or a list of mappings");
    json_for_each (it, merge) {
        if (it->type != JSON_OBJECT)
            return yaml_fail(b, "\"<<\" needs a mapping or a list of mappings");
        merge_mapping(b, mapping, it);
    }
    return 0;
}

static int yaml_close(struct yaml_builder *b)
{
    struct json *node = b->levels[--b->depth].node;

    if (node->type != JSON_OBJECT)
        return 0;
    json_drop_repeated(node);
    return yaml_merge(b, node);
}

static int yaml_step(struct yaml_builder *b)
{
    struct json *node;

    switch (b->event.type) {
    case YAML_SCALAR_EVENT:
        node = yaml_scalar(b);
        yaml_anchor(b, b->event.data.scalar.anchor, node);
        return yaml_add(b, node);
    case YAML_ALIAS_EVENT:
        return yaml_alias(b);
    case YAML_MAPPING_START_EVENT:
        return yaml_open(b, JSON_OBJECT, b->event.data.mapping_start.anchor);
    case YAML_SEQUENCE_START_EVENT:
        return yaml_open(b, JSON_ARRAY, b->event.data.sequence_start.anchor);
    case YAML_MAPPING_END_EVENT:
    case YAML_SEQUENCE_END_EVENT:
        return yaml_close(b);
    default:
        return 0;
    }
}

/* Up to the end of one document; *ret_more: there was one. */
static int yaml_document(struct yaml_builder *b, bool *ret_more)
{
    b->root = NULL;
    do {
        if (yaml_next(b) < 0 || yaml_step(b) < 0)
            return -1;
    } while (b->event.type != YAML_DOCUMENT_END_EVENT && b->event.type != YAML_STREAM_END_EVENT);
    *ret_more = b->event.type == YAML_DOCUMENT_END_EVENT;
    return 0;
}

/* One document; others may follow only if there is nothing in them. */
static int yaml_stream(struct yaml_builder *b, struct json **ret)
{
    struct json *found = NULL;
    bool more;

    do {
        if (yaml_document(b, &more) < 0)
            return -1;
        if (json_is_absent(b->root))
            continue;
        if (found)
            return yaml_fail(b, "more than one document");
        found = b->root;
    } while (more);
    *ret = found ? found : json_new_null(b->arena);
    return 0;
}

static bool looks_like_json(struct slice text)
{
    text = slice_trim(text);
    return text.size && (text.data[0] == '{' || text.data[0] == '[');
}

int json_parse_yaml(struct arena *arena, struct slice text, struct json **ret, struct error *err)
{
    if (looks_like_json(text) && json_parse(arena, text, ret, NULL) == 0)
        return 0;
    if (!utf8_valid(text))
        return error_set(err, ERR_BAD_REQUEST, "invalid YAML: not valid UTF-8");
    _cleanup_free_ struct yaml_builder *b = new0(struct yaml_builder);
    b->arena = arena;
    b->err = err;
    b->anchors = map_new(NULL);
    require(yaml_parser_initialize(&b->parser));
    yaml_parser_set_encoding(&b->parser, YAML_UTF8_ENCODING);
    yaml_parser_set_input_string(&b->parser, (const unsigned char *)text.data, text.size);
    int result = yaml_stream(b, ret);
    yaml_event_delete(&b->event);
    yaml_parser_delete(&b->parser);
    map_free(b->anchors);
    return result;
}
