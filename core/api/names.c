/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Name rules, as small scanners: each rule is a length, a character set and what may stand at the ends. The
 * words of a refusal are part of the API (they reach users inside Status messages), so they are upstream's;
 * they are only put together when something is wrong.
 */
#include "core/api/names.h"

#include <arpa/inet.h>
#include <stdio.h>

#include "core/base/memory.h"
#include "core/base/number.h"

#define LABEL_MAX     63
#define SUBDOMAIN_MAX 253
#define PORT_NAME_MAX 15
#define MESSAGE_MAX   1024

#define LABEL_1123_REGEX "[a-z0-9]([-a-z0-9]*[a-z0-9])?"
#define QUALIFIED_REGEX  "([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]"

static const char *const label_1123_message =
    "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start "
    "and end with an alphanumeric character "
    "(e.g. 'my-name',  or '123-abc', regex used for validation is '" LABEL_1123_REGEX "')";
static const char *const subdomain_message =
    "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must "
    "start and end with an alphanumeric "
    "character (e.g. 'example.com', regex used for validation is '" LABEL_1123_REGEX "(\\." LABEL_1123_REGEX
    ")*')";
static const char *const label_1035_message =
    "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic "
    "character, and end with an alphanumeric "
    "character (e.g. 'my-name',  or 'abc-123', regex used for validation is '[a-z]([-a-z0-9]*[a-z0-9])?')";
#define QUALIFIED_MESSAGE                                                                                    \
    "must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric " \
    "character (e.g. 'MyName',  or 'my.name',  or "                                                          \
    "'123-abc', regex used for validation is '" QUALIFIED_REGEX "')"
static const char *const label_value_message =
    "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must "
    "start and end with an alphanumeric character "
    "(e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is '(" QUALIFIED_REGEX ")?')";
static const char *const config_key_message =
    "a valid config key must consist of alphanumeric characters, '-', '_' or '.' (e.g. 'key.name',  or "
    "'KEY_NAME',  or 'key-name', regex used for "
    "validation is '[-._a-zA-Z0-9]+')";

/* Where messages that are put together stand until the thread's next check. */
static __thread char message[MESSAGE_MAX];

