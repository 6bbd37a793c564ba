/* SPDX-License-Identifier: Apache-2.0 */
/* Loading: the `plugins` list with its messages, where files are looked for and whose they must be, instances
 * that share a file, the order in which they go, and word of changes. */
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "core/base/file.h"
#include "core/base/log.h"
#include "core/base/memory.h"
#include "core/plugin/test-host.h"

/* Writes text with every $F replaced by the plugin's file; the path is the caller's to free. */
static char *write_config(const char *text)
{
    _cleanup_free_ char *file = test_plugin_file("test-parallel");
    struct buffer out = BUFFER_INIT;
    for (const char *p = text; *p; p++) {
        if (p[0] == '$' && p[1] == 'F') {
            buffer_append_str(&out, file);
            p++;
        } else {
            buffer_append_char(&out, *p);
        }
    }
    char *path = xasprintf("%s/k.conf", test_folder());
    assert_int_equal(file_write(path, (struct slice){out.data, out.size}, NULL), 0);
    buffer_done(&out);
    return path;
}

static const struct {
    const char *text;
    int result; /* how many were loaded; -1: a message */
    const char *message;
} config_cases[] = {
    {"other = 1;", 0, NULL},
    {"plugins = ();", 0, NULL},
    {"plugins = ( { name = \"a\"; file = \"$F\"; } );", 1, NULL},
    {"plugins = ( { name = \"a\"; file = \"$F\"; config = { }; },\n { name = \"b\"; file = \"$F\"; kind = "
     "\"cloud\"; "
     "} );",
     2, NULL},
    {"plugins = ( { name = \"s\"; file = \"none.so\"; kind = \"store\"; },\n { name = \"b\"; file = \"$F\"; "
     "} );",
     1, NULL},
    {"plugins = (", -1, "k.conf:1: syntax error"},
    {"\nplugins = 5;", -1, "k.conf:2: plugins is not a list"},
    {"plugins = (\n\n 7 );", -1, "k.conf:3: a plugin needs file"},
    {"plugins = (\n { name = \"a\"; } );", -1, "k.conf:2: a plugin needs file"},
    {"plugins = (\n { file = \"x.so\"; } );", -1, "k.conf:2: plugin x.so needs name"},
    {"plugins = (\n { name = \"../x\"; file = \"$F\"; } );", -1,
     "k.conf:2: \"../x\" is no name for a plugin"},
    {"plugins = (\n { name = \"\"; file = \"$F\"; } );", -1, "k.conf:2: \"\" is no name for a plugin"},
    {"plugins = (\n { name = \"a\"; file = \"x.so\"; kind = \"clouds\"; } );", -1,
     "k.conf:2: kind is none of \"cloud\","},
    {"plugins = (\n { name = \"a\"; file = \"x.so\"; kind = 1; } );", -1, "k.conf:2: kind is none of"},
    {"plugins = (\n { name = \"a\"; file = \"x.so\"; config = 5; } );", -1,
     "k.conf:2: plugin a: config is not a group"},
    {"plugins = (\n { name = \"a\"; file = \"/nowhere/x.so\"; } );", -1, "k.conf:2: /nowhere/x.so"},
    {"plugins = ( { name = \"a\"; file = \"$F\"; },\n { name = \"a\"; file = \"$F\"; } );", -1,
     "k.conf:2: two plugins are called \"a\""},
    {"plugins = (\n { name = \"a\"; file = \"$F\";\n   config = {\n     # why\n\n     refuse = \"no, "
     "thanks\";\n } } );",
     -1, "k.conf:6: no, thanks"},
    {"plugins = (\n { name = \"a\"; file = \"$F\";\n   config = {\n     list = ( 1,\n  2 );\n     refuse = "
     "5;\n } } );",
     -1, "k.conf:6: setting \"refuse\" is not a string"},
};

