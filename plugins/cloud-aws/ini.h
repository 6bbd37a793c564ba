/* SPDX-License-Identifier: Apache-2.0 */
/* The files of AWS's tools (~/.aws/credentials, ~/.aws/config): sections of name = value. */
#ifndef CLOUD_AWS_INI_H
#define CLOUD_AWS_INI_H

/* The value of key in [section], or in [profile section] as the config file has it; NULL if there is none,
 * the last one if there are several. The caller frees it. Lines that say nothing (comments, nested settings,
 * rubbish) are passed over, as AWS's tools do. */
char *ini_value(const char *text, const char *section, const char *key);

#endif
