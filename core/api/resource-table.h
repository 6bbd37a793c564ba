/* SPDX-License-Identifier: Apache-2.0 */
/* The table of resources as it is written down; resource.c fills in types and storage rows, and is the only
 * one to use it. */
#ifndef KEELSON_API_RESOURCE_TABLE_H
#define KEELSON_API_RESOURCE_TABLE_H

#include "core/api/resource.h"

extern struct resource resource_rows[];
extern const size_t resource_rows_count;

#endif
