/* SPDX-License-Identifier: Apache-2.0 */
/* Keys of a role, from the security token service. */
#ifndef CLOUD_AWS_ASSUME_ROLE_H
#define CLOUD_AWS_ASSUME_ROLE_H

#include "plugins/cloud-aws/aws.h"

/* By keys that may assume it; external_id, which the role may ask for: NULL: none. */
enum keelson_status assume_role(struct aws *aws, const struct keelson_call *call, const char *role_arn,
                                const char *external_id, const struct keys *by, struct keys *ret);
/* By a token of an identity provider that the role trusts. */
enum keelson_status assume_role_with_token(struct aws *aws, const struct keelson_call *call,
                                           const char *role_arn, const char *token, struct keys *ret);

#endif
