/* SPDX-License-Identifier: Apache-2.0 */
/* AWS's answers: a tree that can be walked, or an error with a reason; never more than the limits. */
#include <stdint.h>

#include "plugins/cloud-aws/text.h"
#include "plugins/cloud-aws/xml.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static unsigned walk(const struct xml *element, unsigned depth)
{
    unsigned count = 1;
    if (depth > 32 || !element->name[0])
        abort();
    for (const struct xml *child = element->child; child; child = child->next)
        count += walk(child, depth + 1);
    if (element->child && element->text[0])
        abort();
    return count;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char problem[160] = "";
    struct xml_document *document = xml_parse((const char *)data, size, problem, sizeof(problem));
    if (!document) {
        if (!problem[0])
            abort();
        return 0;
    }
    walk(xml_root(document), 1);
    xml_text(xml_root(document), "a/b//c/");
    xml_free(document);
    return 0;
}
