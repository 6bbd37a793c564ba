/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The serving certificate when none was given: made once, signed by itself, kept in the certificate folder
 * under upstream's names, so that a restart shows the same one.
 */
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <time.h>

#include "core/base/file.h"
#include "core/base/memory.h"
#include "core/io/self-signed.h"
#include "core/kubelet/server-private.h"

#define BEFORE_S (30L * 24 * 3600) /* renewed when it has less than that left */

/* A certificate that is there and good for a while yet. */
static bool is_good(const char *path)
{
    _cleanup_(buffer_done) struct buffer text = BUFFER_INIT;
    if (file_read(path, 1 << 20, &text, NULL) < 0)
        return false;
    BIO *bio = BIO_new_mem_buf(text.data, (int)text.size);
    X509 *certificate = bio ? PEM_read_bio_X509(bio, NULL, NULL, NULL) : NULL;
    time_t then = time(NULL) + BEFORE_S;
    bool good = certificate && X509_cmp_time(X509_get0_notAfter(certificate), &then) > 0;
    X509_free(certificate);
    BIO_free(bio);
    return good;
}

static int make(const char *cert, const char *key, const char *node_name, const char *const *addresses,
                struct error *err)
{
    _cleanup_(buffer_done) struct buffer cert_text = BUFFER_INIT, key_text = BUFFER_INIT;
    if (self_signed_make(node_name, addresses, &cert_text, &key_text, err) < 0 ||
        file_write_atomic(key, (struct slice){key_text.data, key_text.size}, 0600, err) < 0)
        return -1;
    return file_write_atomic(cert, (struct slice){cert_text.data, cert_text.size}, 0644, err);
}

int server_certificate_make(const char *folder, const char *node_name, const char *const *addresses,
                            char **ret_cert, char **ret_key, struct error *err)
{
    _cleanup_free_ char *cert = xasprintf("%s/kubelet.crt", folder);
    _cleanup_free_ char *key = xasprintf("%s/kubelet.key", folder);
    if (directory_make(folder, 0700, err) < 0)
        return -1;
    if ((!is_good(cert) || !file_exists(key)) && make(cert, key, node_name, addresses, err) < 0)
        return -1;
    *ret_cert = TAKE_PTR(cert);
    *ret_key = TAKE_PTR(key);
    return 0;
}
