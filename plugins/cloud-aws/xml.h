/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What AWS's query APIs answer: a small XML document as a tree, read by expat. Depth, the number of elements
 * and the size of texts are bounded; a document that is cut short or malformed is an error, never a shorter
 * tree. Namespaces and attributes are ignored; a document type is refused.
 */
#ifndef CLOUD_AWS_XML_H
#define CLOUD_AWS_XML_H

#include <stddef.h>

struct xml {
    const char *name;
    const char *text; /* without white space around it; "" for none */
    struct xml *child, *next;
};

struct xml_document;
/* NULL, and why in problem. */
struct xml_document *xml_parse(const char *data, size_t size, char *problem, size_t problem_size);
void xml_free(struct xml_document *document); /* NULL is fine */
const struct xml *xml_root(const struct xml_document *document);

/* The first element at "a/b/c" below it; NULL if there is none (and for NULL). */
const struct xml *xml_at(const struct xml *element, const char *path);
const char *xml_text(const struct xml *element, const char *path); /* "" if there is none */
size_t xml_count(const struct xml *element, const char *path); /* of the children of the element at path */

#define xml_for_each(child_, element_, path_)                                                                \
    for (const struct xml *child_ = xml_first(element_, path_); child_; child_ = child_->next)
const struct xml *xml_first(const struct xml *element, const char *path);

#endif
