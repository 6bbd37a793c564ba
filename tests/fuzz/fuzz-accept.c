/* SPDX-License-Identifier: Apache-2.0 */
/* Accept and Content-Type headers, clause by clause; each clause lies within the header. */
#include "core/apiserver/accept.h"
#include "core/base/memory.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(struct slice part, struct slice whole)
{
    require(!part.size || (part.data >= whole.data && part.data + part.size <= whole.data + whole.size));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct slice whole = {(const char *)data, size}, rest = whole;
    struct accept_clause c;
    (void)media_of(whole);
    for (size_t n = 0; accept_next(&rest, &c); n++) {
        require(n <= size);
        check(c.type, whole);
        check(c.as, whole);
        check(c.group, whole);
        check(c.version, whole);
        check(c.profile, whole);
    }
    return 0;
}
