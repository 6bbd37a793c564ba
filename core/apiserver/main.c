/* SPDX-License-Identifier: Apache-2.0 */
/* kube-apiserver. */
#include "core/apiserver/component.h"

int main(int argc, char **argv)
{
    return daemon_main(&apiserver_daemon, argc, argv);
}
