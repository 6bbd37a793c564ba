/* SPDX-License-Identifier: Apache-2.0 */
/* Commands in containers: to their end (probes, hooks), or as a session on the runtime's streaming server. */
#include "plugins/cri/convert.h"
#include "plugins/cri/cri.h"

enum keelson_status cri_exec_sync(void *instance, const struct keelson_call *call, const char *container_id,
                                  const char *const *command, uint32_t command_count, int64_t timeout_s,
                                  const struct keelson_text_sink *output, int32_t *ret_exit_code)
{
    _cleanup_message_ Runtime__V1__ExecSyncResponse *response = NULL;
    Runtime__V1__ExecSyncRequest request = RUNTIME__V1__EXEC_SYNC_REQUEST__INIT;
    request.container_id = convert_text(container_id);
    request.n_cmd = command_count;
    request.cmd = convert_texts(command);
    request.timeout = timeout_s;
    enum keelson_status status = cri_call(instance, call, CRI_LONG, CRI_RUNTIME "ExecSync", &request.base,
                                          &runtime__v1__exec_sync_response__descriptor, &response);
    if (status != KEELSON_OK)
        return status;
    *ret_exit_code = response->exit_code;
    if (response->output.len &&
        output->put(output, 1, (const char *)response->output.data, response->output.len))
        return KEELSON_OK;
    if (response->errors.len)
        output->put(output, 2, (const char *)response->errors.data, response->errors.len);
    return KEELSON_OK;
}

enum keelson_status cri_exec(void *instance, const struct keelson_call *call, const char *container_id,
                             const char *const *command, uint32_t command_count, int tty, int stdin_,
                             int stdout_, int stderr_, const struct keelson_text_sink *url)
{
    Runtime__V1__ExecRequest request = RUNTIME__V1__EXEC_REQUEST__INIT;
    request.container_id = convert_text(container_id);
    request.n_cmd = command_count;
    request.cmd = convert_texts(command);
    request.tty = tty;
    request.with_stdin = stdin_;
    request.with_stdout = stdout_;
    request.with_stderr = stderr_ && !tty; /* a terminal has one output */
    return cri_call_text(instance, call, CRI_QUICK, CRI_RUNTIME "Exec", &request.base, url);
}

enum keelson_status cri_attach(void *instance, const struct keelson_call *call, const char *container_id,
                               int tty, int stdin_, int stdout_, int stderr_,
                               const struct keelson_text_sink *url)
{
    Runtime__V1__AttachRequest request = RUNTIME__V1__ATTACH_REQUEST__INIT;
    request.container_id = convert_text(container_id);
    request.tty = tty;
    request.with_stdin = stdin_;
    request.with_stdout = stdout_;
    request.with_stderr = stderr_ && !tty;
    return cri_call_text(instance, call, CRI_QUICK, CRI_RUNTIME "Attach", &request.base, url);
}

enum keelson_status cri_port_forward(void *instance, const struct keelson_call *call, const char *sandbox_id,
                                     const int32_t *ports, uint32_t ports_count,
                                     const struct keelson_text_sink *url)
{
    Runtime__V1__PortForwardRequest request = RUNTIME__V1__PORT_FORWARD_REQUEST__INIT;
    request.pod_sandbox_id = convert_text(sandbox_id);
    request.n_port = ports_count;
    request.port = (int32_t *)(uintptr_t)ports;
    return cri_call_text(instance, call, CRI_QUICK, CRI_RUNTIME "PortForward", &request.base, url);
}
