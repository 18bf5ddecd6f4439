/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * hdbg-server's packets: framing, numbers, ids, actions, answers. Its source is part of this test.
 */
#include "../../examples/hdbg-server/packet.c"

#include <stdarg.h>
#include <setjmp.h>
#include <cmocka.h>

static struct packet_reader gReader;

static int fresh_reader(void **state)
{
    (void)state;
    packet_reader_reset(&gReader);
    return 0;
}

/* Feeds a text byte by byte, as a slow line would; what the last byte completes. */
static enum packet_kind feed(const char *text)
{
    enum packet_kind kind = PACKET_NONE;
    size_t used;
    for (; *text != '\0'; text++) {
        kind = packet_feed(&gReader, text, 1, &used);
        assert_int_equal(used, 1);
        assert_true(kind == PACKET_NONE || text[1] == '\0');
    }
    return kind;
}

static struct cursor cursor_of(const char *text)
{
    return (struct cursor){text, text + strlen(text)};
}

/* ---- framing ---- */

static void a_packet_is_taken_with_a_right_checksum(void **state)
{
    (void)state;
    assert_int_equal(feed("$qC#b4"), PACKET_DATA);
    assert_string_equal(gReader.data, "qC");
    assert_int_equal(gReader.size, 2);
}

static void a_wrong_checksum_or_one_of_other_letters_is_damage(void **state)
{
    (void)state;
    assert_int_equal(feed("$qC#b5"), PACKET_DAMAGED);
    assert_int_equal(feed("$qC#zz"), PACKET_DAMAGED);
    assert_int_equal(feed("$qC#B4"), PACKET_DATA);
}

static void acknowledgements_and_interrupts_come_between_packets(void **state)
{
    (void)state;
    assert_int_equal(feed("+"), PACKET_ACK);
    assert_int_equal(feed("-"), PACKET_NACK);
    assert_int_equal(feed("\003"), PACKET_INTERRUPT);
    assert_int_equal(feed("noise $g#67"), PACKET_DATA);
}

static void escaped_bytes_are_content(void **state)
{
    (void)state;
    /* } $ # * as they are sent */
    assert_int_equal(feed("$X}\x5d}\x04}\x03}\x0a#ba"), PACKET_DATA);
    assert_string_equal(gReader.data, "X}$#*");
}

static void a_dollar_within_a_packet_begins_it_anew(void **state)
{
    (void)state;
    assert_int_equal(feed("$m12$g#67"), PACKET_DATA);
    assert_string_equal(gReader.data, "g");
}

static void only_one_thing_is_taken_at_once(void **state)
{
    (void)state;
    size_t used;
    assert_int_equal(packet_feed(&gReader, "+$g#67$?#3f", 11, &used), PACKET_ACK);
    assert_int_equal(used, 1);
    assert_int_equal(packet_feed(&gReader, "$g#67$?#3f", 10, &used), PACKET_DATA);
    assert_int_equal(used, 5);
    assert_string_equal(gReader.data, "g");
}

static void a_packet_of_the_largest_size_is_taken_and_one_byte_more_is_too_long(void **state)
{
    (void)state;
    size_t used;
    for (size_t more = 0; more < 2; more++) {
        size_t size = PACKET_MAX + more;
        char *text = malloc(size + 8), tail[8];
        uint8_t sum = (uint8_t)('a' * size);
        memset(text, 'a', size);
        packet_feed(&gReader, "$", 1, &used);
        assert_int_equal(packet_feed(&gReader, text, size, &used), PACKET_NONE);
        snprintf(tail, sizeof tail, "#%02x", sum);
        assert_int_equal(packet_feed(&gReader, tail, 3, &used), more ? PACKET_TOO_LONG : PACKET_DATA);
        assert_int_equal(gReader.size, PACKET_MAX);
        free(text);
    }
    assert_int_equal(feed("$g#67"), PACKET_DATA); /* and the next one is as ever */
}

static void all_bytes_survive_framing_and_unframing(void **state)
{
    (void)state;
    struct reply payload = {0}, frame = {0};
    size_t used;
    for (int i = 0; i < 256; i++)
        reply_bytes(&payload, &(uint8_t){(uint8_t)i}, 1);
    reply_frame(&frame, &payload);
    assert_int_equal(packet_feed(&gReader, frame.data, frame.size, &used), PACKET_DATA);
    assert_int_equal(used, frame.size);
    assert_int_equal(gReader.size, 256);
    assert_memory_equal(gReader.data, payload.data, 256);
    reply_free(&payload);
    reply_free(&frame);
}

