/* SPDX-License-Identifier: Apache-2.0 */
/* kubeconfig files: what is taken can be written, and reads the same again. */
#include "core/client/kubeconfig.h"

#include "core/base/memory.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct kubeconfig k, again;
    struct error err = ERROR_INIT;
    struct buffer text = BUFFER_INIT;
    if (!kubeconfig_parse((struct slice){(const char *)data, size}, "fuzz", NULL, &k, &err)) {
        kubeconfig_text(&k, &text);
        require(kubeconfig_parse((struct slice){text.data, text.size}, "fuzz", NULL, &again, NULL) == 0);
        require(!strcmp(k.server_host, again.server_host) && k.server_port == again.server_port);
        kubeconfig_done(&again);
        kubeconfig_done(&k);
    }
    buffer_done(&text);
    error_done(&err);
    return 0;
}
