/* SPDX-License-Identifier: Apache-2.0 */
/* Where each member of an ABI version stands, and what its constants are. Compiled twice for each version,
 * with the frozen headers and with today's, because one translation unit cannot see both. MEMBERS: the
 * version's list. */
#include <keelson/cloud.h>
#include <keelson/network.h>
#include <keelson/runtime.h>
#include <keelson/storage.h>
#include <keelson/store.h>

#include "tests/abi/layout.h"

const struct layout_row LAYOUT[] = {
#define STRUCT(struct_) {LAYOUT_STRUCT, #struct_, 0, sizeof(struct struct_)},
#define MEMBER(struct_, member_)                                                                             \
    {LAYOUT_MEMBER, #struct_ "." #member_, offsetof(struct struct_, member_),                                \
     sizeof(((struct struct_ *)0)->member_)},
#define VALUE(value_) {LAYOUT_VALUE, #value_, 0, value_},
#define TEXT(text_)   {LAYOUT_TEXT, #text_ " " text_, 0, 0},
#include MEMBERS
    {LAYOUT_END, NULL, 0, 0},
};
