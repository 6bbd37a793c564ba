/* SPDX-License-Identifier: Apache-2.0 */
/* Flags that daemons of upstream's have in common and that have no effect on ours: accepted, so that a
 * command line or a manifest of theirs starts ours, and said so in the log. And the flags of the health
 * server's certificate, which have. */
#ifndef KEELSON_DAEMON_ACCEPTED_FLAGS_H
#define KEELSON_DAEMON_ACCEPTED_FLAGS_H

#include "core/daemon/daemon.h"

/* clang-format off */
#define ACCEPTED_TEXT(name, offset) {name, FLAG_STRING, offset, NULL, ""}
#define ACCEPTED_BOOL(name, offset) {name, FLAG_BOOL, offset, NULL, ""}

/* Rows of a flag table. The offsets are of a char * and of a bool that nobody reads. */
#define ACCEPTED_FLAGS(text, truth) \
    ACCEPTED_TEXT("allow-metric-labels", text), \
    ACCEPTED_TEXT("allow-metric-labels-manifest", text), \
    ACCEPTED_TEXT("authentication-kubeconfig", text), \
    ACCEPTED_TEXT("authentication-token-webhook-cache-ttl", text), \
    ACCEPTED_TEXT("authorization-always-allow-paths", text), \
    ACCEPTED_TEXT("authorization-kubeconfig", text), \
    ACCEPTED_TEXT("authorization-webhook-cache-authorized-ttl", text), \
    ACCEPTED_TEXT("authorization-webhook-cache-unauthorized-ttl", text), \
    ACCEPTED_TEXT("cert-dir", text), \
    ACCEPTED_TEXT("client-ca-file", text), \
    ACCEPTED_TEXT("disabled-metrics", text), \
    ACCEPTED_TEXT("emulated-version", text), \
    ACCEPTED_TEXT("feature-gates", text), \
    ACCEPTED_TEXT("http2-max-streams-per-connection", text), \
    ACCEPTED_TEXT("kube-api-burst", text), \
    ACCEPTED_TEXT("kube-api-content-type", text), \
    ACCEPTED_TEXT("kube-api-qps", text), \
    ACCEPTED_TEXT("log-flush-frequency", text), \
    ACCEPTED_TEXT("log-json-info-buffer-size", text), \
    ACCEPTED_TEXT("log-text-info-buffer-size", text), \
    ACCEPTED_TEXT("logging-format", text), \
    ACCEPTED_TEXT("master", text), \
    ACCEPTED_TEXT("requestheader-allowed-names", text), \
    ACCEPTED_TEXT("requestheader-client-ca-file", text), \
    ACCEPTED_TEXT("requestheader-extra-headers-prefix", text), \
    ACCEPTED_TEXT("requestheader-group-headers", text), \
    ACCEPTED_TEXT("requestheader-uid-headers", text), \
    ACCEPTED_TEXT("requestheader-username-headers", text), \
    ACCEPTED_TEXT("show-hidden-metrics-for-version", text), \
    ACCEPTED_TEXT("tls-cipher-suites", text), \
    ACCEPTED_TEXT("tls-min-version", text), \
    ACCEPTED_TEXT("tls-sni-cert-key", text), \
    ACCEPTED_TEXT("vmodule", text), \
    ACCEPTED_BOOL("authentication-skip-lookup", truth), \
    ACCEPTED_BOOL("authentication-tolerate-lookup-failure", truth), \
    ACCEPTED_BOOL("contention-profiling", truth), \
    ACCEPTED_BOOL("emulation-forward-compatible", truth), \
    ACCEPTED_BOOL("log-json-split-stream", truth), \
    ACCEPTED_BOOL("log-text-split-stream", truth), \
    ACCEPTED_BOOL("permit-address-sharing", truth), \
    ACCEPTED_BOOL("permit-port-sharing", truth), \
    ACCEPTED_BOOL("profiling", truth)

/* The offsets are tls_cert_offset and tls_key_offset of the daemon. */
#define HEALTH_TLS_FLAGS(cert, key) \
    {"tls-cert-file", FLAG_STRING, cert, NULL, "certificate that is shown there (default: HTTP, and HTTPS with one of its own)"}, \
    {"tls-private-key-file", FLAG_STRING, key, NULL, "the certificate's key"}
/* clang-format on */

#endif
