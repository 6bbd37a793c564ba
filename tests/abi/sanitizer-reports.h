/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a sanitizer says in a child (keelson-plugin-host) would go unseen: the child's end is expected, and
 * its output is nobody's. From begin() on children write their reports to files. take() prints, counts and
 * removes them, and so does end(), for main() to fail with. What a plugin does on purpose (a deadly signal)
 * is not counted. Main thread.
 */
#ifndef TESTS_ABI_SANITIZER_REPORTS_H
#define TESTS_ABI_SANITIZER_REPORTS_H

void sanitizer_reports_begin(void);
int sanitizer_reports_take(void);
int sanitizer_reports_end(void);

#endif
