/* SPDX-License-Identifier: Apache-2.0 */
/* Who the other side is, from the certificate that it showed: CN is the user, every O a group (upstream's
 * x509 authenticator). */
#include <openssl/evp.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include "core/base/encoding.h"
#include "core/base/memory.h"
#include "core/io/tls-private.h"

/* A NUL inside a name would make one user look like another; such a certificate names nobody. */
static char *entry_text(const X509_NAME *name, int index)
{
    unsigned char *utf8 = NULL;
    int size = ASN1_STRING_to_UTF8(&utf8, X509_NAME_ENTRY_get_data(X509_NAME_get_entry(name, index)));
    if (size < 0)
        return NULL;
    char *text = memchr(utf8, '\0', (size_t)size) ? NULL : xstrndup((const char *)utf8, (size_t)size);
    OPENSSL_free(utf8);
    return text;
}

static char *last_entry(const X509_NAME *name, int nid)
{
    int found = -1, next = -1;
    while ((next = X509_NAME_get_index_by_NID(name, nid, next)) >= 0)
        found = next;
    return found < 0 ? NULL : entry_text(name, found);
}

static void fill_organizations(struct tls_peer *peer, const X509_NAME *name)
{
    int index = -1;
    while ((index = X509_NAME_get_index_by_NID(name, NID_organizationName, index)) >= 0) {
        char *text = entry_text(name, index);
        if (!text)
            continue;
        peer->organizations = xrealloc(peer->organizations, (peer->organizations_count + 1) * sizeof(char *));
        peer->organizations[peer->organizations_count++] = text;
    }
}

static char *digest_text(const X509 *certificate)
{
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned size = 0;
    struct buffer text = BUFFER_INIT;
    if (X509_digest(certificate, EVP_sha256(), digest, &size) == 1)
        hex_encode(&text, digest, size);
    return buffer_take(&text);
}

/* A resumed session was verified when it began; the certificate may have run out since. */
static long verify_result(SSL *ssl, const X509 *certificate)
{
    long result = SSL_get_verify_result(ssl);
    if (result == X509_V_OK && X509_cmp_current_time(X509_get0_notAfter(certificate)) <= 0)
        return X509_V_ERR_CERT_HAS_EXPIRED;
    return result;
}

static int64_t not_after_s(const X509 *certificate)
{
    struct tm parts;
    return ASN1_TIME_to_tm(X509_get0_notAfter(certificate), &parts) == 1 ? (int64_t)timegm(&parts) : 0;
}

void tls_peer_of(SSL *ssl, struct tls_peer *ret)
{
    struct tls_peer peer = {0};
    X509 *certificate = SSL_get1_peer_certificate(ssl);
    if (certificate) {
        long result = verify_result(ssl, certificate);
        const X509_NAME *name = X509_get_subject_name(certificate);
        if (result == X509_V_OK) {
            char *common_name = last_entry(name, NID_commonName);
            peer.common_name = common_name ? common_name : xstrdup("");
            fill_organizations(&peer, name);
        } else {
            peer.verify_error = xstrdup(X509_verify_cert_error_string(result));
        }
        peer.certificate_sha256 = digest_text(certificate);
        peer.not_after_s = not_after_s(certificate);
        X509_free(certificate);
    }
    *ret = peer;
}

void tls_peer_done(struct tls_peer *peer)
{
    free(peer->common_name);
    free(peer->verify_error);
    for (unsigned i = 0; i < peer->organizations_count; i++)
        free(peer->organizations[i]);
    free(peer->organizations);
    free(peer->certificate_sha256);
    *peer = (struct tls_peer){0};
}