static void test_config_files(void **state)
{
    for (size_t n = 0; n < ARRAY_SIZE(config_cases); n++) {
        _cleanup_(error_done) struct error err = ERROR_INIT;
        _cleanup_free_ char *path = write_config(config_cases[n].text);
        unsigned count = 77;
        test_setup(state);
        int result = plugin_host_load_config(*state, path, KEELSON_KIND_CLOUD, &count, &err);
        if (config_cases[n].result < 0) {
            if (result == 0 || !strstr(err.message, config_cases[n].message))
                fail_msg("%s: said \"%s\"", config_cases[n].text, result ? err.message : "");
            assert_int_equal(count, 77);
        } else {
            if (result < 0)
                fail_msg("%s: %s", config_cases[n].text, err.message);
            assert_int_equal(count, config_cases[n].result);
            assert_int_equal(plugin_host_count(*state), count);
        }
        plugin_host_free(*state);
    }
    *state = NULL;
}

static void test_no_config_file(void **state)
{
    _cleanup_(error_done) struct error err = ERROR_INIT;
    unsigned count;
    assert_int_equal(plugin_host_load_config(*state, "/nowhere/k.conf", KEELSON_KIND_CLOUD, &count, &err),
                     -1);
    assert_int_equal(err.code, ERR_NOT_FOUND);
    assert_non_null(strstr(err.message, "/nowhere/k.conf"));
}

/* What a plugin reads is what the file said, whatever characters it holds. */
static const char texts[] =
    "plugins = ( { name = \"a\"; file = \"$F\"; config = {\n"
    " text = \"quote \\\" back \\\\ tab \\t line \\n e\xcc\x81\"; big = 9000000000L;\n"
    " ratio = 0.1; yes = false; deep = { list = ( { a = 1; }, [ 1, 2 ], \"x\" ); }; }; } );";

static enum keelson_status read_texts(void *handle, const struct keelson_call *call, void *arguments)
{
    const struct keelson_host *h = arguments;
    const struct keelson_config *all = ((struct test_account *)handle)->config;
    const char *text = NULL;
    int64_t number = 0;
    int yes = 1;
    assert_int_equal(h->config_string(call, all, "text", &text), KEELSON_OK);
    assert_string_equal(text, "quote \" back \\ tab \t line \n e\xcc\x81");
    assert_int_equal(h->config_integer(call, all, "big", &number), KEELSON_OK);
    assert_true(number == 9000000000);
    assert_int_equal(h->config_boolean(call, all, "yes", &yes), KEELSON_OK);
    assert_int_equal(yes, 0);
    assert_int_equal(h->config_integer(call, all, "deep.list.[0].a", &number), KEELSON_OK);
    assert_int_equal(number, 1);
    assert_int_equal(h->config_integer(call, all, "deep.list.[1].[1]", &number), KEELSON_OK);
    assert_int_equal(number, 2);
    return h->config_string(call, all, "deep.list.[2]", &text);
}

static void test_config_is_kept(void **state)
{
    _cleanup_(error_done) struct error err = ERROR_INIT;
    _cleanup_free_ char *path = write_config(texts);
    unsigned count = 0;
    if (plugin_host_load_config(*state, path, KEELSON_KIND_CLOUD, &count, &err) < 0)
        fail_msg("%s", err.message);
    assert_int_equal(unlink(path), 0); /* nobody needs the file any more */
    struct plugin_instance *i = plugin_host_instance(*state, 0);
    assert_int_equal(test_call(i, read_texts, (void *)test_table(i), NULL), 0);
    assert_null(plugin_host_instance(*state, 1));
}

/* ---- Files ---- */

static struct plugin_host *host_new(const char *plugin_dir, bool allow_unowned)
{
    return plugin_host_new(&(struct plugin_host_config){.daemon = "test",
                                                        .plugin_dir = plugin_dir,
                                                        .state_dir = test_folder(),
                                                        .allow_unowned_files = allow_unowned});
}

