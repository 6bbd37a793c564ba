/* SPDX-License-Identifier: Apache-2.0 */
/* Images: list, look at, pull, remove, and what they take on disk. */
#include <string.h>

#include "plugins/cri/convert.h"
#include "plugins/cri/cri.h"

static int image_put(const Runtime__V1__Image *from, const struct keelson_image_sink *sink)
{
    const struct keelson_image out = {
        .size = sizeof(out),
        .pinned = from->pinned,
        .id = from->id,
        .tags = (const char *const *)from->repo_tags,
        .tags_count = (uint32_t)from->n_repo_tags,
        .digests = (const char *const *)from->repo_digests,
        .digests_count = (uint32_t)from->n_repo_digests,
        .size_bytes = from->size,
        .user_id = from->uid ? from->uid->value : -1,
        .username = from->username,
    };
    return sink->put(sink, &out);
}

enum keelson_status cri_image_list(void *instance, const struct keelson_call *call,
                                   const struct keelson_image_sink *sink)
{
    _cleanup_message_ Runtime__V1__ListImagesResponse *response = NULL;
    Runtime__V1__Empty request = RUNTIME__V1__EMPTY__INIT;
    enum keelson_status status = cri_call(instance, call, CRI_QUICK, CRI_IMAGES "ListImages", &request.base,
                                          &runtime__v1__list_images_response__descriptor, &response);
    if (status != KEELSON_OK)
        return status;
    for (size_t i = 0; i < response->n_images; i++)
        if (image_put(response->images[i], sink))
            break;
    return KEELSON_OK;
}

enum keelson_status cri_image_status(void *instance, const struct keelson_call *call, const char *image,
                                     const struct keelson_image_sink *sink)
{
    struct cri *cri = instance;
    _cleanup_message_ Runtime__V1__ImageStatusResponse *response = NULL;
    Runtime__V1__ImageSpec spec = RUNTIME__V1__IMAGE_SPEC__INIT;
    Runtime__V1__ImageRequest request = RUNTIME__V1__IMAGE_REQUEST__INIT;
    spec.image = convert_text(image);
    request.image = &spec;
    enum keelson_status status = cri_call(cri, call, CRI_QUICK, CRI_IMAGES "ImageStatus", &request.base,
                                          &runtime__v1__image_status_response__descriptor, &response);
    if (status != KEELSON_OK)
        return status;
    if (!response->image)
        return cri->host->fail(call, KEELSON_NOT_FOUND, "image \"%s\" is not present", image);
    image_put(response->image, sink);
    return KEELSON_OK;
}

static void convert_auth(const struct keelson_image_auth *auth, Runtime__V1__AuthConfig *out)
{
    out->username = convert_text(auth->username);
    out->password = convert_text(auth->password);
    out->auth = convert_text(auth->auth);
    out->server_address = convert_text(auth->server_address);
    out->identity_token = convert_text(auth->identity_token);
    out->registry_token = convert_text(auth->registry_token);
}

enum keelson_status cri_image_pull(void *instance, const struct keelson_call *call, const char *image,
                                   const struct keelson_image_auth *auth,
                                   const struct keelson_sandbox_config *sandbox,
                                   const struct keelson_text_sink *image_ref)
{
    _cleanup_scratch_ struct scratch scratch = {0};
    Runtime__V1__ImageSpec spec = RUNTIME__V1__IMAGE_SPEC__INIT;
    Runtime__V1__AuthConfig auth_config = RUNTIME__V1__AUTH_CONFIG__INIT;
    Runtime__V1__PullImageRequest request = RUNTIME__V1__PULL_IMAGE_REQUEST__INIT;
    spec.image = convert_text(image);
    request.image = &spec;
    if (auth) {
        convert_auth(auth, &auth_config);
        request.auth = &auth_config;
    }
    if (sandbox)
        request.sandbox_config = convert_sandbox(&scratch, sandbox);
    return cri_call_text(instance, call, CRI_LONG, CRI_IMAGES "PullImage", &request.base, image_ref);
}

enum keelson_status cri_image_remove(void *instance, const struct keelson_call *call, const char *image)
{
    _cleanup_message_ Runtime__V1__Empty *response = NULL;
    Runtime__V1__ImageSpec spec = RUNTIME__V1__IMAGE_SPEC__INIT;
    Runtime__V1__ImageRequest request = RUNTIME__V1__IMAGE_REQUEST__INIT;
    spec.image = convert_text(image);
    request.image = &spec;
    enum keelson_status status = cri_call(instance, call, CRI_LONG, CRI_IMAGES "RemoveImage", &request.base,
                                          &runtime__v1__empty__descriptor, &response);
    return status == KEELSON_NOT_FOUND ? KEELSON_OK : status;
}

enum keelson_status cri_image_usage(void *instance, const struct keelson_call *call, uint64_t *ret_used_bytes,
                                    uint64_t *ret_used_inodes, const struct keelson_text_sink *folder)
{
    _cleanup_message_ Runtime__V1__ImageFsInfoResponse *response = NULL;
    Runtime__V1__Empty request = RUNTIME__V1__EMPTY__INIT;
    enum keelson_status status = cri_call(instance, call, CRI_QUICK, CRI_IMAGES "ImageFsInfo", &request.base,
                                          &runtime__v1__image_fs_info_response__descriptor, &response);
    if (status != KEELSON_OK)
        return status;
    *ret_used_bytes = *ret_used_inodes = 0;
    for (size_t i = 0; i < response->n_image_filesystems; i++) {
        const Runtime__V1__FilesystemUsage *usage = response->image_filesystems[i];
        *ret_used_bytes += usage->used_bytes ? usage->used_bytes->value : 0;
        *ret_used_inodes += usage->inodes_used ? usage->inodes_used->value : 0;
        if (i == 0 && usage->fs_id)
            folder->put(folder, 0, usage->fs_id->mountpoint, strlen(usage->fs_id->mountpoint));
    }
    return KEELSON_OK;
}
