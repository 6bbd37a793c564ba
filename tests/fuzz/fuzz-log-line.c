/* SPDX-License-Identifier: Apache-2.0 */
/* Records of container logs: whatever a container or a runtime writes, what is found lies inside the record.
 */
#include "core/base/memory.h"
#include "core/kubelet/log-read.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_inside(struct slice whole, struct slice part)
{
    require(part.size == 0 || (part.data >= whole.data && part.data + part.size <= whole.data + whole.size));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct slice record = {(const char *)data, size};
    struct log_line line;
    if (log_line_parse(record, &line)) {
        check_inside(record, line.time);
        check_inside(record, line.text);
        require(line.time.size + line.text.size < size);
    }
    return 0;
}