static int load_once(struct plugin_host *host, const char *file, struct error *err)
{
    int result = plugin_host_load(host, "x", file, NULL, KEELSON_KIND_CLOUD, NULL, err);
    plugin_host_free(host);
    return result;
}

static void test_search_path(void **state)
{
    _cleanup_(error_done) struct error err = ERROR_INIT;
    _cleanup_free_ char *file = test_plugin_file("test-parallel");
    _cleanup_free_ char *folder = xstrndup(file, (size_t)(strrchr(file, '/') - file));
    _cleanup_free_ char *list = xasprintf("/nowhere::%s:/tmp", folder);
    setenv("KEELSON_PLUGIN_PATH", list, 1);
    assert_int_equal(load_once(host_new(NULL, true), "test-parallel.so", NULL), 0);
    assert_int_equal(load_once(host_new(NULL, true), "no-such.so", &err), -1);
    assert_int_equal(err.code, ERR_NOT_FOUND);
    assert_non_null(strstr(err.message, "no-such.so not found in /nowhere::"));
    assert_int_equal(load_once(host_new("/nowhere", true), "test-parallel.so", NULL),
                     -1); /* said: not looked for */
    unsetenv("KEELSON_PLUGIN_PATH");
    assert_int_equal(load_once(host_new(folder, true), "test-parallel.so", NULL), 0);
    assert_int_equal(load_once(host_new(folder, true), "./test-parallel.so", NULL),
                     -1); /* a path is a path */
}

static void copy_plugin(const char *to)
{
    _cleanup_free_ char *from = test_plugin_file("test-parallel");
    struct buffer data = BUFFER_INIT;
    assert_int_equal(file_read(from, 64 << 20, &data, NULL), 0);
    assert_int_equal(file_write(to, (struct slice){data.data, data.size}, NULL), 0);
    buffer_done(&data);
}

/* Needs root, since it gives files away. */
static void test_ownership(void **state)
{
    static const struct {
        mode_t folder, file;
        uid_t folder_owner, file_owner;
        bool through_link;
        const char *message; /* NULL: taken */
    } cases[] = {
        {0755, 0644, 0, 0, false, NULL},
        {0755, 0444, 0, 0, true, NULL},
        {0755, 0644, 0, 1, false, "p.so: belongs to user 1, not to root"},
        {0755, 0664, 0, 0, false, "p.so: others than root may write to it"},
        {0755, 0646, 0, 0, false, "p.so: others than root may write to it"},
        {0775, 0644, 0, 0, false, "own: others than root may write to it"},
        {0755, 0644, 1, 0, false, "own: belongs to user 1, not to root"},
        {0755, 0664, 0, 0, true, "p.so: others than root may write to it"},
        {0775, 0644, 0, 0, true, "own: others than root may write to it"},
    };
    if (geteuid() != 0)
        skip();
    _cleanup_free_ char *folder = xasprintf("%s/own", test_folder());
    _cleanup_free_ char *file = xasprintf("%s/p.so", folder);
    _cleanup_free_ char *link = xasprintf("%s/link.so", test_folder());
    assert_int_equal(mkdir(folder, 0700), 0);
    copy_plugin(file);
    assert_int_equal(symlink(file, link), 0);
    for (size_t n = 0; n < ARRAY_SIZE(cases); n++) {
        _cleanup_(error_done) struct error err = ERROR_INIT;
        assert_int_equal(chown(folder, cases[n].folder_owner, 0), 0);
        assert_int_equal(chmod(folder, cases[n].folder), 0);
        assert_int_equal(chown(file, cases[n].file_owner, 0), 0);
        assert_int_equal(chmod(file, cases[n].file), 0);
        int result = load_once(host_new(NULL, false), cases[n].through_link ? link : file, &err);
        if ((result == 0) != !cases[n].message || (result < 0 && !strstr(err.message, cases[n].message)))
            fail_msg("case %zu: %s", n, result < 0 ? err.message : "was taken");
        assert_int_equal(load_once(host_new(NULL, true), file, NULL), 0);
    }
}

