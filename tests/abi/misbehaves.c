/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A cloud that breaks the one promise that its setting `does` names: a row of the table below, with what it
 * does in open(), in healthy() and in close(). Everything else it keeps. Further settings: release = a
 * descriptor, what hangs goes on when it can be read; seconds = how long it hangs without one.
 */
#include <fcntl.h>
#include <keelson/cloud.h>
#include <locale.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#ifndef THREADING
#define THREADING KEELSON_THREADS_PARALLEL
#endif

KEELSON_PLUGIN(KEELSON_KIND_CLOUD, "misbehaves", "1.0");

static const struct keelson_host
    *_Atomic host; /* a thread that was left behind reads it while the file is opened once more */

struct account {
    const struct misbehaviour *does;
    struct keelson_token *token;
    int64_t release_fd, seconds;
    atomic_int inside;
    pthread_t thread;
    int has_thread;
    const struct keelson_call *kept;
};
typedef enum keelson_status step(struct account *account, const struct keelson_call *call);

static void hang(const struct account *account)
{
    struct pollfd p = {.fd = (int)account->release_fd, .events = POLLIN};
    poll(&p, 1, (int)account->seconds * 1000);
}

/* ---- What a call says ---- */

static enum keelson_status is_denied(struct account *account, const struct keelson_call *call)
{
    return host->fail(call, KEELSON_DENIED, "the key was not accepted");
}

static enum keelson_status is_away(struct account *account, const struct keelson_call *call)
{
    return host->fail(call, KEELSON_UNAVAILABLE, "no route to the backend");
}

static enum keelson_status says_unknown_code(struct account *account, const struct keelson_call *call)
{
    return (enum keelson_status)4242;
}

static enum keelson_status says_a_megabyte(struct account *account, const struct keelson_call *call)
{
    char *text = malloc(1 << 20);
    memset(text, 'x', (1 << 20) - 1);
    text[(1 << 20) - 1] = '\0';
    host->log(call, KEELSON_LOG_WARNING, "%s", text);
    host->log_from(account->token, KEELSON_LOG_WARNING, "%s", text);
    host->event(call, KEELSON_LOG_WARNING, text, "%s", text);
    host->metric_set(account->token, "long", text, 1);
    host->changed(account->token, text);
    enum keelson_status status = host->fail(call, KEELSON_FAILED, "%s", text);
    free(text);
    return status;
}

static enum keelson_status says_garbage(struct account *account, const struct keelson_call *call)
{
    host->event(call, KEELSON_LOG_INFO, "not one word", "\xff\x1b[2J");
    host->metric_set(account->token, "garbage", "\xc3(\n\"", 1);
    return host->fail(call, KEELSON_FAILED, "%s",
                      "a\xff"
                      "b\xc3\xa4\nc\x1b[2J\xe2\x82");
}

static enum keelson_status says_nothing(struct account *account, const struct keelson_call *call)
{
    const char *volatile nothing = NULL;
    const char *none = nothing;
    host->metric_add(account->token, none, none, 1);
    host->metric_add(NULL, "x", none, 1);
    host->changed(account->token, none);
    host->changed(NULL, none);
    host->event(call, (enum keelson_level)99, none, "%s", "");
    host->log(NULL, (enum keelson_level)99, "%s", "");
    host->log_from(NULL, KEELSON_LOG_DEBUG, "%s", "");
    host->config_refuse_unknown(call, NULL, NULL);
    host->config_where(NULL, none);
    host->retry_after(NULL, 1);
    return host->fail(call, KEELSON_FAILED, "%s", "");
}

static enum keelson_status asks_for_weeks(struct account *account, const struct keelson_call *call)
{
    host->retry_after(call, UINT32_MAX);
    return host->fail(call, KEELSON_THROTTLED, "come back next month");
}

static enum keelson_status calls_itself(struct account *account, const struct keelson_call *call)
{
    if (atomic_fetch_add(&account->inside, 1) < 50)
        calls_itself(account, call);
    if (atomic_fetch_sub(&account->inside, 1) > 1)
        return host->fail(call, KEELSON_FAILED, "an inner call");
    return host->cancelled(call) ? KEELSON_CANCELLED : KEELSON_OK;
}

