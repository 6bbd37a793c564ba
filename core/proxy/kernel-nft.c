/* SPDX-License-Identifier: Apache-2.0 */
/* nftables through libnftables. A context is kept from one transaction to the next, since the kernel, when
 * its socket is closed, waits for what was removed to be gone (some 10 ms); but not after a full load, whose
 * caches and parser buffers are megabytes. */
#include <malloc.h>
#include <nftables/libnftables.h>

#include "core/base/buffer.h"
#include "core/proxy/kernel.h"

#define TRIM_FROM 65536 /* bytes of script after which memory is worth giving back to the system */

static struct nft_ctx *context_new(void)
{
    struct nft_ctx *nft = nft_ctx_new(NFT_CTX_DEFAULT);
    if (nft) {
        nft_ctx_buffer_output(nft);
        nft_ctx_buffer_error(nft);
    }
    return nft;
}

int kernel_nft(struct nft_ctx **context, const char *script, struct error *err)
{
    if (!*context)
        *context = context_new();
    if (!*context)
        return error_set(err, ERR_UNAVAILABLE, "nftables: no context");
    int failed = nft_run_cmd_from_buffer(*context, script);
    struct slice message = slice_of(nft_ctx_get_error_buffer(*context)); /* empties it, too */
    if (failed) {
        struct slice first = slice_cut(&message, '\n');
        struct slice second = slice_cut(&message, '\n');
        error_set(err, ERR_UNAVAILABLE, "nftables: %.*s (%.*s)", SLICE_ARG(first),
                  (int)(second.size > 200 ? 200 : second.size), second.data ? second.data : "");
    }
    if (failed || strlen(script) > TRIM_FROM) {
        kernel_nft_free(context);
        malloc_trim(0);
    }
    return failed ? -1 : 0;
}

void kernel_nft_free(struct nft_ctx **context)
{
    if (*context)
        nft_ctx_free(*context);
    *context = NULL;
}