static void test_not_a_plugin(void **state)
{
    static const struct {
        const char *file, *message;
        enum keelson_kind kind;
    } cases[] = {
        {"/etc/passwd", "/etc/passwd: not an ELF shared object", KEELSON_KIND_CLOUD},
        {"/nowhere.so", "/nowhere.so", KEELSON_KIND_CLOUD},
        {"/proc/self/exe", "/proc/self/exe: ", KEELSON_KIND_CLOUD},
        {NULL, "a cloud plugin, but a store plugin is needed here", KEELSON_KIND_STORE},
    };
    for (size_t n = 0; n < ARRAY_SIZE(cases); n++) {
        _cleanup_(error_done) struct error err = ERROR_INIT;
        _cleanup_free_ char *file = cases[n].file ? xstrdup(cases[n].file) : test_plugin_file("test-serial");
        assert_int_equal(plugin_host_load(*state, "x", file, NULL, cases[n].kind, NULL, &err), -1);
        assert_non_null(strstr(err.message, cases[n].message));
    }
    assert_int_equal(plugin_host_count(*state), 0);
}

static void test_bad_text(void **state)
{
    _cleanup_(error_done) struct error err = ERROR_INIT;
    _cleanup_free_ char *file = test_plugin_file("test-serial");
    assert_int_equal(plugin_host_load(*state, "x", file, "a = 1;\nb = ;", KEELSON_KIND_CLOUD, NULL, &err),
                     -1);
    assert_int_equal(err.code, ERR_BAD_REQUEST);
    assert_non_null(strstr(err.message, "plugin x: configuration line 2"));
}

/* ---- Instances ---- */

static char *read_journal(const char *path)
{
    struct buffer text = BUFFER_INIT;
    assert_int_equal(file_read(path, 4096, &text, NULL), 0);
    buffer_append_char(&text, '\0');
    unlink(path);
    return text.data;
}

static void test_order_of_unloading(void **state)
{
    _cleanup_free_ char *journal = xasprintf("%s/journal", test_folder());
    _cleanup_free_ char *config = xasprintf("journal = \"%s\";", journal);
    _cleanup_free_ char *refused = xasprintf("journal = \"%s\"; refuse = \"no\";", journal);
    _cleanup_free_ char *file = test_plugin_file("test-serial");
    struct plugin_instance *a = test_load(*state, "a", "test-serial", config);
    struct plugin_instance *b = test_load(*state, "b", "test-parallel", config);
    struct plugin_instance *c = test_load(*state, "c", "test-serial", config);
    assert_int_equal(plugin_host_load(*state, "d", file, refused, KEELSON_KIND_CLOUD, NULL, NULL), -1);
    assert_ptr_not_equal(plugin_instance_handle(a), plugin_instance_handle(c));
    assert_ptr_equal(plugin_host_find(*state, "b"), b);
    assert_ptr_equal(plugin_host_instance(*state, 2), c);
    assert_null(plugin_host_find(*state, "d"));
    assert_string_equal(plugin_instance_name(c), "c");
    assert_string_equal(plugin_instance_note(c)->name, "test-serial");
    plugin_host_free(*state);
    *state = NULL;
    _cleanup_free_ char *said = read_journal(journal);
    assert_string_equal(said, "open a\nopen b\nopen c\nclose c\nclose b\nunload test-parallel\nclose a\n"
                              "unload test-serial\n");
}

