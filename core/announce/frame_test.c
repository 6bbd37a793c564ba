/* SPDX-License-Identifier: Apache-2.0 */
/* Frames as another stack writes them are understood, broken ones are nothing, and ours are what another
 * stack reads. */
#include "core/announce/frame.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "core/base/memory.h"

static const uint8_t ours[6] = {2, 0, 0, 0, 0, 1};

/* As arping and ping make the kernel ask. */
static const char arp_request[] =
    "ffffffffffff 0200000000aa 0806 0001 0800 06 04 0001 0200000000aa 0a000002 000000000000 0a0000c8";
static const char arp_probe[] =
    "ffffffffffff 0200000000aa 0806 0001 0800 06 04 0001 0200000000aa 00000000 000000000000 0a0000c8";
static const char arp_gratuitous[] =
    "ffffffffffff 0200000000bb 0806 0001 0800 06 04 0001 0200000000bb 0a0000c8 000000000000 0a0000c8";
static const char solicitation[] =
    "3333ff0000c8 0200000000aa 86dd 60000000 0020 3a ff fd000000000000000000000000000002"
    "ff0200000000000000000001ff0000c8 87 00 7b61 00000000 fd0000000000000000000000000000c8 01 01 "
    "0200000000aa";

static size_t bytes_of(const char *text, uint8_t *out)
{
    size_t size = 0;
    for (const char *c = text; *c;) {
        unsigned byte;
        if (*c == ' ') {
            c++;
            continue;
        }
        assert_int_equal(sscanf(c, "%2x", &byte), 1);
        out[size++] = (uint8_t)byte;
        c += 2;
    }
    return size;
}

static struct frame read_text(const char *text)
{
    uint8_t bytes[256];
    struct frame f;
    frame_read(bytes, bytes_of(text, bytes), &f);
    return f;
}

static void assert_address(const struct address *a, const char *wanted)
{
    char text[ADDRESS_TEXT_MAX];
    address_format(a, text);
    assert_string_equal(text, wanted);
}

static void test_questions(void **state)
{
    static const uint8_t asker[6] = {2, 0, 0, 0, 0, 0xaa};
    static const struct {
        const char *frame, *target, *asker;
    } cases[] = {{arp_request, "10.0.0.200", "10.0.0.2"},
                 {arp_probe, "10.0.0.200", "0.0.0.0"},
                 {solicitation, "fd00::c8", "fd00::2"}};
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct frame f = read_text(cases[i].frame);
        assert_int_equal(f.kind, FRAME_QUESTION);
        assert_address(&f.target, cases[i].target);
        assert_address(&f.asker, cases[i].asker);
        assert_memory_equal(f.mac, asker, 6);
    }
    struct frame f = read_text(arp_gratuitous);
    assert_int_equal(f.kind, FRAME_CLAIM);
    assert_address(&f.target, "10.0.0.200");
}

/* Every cut and every flipped bit that matters: nothing is read beyond the end (ASan), and a broken checksum
 * is nothing. */
static void test_broken(void **state)
{
    static const char *const texts[] = {arp_request, solicitation};
    for (size_t t = 0; t < ARRAY_SIZE(texts); t++) {
        uint8_t bytes[256];
        size_t size = bytes_of(texts[t], bytes);
        for (size_t cut = 0; cut < size; cut++) {
            struct frame f;
            uint8_t *exact = xmemdup(bytes, MAX(cut, (size_t)1));
            frame_read(exact, cut, &f);
            assert_int_equal(f.kind, FRAME_NOTHING);
            free(exact);
        }
    }
    uint8_t bytes[256];
    size_t size = bytes_of(solicitation, bytes);
    for (size_t bit = 14 * 8; bit < size * 8; bit++) {
        struct frame f;
        bytes[bit / 8] ^= (uint8_t)(0x80 >> bit % 8);
        frame_read(bytes, size, &f);
        bool class_or_flow = bit >= 14 * 8 + 4 && bit < 18 * 8; /* in no checksum */
        assert_int_equal(f.kind, class_or_flow ? FRAME_QUESTION : FRAME_NOTHING);
        bytes[bit / 8] ^= (uint8_t)(0x80 >> bit % 8);
    }
}

static void test_answers(void **state)
{
    static const char *const questions[] = {arp_request, solicitation};
    for (size_t i = 0; i < ARRAY_SIZE(questions); i++) {
        uint8_t out[FRAME_MAX];
        struct frame question = read_text(questions[i]), answer;
        size_t size = frame_answer(&question, ours, out);
        assert_memory_equal(out, question.mac, 6); /* to the asker alone */
        frame_read(out, size, &answer);
        assert_int_equal(answer.kind, FRAME_CLAIM);
        assert_int_equal(address_compare(&answer.target, &question.target), 0);
        assert_memory_equal(answer.mac, ours, 6);
    }
}

static void test_announcements(void **state)
{
    static const struct {
        const char *address;
        bool as_reply;
        uint8_t to; /* the first byte of whom it goes to */
    } cases[] = {{"10.0.0.200", false, 0xff}, {"10.0.0.200", true, 0xff}, {"fd00::c8", false, 0x33}};
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        uint8_t out[FRAME_MAX];
        struct frame claim;
        struct address a;
        assert_true(address_parse(cases[i].address, strlen(cases[i].address), &a));
        size_t size = frame_announcement(&a, ours, cases[i].as_reply, out);
        frame_read(out, size, &claim);
        assert_int_equal(claim.kind, FRAME_CLAIM);
        assert_int_equal(address_compare(&claim.target, &a), 0);
        assert_memory_equal(claim.mac, ours, 6);
        assert_int_equal(out[0], cases[i].to);
    }
}

/* Who has no address yet cannot be answered alone. */
static void test_answer_to_nobody(void **state)
{
    uint8_t out[FRAME_MAX], group[16];
    static const uint8_t wanted[16] = {0xff, 2, [11] = 1, [12] = 0xff, [15] = 0xc8};
    struct frame question = read_text(solicitation);
    memset(question.asker.raw, 0, 16);
    frame_answer(&question, ours, out);
    assert_int_equal(out[0], 0x33);
    frame_solicited_node(&question.target, group);
    assert_memory_equal(group, wanted, 16);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_questions),        cmocka_unit_test(test_broken),
        cmocka_unit_test(test_answers),          cmocka_unit_test(test_announcements),
        cmocka_unit_test(test_answer_to_nobody),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
