/* SPDX-License-Identifier: Apache-2.0 */
/* kube-controller-manager as a program of its own. */
#include "core/controller-manager/controller-manager.h"

int main(int argc, char **argv)
{
    return daemon_main(&controller_manager_daemon, argc, argv);
}