/* It comes back long after everybody has gone on: into a file that is still there. */
static void test_open_hangs(void **state)
{
    _cleanup_(error_done) struct error err = ERROR_INIT;
    int pipe_fds[2], journal_fd = -1;
    assert_int_equal(pipe(pipe_fds), 0);
    _cleanup_free_ char *journal = xasprintf("%s/journal", test_folder());
    _cleanup_free_ char *file = test_plugin_file("test-parallel");
    _cleanup_free_ char *config = xasprintf("journal = \"%s\"; hang = %d;", journal, pipe_fds[0]);
    struct plugin_host *host = plugin_host_new(&(struct plugin_host_config){
        .daemon = "test", .state_dir = test_folder(), .allow_unowned_files = true, .open_timeout_ms = 1});
    assert_int_equal(plugin_host_load(host, "x", file, config, KEELSON_KIND_CLOUD, NULL, &err), -1);
    assert_int_equal(err.code, ERR_TIMEOUT);
    assert_string_equal(err.message, "plugin x: open did not come back in time");
    assert_int_equal(plugin_host_count(host), 0);
    plugin_host_free(host);
    assert_int_equal(write(pipe_fds[1], "x", 1), 1);
    while ((journal_fd = open(journal, O_RDONLY | O_CLOEXEC)) < 0)
        usleep(1000);
    close(journal_fd);
    unlink(journal);
    close(pipe_fds[1]);
    close(pipe_fds[0]);
}

static void test_interfaces(void **state)
{
    struct plugin_instance *i = test_load(*state, "x", "test-serial", NULL);
    assert_non_null(plugin_instance_interface(i, TEST_WINDOW));
    assert_null(plugin_instance_interface(i, "keelson.none/1"));
}

static void test_state_dir(void **state)
{
    struct stat st;
    _cleanup_free_ char *path = xasprintf("%s/plugins/keeper", test_folder());
    test_load(*state, "keeper", "test-serial", NULL);
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_mode & 07777, 0700);
}

/* ---- Configuration that changes ---- */

static void reload(struct plugin_host *host, const char *text, const char *message)
{
    _cleanup_(error_done) struct error err = ERROR_INIT;
    _cleanup_free_ char *path = write_config(text);
    int result = plugin_host_reload_config(host, path, KEELSON_KIND_CLOUD, &err);
    if ((result == 0) != !message || (message && !strstr(err.message, message)))
        fail_msg("said \"%s\"", result < 0 ? err.message : "");
}

static enum keelson_status read_word(void *handle, const struct keelson_call *call, void *arguments)
{
    const struct test_account *account = handle;
    const char **ret = arguments;
    const struct keelson_host *h =
        test_table(plugin_host_find(*(struct plugin_host **)ret[1], account->name));
    return h->config_string(call, account->config, "word", ret);
}

/* Only what changed is told, what fails leaves things as they were, and former texts stay valid. */
static void test_reload(void **state)
{
    _cleanup_free_ char *journal = xasprintf("%s/journal", test_folder());
    _cleanup_free_ char *head = xasprintf("plugins = ( { name = \"a\"; file = \"$F\"; config = { journal = "
                                          "\"%s\"; word = \"one\"; }; },\n { name = \"b\"; file = \"$F\"; ",
                                          journal);
    _cleanup_free_ char *first = xasprintf("%sconfig = { word = \"one\"; }; } );", head);
    _cleanup_free_ char *second =
        xasprintf("%sconfig = { word = \"two\"; }; }, { name = \"c\"; file = \"$F\"; } );", head);
    _cleanup_free_ char *third = xasprintf("%sconfig = {\n\nrefuse = \"no\"; }; } );", head);
    _cleanup_free_ char *path = write_config(first);
    unsigned count = 0;
    assert_int_equal(plugin_host_load_config(*state, path, KEELSON_KIND_CLOUD, &count, NULL), 0);
    const char *told[2] = {NULL, (const char *)state}, *former;
    struct plugin_instance *b = plugin_host_find(*state, "b");
    assert_int_equal(test_call(b, read_word, told, NULL), 0);
    former = told[0];
    reload(*state, first, NULL);
    reload(*state, second, NULL);
    reload(*state, second, NULL);
    reload(*state, third, "k.conf:4: no");
    reload(*state, "plugins = (", "k.conf:1: syntax error");
    assert_int_equal(test_call(b, read_word, told, NULL), 0);
    assert_string_equal(told[0], "two");
    assert_string_equal(former, "one");
    assert_int_equal(plugin_host_count(*state), 2);
    _cleanup_free_ char *said = read_journal(journal);
    assert_string_equal(said, "open a\nopen b\nreconfigure b\n");
}

