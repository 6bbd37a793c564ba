/* SPDX-License-Identifier: Apache-2.0 */
/* A folder with a test CA and what it signed, made at run time. For tests only. */
#ifndef KEELSON_IO_TEST_CERTIFICATES_H
#define KEELSON_IO_TEST_CERTIFICATES_H

struct test_certificates {
    char *folder;                   /* below /tmp */
    char *ca;                       /* ca.crt */
    char *server_cert, *server_key; /* for localhost, 127.0.0.1 and ::1 */
    char *client_cert, *client_key; /* CN=alice, O=devs, O=admins */
    char *forged_cert, *forged_key; /* the same names, signed by another CA */
    char *expired_cert, *expired_key;
};
void test_certificates_make(struct test_certificates *ret);
void test_certificates_remove(struct test_certificates *c);

#endif
