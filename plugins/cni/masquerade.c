/* SPDX-License-Identifier: Apache-2.0 */
/*
 * See masquerade.h. The bridge program could do it too, with iptables, but it knows the node's own range
 * only: pods of other nodes would see the node's address instead of the pod's, which breaks network policies
 * and every server that looks at its client.
 */
#include <nftables/libnftables.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "plugins/cni/masquerade.h"

static const char *keyword(int family)
{
    return family == AF_INET ? "ip" : "ip6";
}

static void keep(FILE *out, const struct cidr *pods, const char *to)
{
    char from[CIDR_TEXT_BYTES];
    cidr_format(pods, true, from);
    fprintf(out, "        %s saddr %s %s daddr %s accept\n", keyword(pods->family), from,
            keyword(pods->family), to);
}

static void rules(FILE *out, const struct node *node, const struct cidr *pods)
{
    char text[CIDR_TEXT_BYTES];
    cidr_format(pods, true, text);
    keep(out, pods, text);
    for (unsigned i = 0; i < node->cluster_count; i++)
        if (node->cluster[i].family == pods->family && cidr_compare(&node->cluster[i], pods) != 0) {
            cidr_format(&node->cluster[i], true, text);
            keep(out, pods, text);
        }
    keep(out, pods, pods->family == AF_INET ? "224.0.0.0/4" : "ff00::/8");
    cidr_format(pods, true, text);
    fprintf(out, "        %s saddr %s masquerade\n", keyword(pods->family), text);
}

/* Declared first, so that it can be deleted whether it was there or not. */
char *masquerade_make(const struct settings *settings, const struct node *node)
{
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    if (!out)
        return NULL;
    fprintf(out, "table inet %s\ndelete table inet %s\ntable inet %s {\n    chain postrouting {\n",
            settings->nft_table, settings->nft_table, settings->nft_table);
    fputs("        type nat hook postrouting priority srcnat; policy accept;\n", out);
    for (unsigned i = 0; i < node->pods_count; i++)
        rules(out, node, &node->pods[i]);
    fputs("    }\n}\n", out);
    if (fclose(out)) {
        free(text);
        return NULL;
    }
    return text;
}

static int run(const char *commands, struct trouble *trouble)
{
    struct nft_ctx *nft = nft_ctx_new(NFT_CTX_DEFAULT);
    if (!nft)
        return trouble_set(trouble, "nftables: out of memory");
    nft_ctx_buffer_output(nft);
    nft_ctx_buffer_error(nft);
    int rc = nft_run_cmd_from_buffer(nft, commands);
    if (rc) {
        const char *words = nft_ctx_get_error_buffer(nft);
        rc = trouble_set(trouble, "nftables: %.*s", (int)strcspn(words, "\n"), words);
    }
    nft_ctx_free(nft);
    return rc ? -1 : 0;
}

int masquerade_apply(const char *commands, struct trouble *trouble)
{
    return run(commands, trouble);
}

bool masquerade_present(const struct settings *settings)
{
    struct trouble ignored;
    char command[160];
    snprintf(command, sizeof(command), "list chain inet %.100s postrouting", settings->nft_table);
    return run(command, &ignored) == 0;
}

int masquerade_remove(const struct settings *settings, struct trouble *trouble)
{
    char command[320];
    snprintf(command, sizeof(command), "table inet %.100s\ndelete table inet %.100s\n", settings->nft_table,
             settings->nft_table);
    return run(command, trouble);
}