/* What a plugin gave no answer to it is given again, though the file be the same. */
static void test_reload_again(void **state)
{
    _cleanup_free_ char *journal = xasprintf("%s/again", test_folder());
    _cleanup_free_ char *head = xasprintf("plugins = ( { name = \"a\"; file = \"$F\"; config = { journal = "
                                          "\"%s\"; ",
                                          journal);
    _cleanup_free_ char *first = xasprintf("%s}; } );", head);
    _cleanup_free_ char *second = xasprintf("%sbusy = 2; }; } );", head);
    _cleanup_free_ char *path = write_config(first);
    assert_int_equal(plugin_host_load_config(*state, path, KEELSON_KIND_CLOUD, NULL, NULL), 0);
    reload(*state, second, "it goes on as it was: plugin a: reconfigure: busy");
    reload(*state, second, "it goes on as it was: plugin a: reconfigure: busy");
    reload(*state, second, NULL);
    reload(*state, second, NULL);
    _cleanup_free_ char *said = read_journal(journal);
    assert_string_equal(said, "open a\nreconfigure a\n");
}

/* What waits for the next start is said. */
static void test_reload_tells(void **state)
{
    _cleanup_free_ char *path = write_config("plugins = ( { name = \"a\"; file = \"$F\"; },\n"
                                             "{ name = \"b\"; file = \"$F\"; } );");
    _cleanup_free_ char *log = xasprintf("%s/log", test_folder());
    struct buffer said = BUFFER_INIT;
    assert_int_equal(plugin_host_load_config(*state, path, KEELSON_KIND_CLOUD, NULL, NULL), 0);
    int fd = open(log, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    assert_true(fd >= 0);
    log_to(fd);
    reload(*state, "plugins = ( { name = \"a\"; file = \"$F\"; },\n { name = \"c\"; file = \"$F\"; } );",
           NULL);
    log_to(STDERR_FILENO);
    close(fd);
    assert_int_equal(file_read(log, 65536, &said, NULL), 0);
    buffer_append_char(&said, '\0');
    assert_non_null(strstr(said.data, "k.conf:2: plugin c is new; it is loaded at the next start"));
    assert_non_null(
        strstr(said.data, "k.conf: plugin b is not listed any more; it is unloaded at the next start"));
    assert_null(strstr(said.data, "plugin a"));
    buffer_done(&said);
}

/* ---- Word of changes ---- */

struct listener {
    pthread_mutex_t lock; /* below */
    pthread_cond_t changed;
    unsigned told;
    bool may_return;
    char what[32];
};

static void listen_changed(void *context, struct plugin_instance *instance, const char *what)
{
    struct listener *l = context;
    pthread_mutex_lock(&l->lock);
    l->told++;
    snprintf(l->what, sizeof(l->what), "%s %s", plugin_instance_name(instance), what);
    pthread_cond_broadcast(&l->changed);
    while (!l->may_return)
        pthread_cond_wait(&l->changed, &l->lock);
    pthread_mutex_unlock(&l->lock);
}

static void await_told(struct listener *l, unsigned told)
{
    pthread_mutex_lock(&l->lock);
    while (l->told < told)
        pthread_cond_wait(&l->changed, &l->lock);
    pthread_mutex_unlock(&l->lock);
}

static void let_return(struct listener *l)
{
    pthread_mutex_lock(&l->lock);
    l->may_return = true;
    pthread_cond_broadcast(&l->changed);
    pthread_mutex_unlock(&l->lock);
}

/* While the daemon is busy with the first, the others become one, with the last text. */
static void test_changes_are_merged(void **state)
{
    struct listener l = {.lock = PTHREAD_MUTEX_INITIALIZER, .changed = PTHREAD_COND_INITIALIZER};
    struct plugin_host *host = plugin_host_new(&(struct plugin_host_config){.daemon = "test",
                                                                            .state_dir = test_folder(),
                                                                            .allow_unowned_files = true,
                                                                            .changed = listen_changed,
                                                                            .context = &l});
    struct plugin_instance *i = test_load(host, "x", "test-parallel", "changed = \"in open\";");
    const struct keelson_host *h = test_table(i);
    void *token = ((struct test_account *)plugin_instance_handle(i))->token;
    await_told(&l, 1);
    assert_string_equal(l.what, "x in open");
    for (int n = 0; n < 1000; n++)
        h->changed(token, "storm");
    h->changed(token, NULL);
    h->changed(token, "last");
    let_return(&l);
    await_told(&l, 2);
    assert_string_equal(l.what, "x last");
    h->changed(NULL, "nobody");
    h->changed(token, "just before the end");
    plugin_host_free(host);
    assert_in_range(l.told, 2, 3);
}

/* open() told of a change and failed: the notice must not find the instance gone. */
static void test_change_of_refused(void **state)
{
    struct listener l = {
        .lock = PTHREAD_MUTEX_INITIALIZER, .changed = PTHREAD_COND_INITIALIZER, .may_return = true};
    struct plugin_host *host = plugin_host_new(&(struct plugin_host_config){.daemon = "test",
                                                                            .state_dir = test_folder(),
                                                                            .allow_unowned_files = true,
                                                                            .changed = listen_changed,
                                                                            .context = &l});
    _cleanup_free_ char *file = test_plugin_file("test-parallel");
    for (int n = 0; n < 20; n++)
        assert_int_equal(plugin_host_load(host, "x", file, "changed = \"c\"; refuse = \"no\";",
                                          KEELSON_KIND_CLOUD, NULL, NULL),
                         -1);
    plugin_host_free(host);
    assert_true(l.told <= 20);
}

/* Who watches the file need not be told that an answer is due. */
static void test_watch_again(void **state)
{
    struct listener l = {
        .lock = PTHREAD_MUTEX_INITIALIZER, .changed = PTHREAD_COND_INITIALIZER, .may_return = true};
    struct plugin_host *host = plugin_host_new(&(struct plugin_host_config){.daemon = "test",
                                                                            .state_dir = test_folder(),
                                                                            .allow_unowned_files = true,
                                                                            .changed = listen_changed,
                                                                            .context = &l});
    _cleanup_free_ char *path = write_config("plugins = ( { name = \"a\"; file = \"$F\"; } );");
    assert_int_equal(plugin_host_load_config(host, path, KEELSON_KIND_CLOUD, NULL, NULL), 0);
    assert_int_equal(plugin_host_watch_config(host, path, KEELSON_KIND_CLOUD, NULL), 0);
    free(write_config("plugins = ( { name = \"a\"; file = \"$F\"; config = { busy = 1; }; } );"));
    await_told(&l, 1);
    assert_string_equal(l.what, "a configuration");
    plugin_host_free(host);
}

int main(void)
{
#define CASE(name) cmocka_unit_test_setup_teardown(name, test_setup, test_teardown)
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_config_files),
        CASE(test_no_config_file),
        CASE(test_config_is_kept),
        cmocka_unit_test(test_search_path),
        cmocka_unit_test(test_ownership),
        CASE(test_not_a_plugin),
        CASE(test_bad_text),
        CASE(test_order_of_unloading),
        CASE(test_interfaces),
        cmocka_unit_test(test_open_hangs),
        CASE(test_state_dir),
        CASE(test_reload),
        CASE(test_reload_again),
        CASE(test_reload_tells),
        cmocka_unit_test(test_watch_again),
        cmocka_unit_test(test_changes_are_merged),
        cmocka_unit_test(test_change_of_refused),
    };
    return cmocka_run_group_tests(tests, test_group_start, test_group_end);
}
