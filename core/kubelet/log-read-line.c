/* SPDX-License-Identifier: Apache-2.0 */
/* One record of a CRI log. */
#include "core/base/clock.h"
#include "core/kubelet/log-read.h"

bool log_line_parse(struct slice record, struct log_line *ret)
{
    struct log_line line = {0};
    struct slice rest = record;
    line.time = slice_cut(&rest, ' ');
    if (!rest.data || !time_parse(line.time, &line.time_ns))
        return false;
    struct slice stream = slice_cut(&rest, ' ');
    line.is_stderr = slice_is(stream, "stderr");
    if (!rest.data || (!line.is_stderr && !slice_is(stream, "stdout")))
        return false;
    struct slice tags = slice_cut(&rest, ' ');
    struct slice tag = slice_cut(&tags, ':'); /* further tags may come to be */
    line.partial = slice_is(tag, "P");
    if (!line.partial && !slice_is(tag, "F"))
        return false;
    line.text = rest.data ? rest : (struct slice){record.data + record.size, 0};
    *ret = line;
    return true;
}
