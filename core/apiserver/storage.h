/* SPDX-License-Identifier: Apache-2.0 */
/* Which store the flags name: a libconfig file, etcd's flags, or store-sqlite in the data folder. */
#ifndef KEELSON_APISERVER_STORAGE_H
#define KEELSON_APISERVER_STORAGE_H

#include "core/apiserver/options.h"
#include "core/apiserver/store.h"

/* Loads the plugin and opens the store. The host is the caller's to free, after the store. */
int storage_open(const struct apiserver_options *options, struct plugin_host **ret_host, struct store **ret,
                 struct error *err);
/* The file is read again, where one names the store: what the plugin can take over while it runs. */
int storage_reload(const struct apiserver_options *options, struct plugin_host *host, struct error *err);

#endif
