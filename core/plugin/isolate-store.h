/* SPDX-License-Identifier: Apache-2.0 */
/* Transactions as they cross: what isolate-store.c and isolate-begun.c share. */
#ifndef KEELSON_PLUGIN_ISOLATE_STORE_H
#define KEELSON_PLUGIN_ISOLATE_STORE_H

#include "core/plugin/isolate.h"

#define STORE_TXN_BEGIN 6u /* its place among the interface's functions */

void store_put_txn(struct buffer *out, const struct keelson_txn *txn);
struct keelson_txn store_get_txn(struct frame_reader *r); /* in the frame and the reader's arena */
void store_put_txn_result(struct buffer *out, const struct keelson_txn_result *result);
void store_get_txn_result(struct frame_reader *r, struct keelson_txn_result *ret);

#endif