static bool is_lower(char c)
{
    return c >= 'a' && c <= 'z';
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_lower_alnum(char c)
{
    return is_lower(c) || is_digit(c);
}

static bool is_alnum(char c)
{
    return is_lower_alnum(c) || (c >= 'A' && c <= 'Z');
}

/* [alnum]([alnum or extra]*[alnum])? */
static bool is_framed(struct slice text, bool (*alnum)(char c), const char *extra)
{
    if (!text.size || !alnum(text.data[0]) || !alnum(text.data[text.size - 1]))
        return false;
    for (size_t i = 0; i < text.size; i++)
        if (!alnum(text.data[i]) && (!text.data[i] || !strchr(extra, text.data[i])))
            return false;
    return true;
}

static bool is_subdomain(struct slice text)
{
    do {
        if (!is_framed(slice_cut(&text, '.'), is_lower_alnum, "-"))
            return false;
    } while (text.data);
    return true;
}

static const char *too_long(const char *prefix, size_t bytes_max)
{
    snprintf(message, sizeof(message), "%smust be no more than %zu bytes", prefix, bytes_max);
    return message;
}

/* A rule that can be broken in two ways at once, as upstream lists both. */
static const char *check(struct slice text, size_t bytes_max, bool right, const char *wrong)
{
    if (text.size <= bytes_max)
        return right ? NULL : wrong;
    if (right)
        return too_long("", bytes_max);
    snprintf(message, sizeof(message), "must be no more than %zu bytes; %s", bytes_max, wrong);
    return message;
}

const char *name_check_dns1123_label(struct slice text)
{
    bool right = is_framed(text, is_lower_alnum, "-");
    return check(text, LABEL_MAX, right, is_subdomain(text) ? "must not contain dots" : label_1123_message);
}

const char *name_check_dns1123_subdomain(struct slice text)
{
    return check(text, SUBDOMAIN_MAX, is_subdomain(text), subdomain_message);
}

const char *name_check_dns1035_label(struct slice text)
{
    bool right = is_framed(text, is_lower_alnum, "-") && is_lower(text.data[0]);
    return check(text, LABEL_MAX, right, label_1035_message);
}

const char *name_check_path_segment(struct slice text)
{
    if (slice_is(text, "."))
        return "may not be '.'";
    if (slice_is(text, ".."))
        return "may not be '..'";
    if (text.size && memchr(text.data, '/', text.size))
        return "may not contain '/'";
    if (text.size && memchr(text.data, '%', text.size))
        return "may not contain '%'";
    return NULL;
}

static const char *check_qualified_prefix(struct slice prefix)
{
    if (!prefix.size)
        return "prefix part must be non-empty";
    if (prefix.size > SUBDOMAIN_MAX)
        return too_long("prefix part ", SUBDOMAIN_MAX);
    if (is_subdomain(prefix))
        return NULL;
    snprintf(message, sizeof(message), "prefix part %s", subdomain_message);
    return message;
}

static const char *check_qualified_name(struct slice name)
{
    bool right = is_framed(name, is_alnum, "-_.");
    if (!name.size)
        return "name part must be non-empty; name part " QUALIFIED_MESSAGE;
    if (name.size <= LABEL_MAX)
        return right ? NULL : "name part " QUALIFIED_MESSAGE;
    if (right)
        return too_long("name part ", LABEL_MAX);
    snprintf(message, sizeof(message), "name part must be no more than %d bytes; name part %s", LABEL_MAX,
             QUALIFIED_MESSAGE);
    return message;
}

const char *name_check_qualified(struct slice text)
{
    struct slice rest = text, first = slice_cut(&rest, '/');
    if (!rest.data)
        return check_qualified_name(text);
    if (rest.size && memchr(rest.data, '/', rest.size))
        return "a qualified name " QUALIFIED_MESSAGE
               " with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')";
    const char *wrong = check_qualified_prefix(first);
    return wrong ? wrong : check_qualified_name(rest);
}

const char *name_check_label_value(struct slice text)
{
    return check(text, LABEL_MAX, !text.size || is_framed(text, is_alnum, "-_."), label_value_message);
}

const char *name_check_env_var(struct slice text)
{
    if (!text.size)
        return "environment variable name must be non-empty";
    for (size_t i = 0; i < text.size; i++)
        if (text.data[i] < ' ' || text.data[i] > '~' || text.data[i] == '=')
            return "a valid environment variable name must consist only of printable ASCII characters other "
                   "than '='";
    return NULL;
}

static bool is_config_key(struct slice text)
{
    for (size_t i = 0; i < text.size; i++)
        if (!is_alnum(text.data[i]) && text.data[i] != '-' && text.data[i] != '_' && text.data[i] != '.')
            return false;
    return text.size > 0;
}

const char *name_check_config_key(struct slice text)
{
    if (text.size > SUBDOMAIN_MAX || !is_config_key(text))
        return check(text, SUBDOMAIN_MAX, is_config_key(text), config_key_message);
    if (slice_is(text, "."))
        return "must not be '.'";
    if (slice_is(text, ".."))
        return "must not be '..'";
    return slice_starts(text, "..") ? "must not start with '..'" : NULL;
}

const char *name_check_port_name(struct slice text)
{
    bool letter = false;
    if (text.size > PORT_NAME_MAX)
        return too_long("", PORT_NAME_MAX);
    for (size_t i = 0; i < text.size; i++) {
        if (!is_lower_alnum(text.data[i]) && text.data[i] != '-')
            return "must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)";
        letter |= is_lower(text.data[i]);
    }
    if (!letter)
        return "must contain at least one letter (a-z)";
    for (size_t i = 1; i < text.size; i++)
        if (text.data[i] == '-' && text.data[i - 1] == '-')
            return "must not contain consecutive hyphens";
    if (text.data[0] == '-' || text.data[text.size - 1] == '-')
        return "must not begin or end with a hyphen";
    return NULL;
}

const char *name_check_domain_path(struct slice text)
{
    struct slice rest = text, domain = slice_cut(&rest, '/');
    if (!text.size)
        return "must be a domain-prefixed path (such as \"acme.io/foo\")";
    if (!rest.data || !rest.size)
        return "must be a domain-prefixed path (such as \"acme.io/foo\")";
    const char *wrong = name_check_dns1123_subdomain(domain);
    if (wrong)
        return wrong;
    for (size_t i = 0; i < rest.size; i++)
        if (!is_alnum(rest.data[i]) && !strchr("/-._~%!$&'()*+,;=:", rest.data[i]))
            return "Invalid path (regex used for validation is '[A-Za-z0-9/\\-._~%!$&'()*+,;=:]+')";
    return NULL;
}

const char *name_check_wildcard(struct slice text)
{
    struct slice rest = {text.data + 2, text.size - 2};
    if (slice_starts(text, "*.") && is_subdomain(rest) && text.size <= SUBDOMAIN_MAX)
        return NULL;
    return "a wildcard DNS-1123 subdomain must start with '*.', followed by a valid DNS subdomain, which "
           "must consist "
           "of lower case alphanumeric characters, '-' or '.' and end with an alphanumeric character (e.g. "
           "'*.example.com', regex used for validation is '\\*\\." LABEL_1123_REGEX "(\\." LABEL_1123_REGEX
           ")*')";
}

struct address {
    uint8_t bytes[16];
    unsigned bits; /* 32 or 128 */
};

static bool parse_address(struct slice text, struct address *ret)
{
    char copy[INET6_ADDRSTRLEN];
    if (!text.size || text.size >= sizeof(copy) || memchr(text.data, '\0', text.size))
        return false;
    memcpy(copy, text.data, text.size);
    copy[text.size] = '\0';
    ret->bits = strchr(copy, ':') ? 128 : 32;
    return inet_pton(ret->bits == 128 ? AF_INET6 : AF_INET, copy, ret->bytes) == 1;
}

/* Parsers disagree about what they mean, so upstream refuses them. */
static bool is_mapped(const struct address *a)
{
    static const uint8_t prefix[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
    return a->bits == 128 && !memcmp(a->bytes, prefix, sizeof(prefix));
}

const char *name_check_ip(struct slice text)
{
    struct address a;
    if (!parse_address(text, &a))
        return "must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)";
    return is_mapped(&a) ? "must not be an IPv4-mapped IPv6 address" : NULL;
}

static bool has_host_bits(const struct address *a, unsigned prefix)
{
    for (unsigned bit = prefix; bit < a->bits; bit++)
        if (a->bytes[bit / 8] & (0x80u >> (bit % 8)))
            return true;
    return false;
}

/* What is wrong with an address and prefix length; both come back when nothing is. */
static const char *parse_cidr(struct slice text, struct address *ret, unsigned *ret_prefix)
{
    struct slice rest = text, address = slice_cut(&rest, '/');
    uint64_t prefix;
    if (!rest.data || !parse_address(address, ret) || !parse_u64(rest, ret->bits, &prefix))
        return "must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)";
    if (rest.size > 1 && rest.data[0] == '0')
        return "must not have leading 0s in prefix length";
    *ret_prefix = (unsigned)prefix;
    return is_mapped(ret) ? "must not have an IPv4-mapped IPv6 address" : NULL;
}

const char *name_check_cidr(struct slice text)
{
    struct address a;
    unsigned prefix;
    return parse_cidr(text, &a, &prefix);
}

const char *name_check_cidr_network(struct slice text)
{
    struct address a;
    unsigned prefix;
    const char *wrong = parse_cidr(text, &a, &prefix);
    if (wrong)
        return wrong;
    return has_host_bits(&a, prefix) ? "must not have bits set beyond the prefix length" : NULL;
}

bool cidr_is_within(struct slice inner, struct slice outer)
{
    struct address a, b;
    unsigned a_prefix, b_prefix;
    if (parse_cidr(inner, &a, &a_prefix) || parse_cidr(outer, &b, &b_prefix) || a.bits != b.bits ||
        a_prefix <= b_prefix)
        return false;
    for (unsigned bit = 0; bit < b_prefix; bit++)
        if ((a.bytes[bit / 8] ^ b.bytes[bit / 8]) & (0x80u >> (bit % 8)))
            return false;
    return true;
}
