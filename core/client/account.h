/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Acting as a service account: a token that is asked for with another client's rights and renewed before it
 * runs out. Any thread but the client's loop.
 */
#ifndef KEELSON_CLIENT_ACCOUNT_H
#define KEELSON_CLIENT_ACCOUNT_H

#include "core/client/client.h"

struct account;
/* base outlives it. */
struct account *account_new(struct client *base, const char *namespace_, const char *name);
void account_free(struct account *a); /* NULL is fine */
/* The token as of now; the caller frees. The account is made when it is not there. NULL with err: none could
 * be had. */
char *account_token(struct account *a, struct error *err);
/* The server did not take it: the next is asked for anew. */
void account_forget(struct account *a);

#endif