/* ---- Time and threads ---- */

static enum keelson_status hangs(struct account *account, const struct keelson_call *call)
{
    hang(account);
    return KEELSON_OK;
}

static enum keelson_status counts_callers(struct account *account, const struct keelson_call *call)
{
    struct timespec pause = {.tv_nsec = 2000000};
    if (atomic_fetch_add(&account->inside, 1) > 0)
        return host->fail(call, KEELSON_FAILED, "two at once");
    nanosleep(&pause, NULL);
    atomic_fetch_sub(&account->inside, 1);
    return KEELSON_OK;
}

static void use_host(struct account *account)
{
    host->log(account->kept, KEELSON_LOG_WARNING, "from a thread, after the call");
    host->fail(account->kept, KEELSON_FAILED, "nobody is listening");
    host->event(account->kept, KEELSON_LOG_INFO, "Late", "nobody is listening");
    host->retry_after(account->kept, 1000);
    host->cancelled(account->kept);
    for (int i = 0; i < 1000; i++)
        host->changed(account->token, "storm");
    host->metric_add(account->token, "late_total", NULL, 1);
    host->log_from(account->token, KEELSON_LOG_INFO, "from a thread");
}

static void *call_back(void *argument)
{
    struct timespec pause = {.tv_nsec = 50000000};
    nanosleep(&pause, NULL);
    use_host(argument);
    return NULL;
}

static enum keelson_status starts_thread(struct account *account, const struct keelson_call *call)
{
    account->kept = call;
    if (!account->has_thread)
        account->has_thread = pthread_create(&account->thread, NULL, call_back, account) == 0;
    return KEELSON_OK;
}

static enum keelson_status joins_thread(struct account *account, const struct keelson_call *call)
{
    if (account->has_thread)
        pthread_join(account->thread, NULL);
    return KEELSON_OK;
}

static int raced;

static void *count_up(void *argument)
{
    for (int i = 0; i < 10000; i++)
        raced++;
    return NULL;
}

static enum keelson_status races(struct account *account, const struct keelson_call *call)
{
    pthread_t threads[2];
    for (size_t i = 0; i < 2; i++)
        if (pthread_create(&threads[i], NULL, count_up, NULL) != 0)
            return KEELSON_FAILED;
    for (size_t i = 0; i < 2; i++)
        pthread_join(threads[i], NULL);
    return KEELSON_OK;
}

/* Uses the token of an account that is gone; the thread's own memory stays. */
static void *outlive(void *argument)
{
    struct account *own = argument;
    hang(own);
    use_host(own);
    free(own);
    return NULL;
}

static enum keelson_status forgets_thread(struct account *account, const struct keelson_call *call)
{
    pthread_t thread;
    struct account *own = calloc(1, sizeof(*own));
    *own = (struct account){
        .token = account->token, .release_fd = account->release_fd, .seconds = account->seconds};
    if (pthread_create(&thread, NULL, outlive, own) == 0)
        pthread_detach(thread);
    return KEELSON_OK;
}

/* ---- The process ---- */

static void on_signal(int number)
{
}

static enum keelson_status takes_signal(struct account *account, const struct keelson_call *call)
{
    signal(SIGWINCH, on_signal);
    return KEELSON_OK;
}

static enum keelson_status unblocks_signals(struct account *account, const struct keelson_call *call)
{
    sigset_t none;
    sigemptyset(&none);
    pthread_sigmask(SIG_SETMASK, &none, NULL);
    return KEELSON_OK;
}

static enum keelson_status changes_umask(struct account *account, const struct keelson_call *call)
{
    umask(0777);
    return KEELSON_OK;
}

static enum keelson_status changes_folder(struct account *account, const struct keelson_call *call)
{
    return chdir("/") == 0 ? KEELSON_OK : KEELSON_FAILED;
}

