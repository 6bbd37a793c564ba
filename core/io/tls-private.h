/* SPDX-License-Identifier: Apache-2.0 */
/* What a connection's transport needs of TLS settings. */
#ifndef KEELSON_IO_TLS_PRIVATE_H
#define KEELSON_IO_TLS_PRIVATE_H

#include <openssl/ssl.h>
#include <stdatomic.h>

#include "core/io/tls.h"

struct tls_settings {
    atomic_uint refs;
    SSL_CTX *context;
    char *server_name; /* of a client; NULL: the host connected to */
    bool insecure;
};

/* The subject of the certificate that the client showed in this connection. */
void tls_peer_of(SSL *ssl, struct tls_peer *ret);
/* OpenSSL's newest reason in words; the queue of this thread is emptied. Never NULL; valid until the next
 * call in this thread. */
const char *tls_error_text(void);

#endif
