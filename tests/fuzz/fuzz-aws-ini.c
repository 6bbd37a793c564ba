/* SPDX-License-Identifier: Apache-2.0 */
/* The files of AWS's tools: whatever stands in them, a value is one line without white space around it, or
 * none. */
#include <ctype.h>
#include <stdint.h>

#include "plugins/cloud-aws/ini.h"
#include "plugins/cloud-aws/text.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char *const sections[] = {"default", "a", ""};
    _cleanup_str_ char *text = mem_strn((const char *)data, size);
    for (size_t i = 0; i < sizeof(sections) / sizeof(sections[0]); i++) {
        _cleanup_str_ char *value = ini_value(text, sections[i], "key");
        size_t length = value ? strlen(value) : 0;
        if (value && strpbrk(value, "\r\n"))
            abort();
        if (length && (isspace((unsigned char)value[0]) || isspace((unsigned char)value[length - 1])))
            abort();
    }
    return 0;
}
