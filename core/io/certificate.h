/* SPDX-License-Identifier: Apache-2.0 */
/* Parts of the X.509 certificates that are made here. Why what returns false has failed is in OpenSSL's queue
 * of errors. Any thread. */
#ifndef KEELSON_IO_CERTIFICATE_H
#define KEELSON_IO_CERTIFICATE_H

#include <openssl/x509.h>
#include <stdbool.h>

/* Whether the name of a host is an IP address, which certificates have elsewhere than DNS names. */
bool certificate_name_is_address(const char *name);
/* nid and value as OpenSSL's configuration has them (x509v3_config(5)); issuer: the certificate's own where
 * it signs itself, with the subject key that it refers to. */
bool certificate_add_extension(X509 *certificate, X509 *issuer, int nid, const char *value);
/* Subject alternative names: DNS names and IP addresses, NULL-terminated; NULL or none: no extension. */
bool certificate_add_names(X509 *certificate, const char *const *names);
/* 126 random bits behind a one, so that it is positive and of one length (RFC 5280, 4.1.2.2). */
bool certificate_set_serial(X509 *certificate);

#endif
