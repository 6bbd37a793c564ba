/* SPDX-License-Identifier: Apache-2.0 */
/* Bytes and key-values between etcd's messages and the host's structs. Nothing is copied. */
#include <string.h>

#include "plugins/store-etcd/etcd.h"

struct keelson_bytes bytes_of(ProtobufCBinaryData data)
{
    return (struct keelson_bytes){(const char *)data.data, data.len};
}

ProtobufCBinaryData data_of(struct keelson_bytes bytes)
{
    return (ProtobufCBinaryData){bytes.size, (uint8_t *)(uintptr_t)bytes.data};
}

int bytes_compare(struct keelson_bytes a, struct keelson_bytes b)
{
    size_t shorter = a.size < b.size ? a.size : b.size;
    int order = shorter ? memcmp(a.data, b.data, shorter) : 0;
    return order ? order : (a.size > b.size) - (a.size < b.size);
}

int bytes_in_range(struct keelson_bytes key, struct keelson_bytes from, struct keelson_bytes to)
{
    if (to.size == 0)
        return key.size == from.size && bytes_compare(key, from) == 0;
    return bytes_compare(key, from) >= 0 && bytes_compare(key, to) < 0;
}

struct keelson_kv kv_of(struct etcd *etcd, const Etcd__KeyValue *kv, int64_t deadline_ns, int cancel_fd)
{
    return (struct keelson_kv){.size = sizeof(struct keelson_kv),
                               .key = bytes_of(kv->key),
                               .value = bytes_of(kv->value),
                               .create_revision = kv->create_revision,
                               .mod_revision = kv->mod_revision,
                               .version = kv->version,
                               .lease_ttl_s = lease_left(etcd, kv->lease, deadline_ns, cancel_fd)};
}