static void an_empty_answer_is_an_empty_packet(void **state)
{
    (void)state;
    struct reply payload = {0}, frame = {0};
    reply_frame(&frame, &payload);
    assert_int_equal(frame.size, 4);
    assert_memory_equal(frame.data, "$#00", 4);
    reply_free(&frame);
}

/* ---- numbers and ids ---- */

static void numbers_are_hexadecimal_and_have_64_bits_at_most(void **state)
{
    (void)state;
    uint64_t value;
    struct cursor rest = cursor_of("fFffFFffffffffff,");
    assert_true(take_hex(&rest, &value));
    assert_int_equal(value, UINT64_MAX);
    assert_true(take_char(&rest, ','));
    rest = cursor_of("10000000000000000");
    assert_false(take_hex(&rest, &value));
    rest = cursor_of("x");
    assert_false(take_hex(&rest, &value));
    rest = cursor_of("");
    assert_false(take_hex(&rest, &value));
}

static void a_range_that_is_cut_off_is_none(void **state)
{
    (void)state;
    uint64_t address, length;
    struct cursor rest = cursor_of("7f00,10");
    assert_true(take_range(&rest, &address, &length));
    assert_int_equal(address, 0x7f00);
    assert_int_equal(length, 0x10);
    static const char *const kBad[] = {"7f00", "7f00,", ",10", ""};
    for (size_t i = 0; i < 4; i++) {
        rest = cursor_of(kBad[i]);
        assert_false(take_range(&rest, &address, &length));
        assert_ptr_equal(rest.at, kBad[i]);
    }
}

static void ids_name_a_thread_a_team_or_all(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int64_t team, thread;
    } kIds[] = {{"1f", ID_ANY, 0x1f}, {"0", ID_ANY, 0},  {"-1", ID_ANY, ID_ALL}, {"p2.3", 2, 3},
                {"p2.-1", 2, ID_ALL}, {"p2", 2, ID_ALL}, {"p-1", ID_ALL, ID_ALL}};
    for (size_t i = 0; i < sizeof kIds / sizeof *kIds; i++) {
        struct thread_id id;
        struct cursor rest = cursor_of(kIds[i].text);
        assert_true(take_thread(&rest, &id));
        assert_true(rest.at == rest.end);
        assert_int_equal(id.team, kIds[i].team);
        assert_int_equal(id.thread, kIds[i].thread);
    }
    static const char *const kBad[] = {"", "p", "p2.", "x", "ffffffff", "p80000000.1", "-2"};
    for (size_t i = 0; i < sizeof kBad / sizeof *kBad; i++) {
        struct thread_id id;
        struct cursor rest = cursor_of(kBad[i]);
        assert_false(take_thread(&rest, &id));
    }
}

static void bytes_are_pairs_of_digits(void **state)
{
    (void)state;
    uint8_t bytes[4];
    size_t size;
    struct cursor rest = cursor_of("00fF7a;");
    assert_true(take_hex_bytes(&rest, bytes, sizeof bytes, &size));
    assert_int_equal(size, 3);
    assert_memory_equal(bytes, "\x00\xff\x7a", 3);
    assert_int_equal(*rest.at, ';');
    static const char *const kBad[] = {"0", "001", "0g", "0011223344"};
    for (size_t i = 0; i < 4; i++) {
        rest = cursor_of(kBad[i]);
        assert_false(take_hex_bytes(&rest, bytes, sizeof bytes, &size));
    }
}

static void a_text_is_bytes_that_fit_with_no_nul_among_them(void **state)
{
    (void)state;
    char text[4];
    struct cursor rest = cursor_of("616263;");
    assert_true(take_hex_text(&rest, text, sizeof text));
    assert_string_equal(text, "abc");
    assert_int_equal(*rest.at, ';');
    rest = cursor_of("");
    assert_true(take_hex_text(&rest, text, sizeof text));
    assert_string_equal(text, "");
    static const char *const kBad[] = {"61626364", "610062", "6"};
    for (size_t i = 0; i < 3; i++) {
        rest = cursor_of(kBad[i]);
        assert_false(take_hex_text(&rest, text, sizeof text));
    }
}

static void words_end_at_a_separator_or_at_the_end(void **state)
{
    (void)state;
    struct cursor rest = cursor_of("read::x");
    struct cursor word = take_word(&rest, ':');
    assert_true(is_word(&word, "read"));
    word = take_word(&rest, ':');
    assert_true(is_word(&word, ""));
    word = take_word(&rest, ':');
    assert_true(is_word(&word, "x"));
    assert_false(is_word(&word, "xy"));
    assert_true(rest.at == rest.end);
}

