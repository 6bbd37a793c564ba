/* SPDX-License-Identifier: Apache-2.0 */
/* How a class is read out of its document: class-fill.c the plain parts, class-terms.c those with selectors.
 */
#ifndef KEELSON_SCHEDULER_CLASS_PRIVATE_H
#define KEELSON_SCHEDULER_CLASS_PRIVATE_H

#include "core/scheduler/class.h"

void class_fill(struct pod_class *c, const struct json *document);
void class_fill_terms(struct pod_class *c, const struct json *document);

#endif
