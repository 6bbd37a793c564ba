/* SPDX-License-Identifier: Apache-2.0 */
/* How a storage system must behave, whatever its drivers can do: nothing is made and nothing taken away. */
#include <keelson/storage.h>

#include "core/plugin/check-rules.h"

static int ignore_driver(const struct keelson_storage_driver_sink *sink,
                         const struct keelson_storage_driver *driver)
{
    return 0;
}

static const struct keelson_storage_driver_sink drivers = {.size = sizeof(drivers), .put = ignore_driver};

/* Arguments are the interface's table. */
static enum keelson_status ask_node_drivers(void *handle, const struct keelson_call *call, void *table)
{
    const struct keelson_storage_node_v1 *node = table;
    return node->drivers ? node->drivers(handle, call, &drivers) : KEELSON_INVALID;
}

static enum keelson_status ask_controller_drivers(void *handle, const struct keelson_call *call, void *table)
{
    const struct keelson_storage_controller_v1 *controller = table;
    return controller->drivers ? controller->drivers(handle, call, &drivers) : KEELSON_INVALID;
}

static void *table_of(const struct check *c, const char *interface)
{
    return (void *)(uintptr_t)check_table_of(c, interface);
}

static bool lists(struct check *c, plugin_function *function, const char *interface)
{
    enum error_code code;
    return check_call(c, function, table_of(c, interface), &code) &&
           (code == ERR_NONE || check_is_away(code));
}

static bool node_lists(struct check *c)
{
    return lists(c, ask_node_drivers, KEELSON_STORAGE_NODE_1);
}

static bool node_ends_when_cancelled(struct check *c)
{
    return check_cancelled(c, ask_node_drivers, table_of(c, KEELSON_STORAGE_NODE_1));
}

static bool node_takes_many_callers(struct check *c)
{
    return check_crowd(c, ask_node_drivers, table_of(c, KEELSON_STORAGE_NODE_1));
}

static bool node_ends_at_its_deadline(struct check *c)
{
    return check_deadline(c, ask_node_drivers, table_of(c, KEELSON_STORAGE_NODE_1));
}

static bool controller_lists(struct check *c)
{
    return lists(c, ask_controller_drivers, KEELSON_STORAGE_CONTROLLER_1);
}

static bool controller_ends_when_cancelled(struct check *c)
{
    return check_cancelled(c, ask_controller_drivers, table_of(c, KEELSON_STORAGE_CONTROLLER_1));
}

static bool controller_takes_many_callers(struct check *c)
{
    return check_crowd(c, ask_controller_drivers, table_of(c, KEELSON_STORAGE_CONTROLLER_1));
}

static bool controller_ends_at_its_deadline(struct check *c)
{
    return check_deadline(c, ask_controller_drivers, table_of(c, KEELSON_STORAGE_CONTROLLER_1));
}

#define LIST_ADVICE "drivers() may not be NULL; a driver that is not usable yet is listed with ready = 0"

const struct rule check_storage_node_rules[] = {
    {"it lists the drivers of this node", node_lists, LIST_ADVICE},
    {"the node's list ends when it is cancelled", node_ends_when_cancelled, CHECK_CANCEL_ADVICE},
    {"the node's list takes many callers at once", node_takes_many_callers, CHECK_CROWD_ADVICE},
    {"the node's list ends at its deadline", node_ends_at_its_deadline, CHECK_DEADLINE_ADVICE},
    {0},
};

const struct rule check_storage_controller_rules[] = {
    {"it lists the drivers of the cluster", controller_lists, LIST_ADVICE},
    {"the cluster's list ends when it is cancelled", controller_ends_when_cancelled, CHECK_CANCEL_ADVICE},
    {"the cluster's list takes many callers at once", controller_takes_many_callers, CHECK_CROWD_ADVICE},
    {"the cluster's list ends at its deadline", controller_ends_at_its_deadline, CHECK_DEADLINE_ADVICE},
    {0},
};