static enum keelson_status changes_locale(struct account *account, const struct keelson_call *call)
{
    return setlocale(LC_ALL, "C.UTF-8") ? KEELSON_OK : KEELSON_FAILED;
}

static enum keelson_status changes_environment(struct account *account, const struct keelson_call *call)
{
    setenv("MISBEHAVES", "1", 1);
    return KEELSON_OK;
}

static enum keelson_status prints(struct account *account, const struct keelson_call *call)
{
    puts("I am here");
    fflush(stdout);
    return KEELSON_OK;
}

static enum keelson_status leaks_descriptor(struct account *account, const struct keelson_call *call)
{
    return open("/dev/null", O_RDONLY | O_CLOEXEC) >= 0 ? KEELSON_OK : KEELSON_FAILED;
}

static enum keelson_status opens_inheritable(struct account *account, const struct keelson_call *call)
{
    account->release_fd = open("/dev/null", O_RDONLY);
    return account->release_fd >= 0 ? KEELSON_OK : KEELSON_FAILED;
}

static enum keelson_status closes_inheritable(struct account *account, const struct keelson_call *call)
{
    close((int)account->release_fd);
    return KEELSON_OK;
}

static enum keelson_status crashes(struct account *account, const struct keelson_call *call)
{
    __builtin_trap();
}

static enum keelson_status exits(struct account *account, const struct keelson_call *call)
{
    exit(0);
}

static enum keelson_status aborts(struct account *account, const struct keelson_call *call)
{
    abort();
}

/* As deep as it is told, and no stack is so large. */
static int dig(volatile int depth)
{
    volatile char here[4096];
    here[0] = 1;
    return depth > 0 ? dig(depth - 1) + here[0] : 0;
}

static enum keelson_status overflows_stack(struct account *account, const struct keelson_call *call)
{
    return dig(1 << 24) ? KEELSON_OK : KEELSON_FAILED;
}

/* Whatever it finds open beyond standard error: what leads to the daemon, when it is isolated. */
static enum keelson_status speaks_garbage(struct account *account, const struct keelson_call *call)
{
    static const char garbage[256] = "\x10\x00\x00\x00\x09\x00\x00\x00\xff\xff\xff\xff garbage";
    for (int fd = 3; fd < 64; fd++)
        (void)!write(fd, garbage, sizeof(garbage));
    return KEELSON_OK;
}

static enum keelson_status closes_everything(struct account *account, const struct keelson_call *call)
{
    for (int fd = 3; fd < 64; fd++)
        close(fd);
    return KEELSON_OK;
}

static const struct misbehaviour {
    const char *name;
    step *open, *healthy, *close; /* NULL: as it should */
    int writes_results;           /* although it fails */
} misbehaviours[] = {
    {"nothing", NULL, NULL, NULL, 0},
    {"fails-open", is_denied, NULL, NULL, 0},
    {"fails-open-writing-results", is_denied, NULL, NULL, 1},
    {"fails-owns-writing-results", NULL, NULL, NULL, 1},
    {"is-away", NULL, is_away, NULL, 0},
    {"says-unknown-code", NULL, says_unknown_code, NULL, 0},
    {"says-a-megabyte", NULL, says_a_megabyte, NULL, 0},
    {"says-garbage", NULL, says_garbage, NULL, 0},
    {"says-nothing", NULL, says_nothing, NULL, 0},
    {"asks-for-weeks", NULL, asks_for_weeks, NULL, 0},
    {"calls-itself", NULL, calls_itself, NULL, 0},
    {"hangs", NULL, hangs, NULL, 0},
    {"hangs-in-open", hangs, NULL, NULL, 0},
    {"hangs-in-close", NULL, NULL, hangs, 0},
    {"counts-callers", NULL, counts_callers, NULL, 0},
    {"races", NULL, races, NULL, 0},
    {"calls-back-late", NULL, starts_thread, joins_thread, 0},
    {"forgets-thread", forgets_thread, NULL, NULL, 0},
    {"takes-signal", takes_signal, NULL, NULL, 0},
    {"unblocks-signals", unblocks_signals, NULL, NULL, 0},
    {"changes-umask", changes_umask, NULL, NULL, 0},
    {"changes-folder", changes_folder, NULL, NULL, 0},
    {"changes-locale", changes_locale, NULL, NULL, 0},
    {"changes-environment", changes_environment, NULL, NULL, 0},
    {"prints", prints, NULL, NULL, 0},
    {"leaks-descriptor", leaks_descriptor, NULL, NULL, 0},
    {"opens-inheritable", opens_inheritable, NULL, closes_inheritable, 0},
    {"crashes", NULL, crashes, NULL, 0},
    {"crashes-in-open", crashes, NULL, NULL, 0},
    {"exits", exits, NULL, NULL, 0},
    {"exits-in-call", NULL, exits, NULL, 0},
    {"aborts", NULL, aborts, NULL, 0},
    {"overflows-stack", NULL, overflows_stack, NULL, 0},
    {"speaks-garbage", NULL, speaks_garbage, NULL, 0},
    {"closes-everything", NULL, closes_everything, NULL, 0},
};