/* ---- vCont ---- */

static void actions_have_signals_ranges_and_threads(void **state)
{
    (void)state;
    struct action *actions;
    size_t count;
    struct cursor rest = cursor_of(";r1000,1010:p5.6;S0b:7;t:8;c");
    assert_true(take_actions(&rest, &actions, &count));
    assert_int_equal(count, 4);
    assert_int_equal(actions[0].kind, 'r');
    assert_int_equal(actions[0].low, 0x1000);
    assert_int_equal(actions[0].high, 0x1010);
    assert_int_equal(actions[0].who.team, 5);
    assert_int_equal(actions[0].who.thread, 6);
    assert_int_equal(actions[1].kind, 's');
    assert_int_equal(actions[1].signal, 11);
    assert_int_equal(actions[1].who.thread, 7);
    assert_int_equal(actions[2].kind, 't');
    assert_int_equal(actions[3].kind, 'c');
    assert_int_equal(actions[3].signal, 0);
    assert_int_equal(actions[3].who.thread, ID_ALL);
    free(actions);
}

static void actions_that_cannot_be_understood_are_refused_whole(void **state)
{
    (void)state;
    static const char *const kBad[] = {"",     ";",   ";x",   ";c;", ";C",  ";C100", ";r1",
                                       ";r1,", ";c:", ";c:z", "c",   ";c ", ";S5;",  ";c:1;y"};
    for (size_t i = 0; i < sizeof kBad / sizeof *kBad; i++) {
        struct action *actions;
        size_t count;
        struct cursor rest = cursor_of(kBad[i]);
        assert_false(take_actions(&rest, &actions, &count));
        assert_null(actions);
        assert_int_equal(count, 0);
    }
}

/* ---- answers ---- */

static void answers_are_built_from_text_digits_and_bytes(void **state)
{
    (void)state;
    struct reply reply = {0};
    reply_text(&reply, "T%02x", 5);
    reply_hex(&reply, "\x12\xef", 2);
    reply_bytes(&reply, ";", 1);
    assert_int_equal(reply.size, 8);
    assert_memory_equal(reply.data, "T0512ef;", 8);
    reply_clear(&reply);
    assert_int_equal(reply.size, 0);
    reply_free(&reply);
}

static void names_cannot_break_out_of_xml(void **state)
{
    (void)state;
    static const char kWanted[] = "&lt;a b=&quot;?&quot;&gt;&amp;??";
    struct reply reply = {0};
    reply_xml(&reply, "<a b=\"\x01\">&\xc3\xa9");
    assert_int_equal(reply.size, strlen(kWanted));
    assert_memory_equal(reply.data, kWanted, reply.size);
    reply_free(&reply);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(a_packet_is_taken_with_a_right_checksum, fresh_reader),
        cmocka_unit_test_setup(a_wrong_checksum_or_one_of_other_letters_is_damage, fresh_reader),
        cmocka_unit_test_setup(acknowledgements_and_interrupts_come_between_packets, fresh_reader),
        cmocka_unit_test_setup(escaped_bytes_are_content, fresh_reader),
        cmocka_unit_test_setup(a_dollar_within_a_packet_begins_it_anew, fresh_reader),
        cmocka_unit_test_setup(only_one_thing_is_taken_at_once, fresh_reader),
        cmocka_unit_test_setup(a_packet_of_the_largest_size_is_taken_and_one_byte_more_is_too_long,
                               fresh_reader),
        cmocka_unit_test_setup(all_bytes_survive_framing_and_unframing, fresh_reader),
        cmocka_unit_test(an_empty_answer_is_an_empty_packet),
        cmocka_unit_test(numbers_are_hexadecimal_and_have_64_bits_at_most),
        cmocka_unit_test(a_range_that_is_cut_off_is_none),
        cmocka_unit_test(ids_name_a_thread_a_team_or_all),
        cmocka_unit_test(bytes_are_pairs_of_digits),
        cmocka_unit_test(a_text_is_bytes_that_fit_with_no_nul_among_them),
        cmocka_unit_test(words_end_at_a_separator_or_at_the_end),
        cmocka_unit_test(actions_have_signals_ranges_and_threads),
        cmocka_unit_test(actions_that_cannot_be_understood_are_refused_whole),
        cmocka_unit_test(answers_are_built_from_text_digits_and_bytes),
        cmocka_unit_test(names_cannot_break_out_of_xml),
    };
    return cmocka_run_group_tests_name("hdbg-server's packets", tests, NULL, NULL);
}
