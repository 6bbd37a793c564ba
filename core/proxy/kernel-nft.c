/* SPDX-License-Identifier: Apache-2.0 */
/* nftables through libnftables. A context lives for one transaction: its caches and parser buffers of a full
 * load (megabytes) are given back at once, and a new one costs some ten microseconds. */
#include <malloc.h>
#include <nftables/libnftables.h>

#include "core/base/buffer.h"
#include "core/proxy/kernel.h"

#define TRIM_FROM 65536 /* bytes of script after which memory is worth giving back to the system */

int kernel_nft(const char *script, struct error *err)
{
    struct nft_ctx *nft = nft_ctx_new(NFT_CTX_DEFAULT);
    if (!nft)
        return error_set(err, ERR_UNAVAILABLE, "nftables: no context");
    nft_ctx_buffer_output(nft);
    nft_ctx_buffer_error(nft);
    int failed = nft_run_cmd_from_buffer(nft, script);
    if (failed) {
        struct slice message = slice_of(nft_ctx_get_error_buffer(nft));
        struct slice first = slice_cut(&message, '\n');
        struct slice second = slice_cut(&message, '\n');
        error_set(err, ERR_UNAVAILABLE, "nftables: %.*s (%.*s)", SLICE_ARG(first),
                  (int)(second.size > 200 ? 200 : second.size), second.data ? second.data : "");
    }
    nft_ctx_free(nft);
    if (strlen(script) > TRIM_FROM)
        malloc_trim(0);
    return failed ? -1 : 0;
}