static enum keelson_status open_it(const struct keelson_call *call, const struct keelson_instance *instance,
                                   void **ret)
{
    static const char *const known[] = {"does", "release", "seconds", NULL};
    const char *name = "nothing";
    enum keelson_status status = host->config_refuse_unknown(call, instance->config, known);
    if (status != KEELSON_OK)
        return status;
    struct account *account = calloc(1, sizeof(*account));
    *account = (struct account){.token = instance->token, .release_fd = -1, .seconds = 1000};
    if (host->config_string(call, instance->config, "does", &name) == KEELSON_INVALID) {
        free(account);
        return KEELSON_INVALID;
    }
    host->config_integer(call, instance->config, "release", &account->release_fd);
    host->config_integer(call, instance->config, "seconds", &account->seconds);
    for (size_t i = 0; i < sizeof(misbehaviours) / sizeof(misbehaviours[0]); i++)
        if (strcmp(misbehaviours[i].name, name) == 0)
            account->does = &misbehaviours[i];
    if (!account->does)
        status = host->fail(call, KEELSON_INVALID, "does = \"%s\" is unknown", name);
    else if (account->does->open)
        status = account->does->open(account, call);
    if (status == KEELSON_OK || (account->does && account->does->writes_results))
        *ret = account;
    if (status != KEELSON_OK)
        free(account);
    return status;
}

static void close_it(void *instance)
{
    struct account *account = instance;
    if (account->does->close)
        account->does->close(account, NULL);
    free(account);
}

static const char *scheme(void *instance)
{
    return "misbehaves";
}

static enum keelson_status owns(void *instance, const struct keelson_call *call,
                                const struct keelson_object *const *nodes, uint32_t nodes_count,
                                enum keelson_owns *ret)
{
    struct account *account = instance;
    for (uint32_t i = 0; i < nodes_count; i++)
        ret[i] = account->does->writes_results ? KEELSON_OWNS_YES : KEELSON_OWNS_NO;
    if (account->does->healthy == hangs)
        hang(account);
    return account->does->writes_results ? host->fail(call, KEELSON_FAILED, "what was written does not count")
                                         : KEELSON_OK;
}

static enum keelson_status healthy(void *instance, const struct keelson_call *call)
{
    struct account *account = instance;
    return account->does->healthy ? account->does->healthy(account, call) : KEELSON_OK;
}

static const void *interface(void *instance, const char *name)
{
    static const struct keelson_cloud_v1 cloud = {
        .size = sizeof(cloud), .scheme = scheme, .owns = owns, .healthy = healthy};
    return strcmp(name, KEELSON_CLOUD_1) == 0 ? &cloud : NULL;
}

const struct keelson_plugin *keelson_plugin_entry(const struct keelson_host *given)
{
    static const struct keelson_plugin plugin = {.size = sizeof(plugin),
                                                 .threading = THREADING,
                                                 .description = "breaks a promise",
                                                 .open = open_it,
                                                 .close = close_it,
                                                 .interface = interface};
    host = given;
    return &plugin;
}
