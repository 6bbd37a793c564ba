/* SPDX-License-Identifier: Apache-2.0 */
/* Frames from a LAN, where anybody sends: whatever is understood can be answered, and the answer is
 * understood, too. */
#include "core/announce/frame.h"
#include "core/base/memory.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const uint8_t ours[6] = {2, 0, 0, 0, 0, 1};
    uint8_t out[FRAME_MAX];
    struct frame frame, answer;
    frame_read(data, size, &frame);
    if (frame.kind != FRAME_QUESTION)
        return 0;
    size_t answer_size = frame_answer(&frame, ours, out);
    require(answer_size <= FRAME_MAX);
    frame_read(out, answer_size, &answer);
    require(answer.kind == FRAME_CLAIM || (frame.target.family == 4 && frame.target.raw[0] == 0));
    require(answer.kind != FRAME_CLAIM || address_compare(&answer.target, &frame.target) == 0);
    return 0;
}
