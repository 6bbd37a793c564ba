/* SPDX-License-Identifier: Apache-2.0 */
/* X.509 on OpenSSL; see certificate.h. */
#include "core/io/certificate.h"

#include <arpa/inet.h>
#include <openssl/rand.h>
#include <openssl/x509v3.h>

#include "core/base/buffer.h"

#define SERIAL_BITS 127

bool certificate_name_is_address(const char *name)
{
    unsigned char raw[16];
    return inet_pton(AF_INET, name, raw) == 1 || inet_pton(AF_INET6, name, raw) == 1;
}

bool certificate_add_extension(X509 *certificate, X509 *issuer, int nid, const char *value)
{
    X509V3_CTX context;
    X509V3_set_ctx(&context, issuer, certificate, NULL, NULL, 0);
    X509_EXTENSION *extension = X509V3_EXT_conf_nid(NULL, &context, nid, value);
    bool ok = extension && X509_add_ext(certificate, extension, -1) == 1;
    X509_EXTENSION_free(extension);
    return ok;
}

bool certificate_add_names(X509 *certificate, const char *const *names)
{
    struct buffer text = BUFFER_INIT;
    for (; names && *names; names++)
        buffer_printf(&text, "%s%s:%s", text.size ? "," : "",
                      certificate_name_is_address(*names) ? "IP" : "DNS", *names);
    bool ok =
        !text.size || certificate_add_extension(certificate, certificate, NID_subject_alt_name, text.data);
    buffer_done(&text);
    return ok;
}

bool certificate_set_serial(X509 *certificate)
{
    unsigned char raw[(SERIAL_BITS + 7) / 8];
    BIGNUM *number = RAND_bytes(raw, sizeof(raw)) == 1 ? BN_bin2bn(raw, sizeof(raw), NULL) : NULL;
    bool ok = number && BN_set_bit(number, SERIAL_BITS - 1) == 1 && BN_mask_bits(number, SERIAL_BITS) >= 0 &&
              BN_to_ASN1_INTEGER(number, X509_get_serialNumber(certificate)) != NULL;
    BN_free(number);
    return ok;
}
