/* SPDX-License-Identifier: Apache-2.0 */
/* See identity.h. */
#include "plugins/cloud-gcp/identity.h"

#include <openssl/evp.h>
#include <stdio.h>
#include <string.h>

#define CLUSTER_KEY "keelson-cluster"
#define UID_KEY     "uid"

/* The first digits of SHA-256 of a text, in hexadecimal. */
static void append_digest(char *name, size_t size, const char *text, unsigned digits)
{
    unsigned char digest[EVP_MAX_MD_SIZE] = {0};
    size_t length = strlen(name);
    EVP_Digest(text, strlen(text), digest, NULL, EVP_sha256(), NULL);
    for (unsigned i = 0; i < digits / 2; i++)
        length += (size_t)snprintf(name + length, size - length, "%02x", digest[i]);
}

void identity_cluster(const struct gcp *g, char ret[RESOURCE_NAME_SIZE])
{
    snprintf(ret, RESOURCE_NAME_SIZE, "kl-");
    append_digest(ret, RESOURCE_NAME_SIZE, g->cluster, 8);
}

void identity_name(const struct gcp *g, const char *whom, char ret[RESOURCE_NAME_SIZE])
{
    identity_cluster(g, ret);
    size_t length = strlen(ret);
    snprintf(ret + length, RESOURCE_NAME_SIZE - length, "-");
    append_digest(ret, RESOURCE_NAME_SIZE, whom, 20);
}

char *identity_description(const struct gcp *g, const char *kind, const char *whom, const char *uid)
{
    _cleanup_document_ json_object *said = json_object_new_object();
    json_object_object_add(said, CLUSTER_KEY, json_object_new_string(g->cluster));
    if (whom)
        json_object_object_add(said, kind, json_object_new_string(whom));
    if (uid)
        json_object_object_add(said, UID_KEY, json_object_new_string(uid));
    const char *text =
        json_object_to_json_string_ext(said, JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE);
    return text ? strdup(text) : NULL;
}

char *identity_said(json_object *resource, const char *key)
{
    const char *description = document_text(resource, "description");
    _cleanup_document_ json_object *said =
        description ? document_parse(description, strlen(description)) : NULL;
    const char *text = document_text(said, key);
    return text ? strdup(text) : NULL;
}

bool identity_is_ours(const struct gcp *g, json_object *resource, const char *uid)
{
    _cleanup_text_ char *cluster = identity_said(resource, CLUSTER_KEY),
                        *held = identity_said(resource, UID_KEY);
    return cluster && strcmp(cluster, g->cluster) == 0 && (!uid || (held && strcmp(held, uid) == 0));
}
