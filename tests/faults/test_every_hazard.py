"""Every hazard of keys, orders, taps, restarts and the database, and the tests that show it.

A name is ``folder/file::test``, without ``test_`` before the file and the function.
"""

import re
from pathlib import Path

import pytest

SEEDS = "faults/order_faults::nothing_is_lost_doubled_or_misreported"
VANISHES = "faults/crash_points::a_process_that_vanishes_loses_and_doubles_nothing"
BUGS = "faults/seeded_bugs::the_oracle_objects_to_the_bug_and_to_nothing_else"

HAZARDS: dict[str, tuple[str, ...]] = {
    # The private stream.
    "executions come twice, out of order, or before the answer": (
        SEEDS,
        "unit/kraken/core/orders::any_order_of_arrival_ends_in_the_same_order",
        "unit/kraken/live/facts::any_order_any_number_of_times_tells_each_fill_once",
        "faults/found_by_seeds::a_stop_that_is_told_before_its_order_is_on_the_card_all_the_same",
    ),
    "fills are missed while the stream is away": (
        SEEDS,
        "integration/live_stream::what_happened_while_the_stream_was_away_is_told_when_it_is_back",
        "integration/live_stream::more_fills_than_a_page_are_all_found",
        "faults/hazards_of_terms::a_kill_ends_an_order_that_the_stream_never_told_of",
    ),
    "a token ends": (
        SEEDS,
        "integration/live_stream::every_connection_has_a_token_of_its_own",
        "integration/live_stream::a_token_that_has_expired_at_once_is_replaced",
    ),
    "the listener is slow": (
        "integration/live_stream::a_listener_that_is_slow_loses_nothing",
        "faults/slow_bot::a_burst_that_the_bot_cannot_keep_up_with_is_kept_whole_and_told_once",
    ),
    "all connections come back at once": (
        "integration/stream_reconnect::a_storm_of_reconnects_stays_within_the_budget",
        "faults/hazards_more::twenty_keys_whose_sockets_are_cut_are_back_within_the_budget",
    ),
    # Orders over REST.
    "nobody knows whether an order was placed": (
        SEEDS,
        VANISHES,
        BUGS,
        "integration/live_settling::an_error_is_no_evidence",
        "faults/found_by_seeds::news_of_other_orders_put_no_question_off",
    ),
    "a clear no": (
        SEEDS,
        "integration/trading_orders::a_clear_no_is_told_as_one",
    ),
    "a nonce is invalid": (
        SEEDS,
        "integration/private_rest/calls::nonces_rise_over_restarts_and_clocks_that_are_set_back",
        "integration/live_stream::nonces_that_are_refused_are_told_with_what_to_do",
    ),
    "reads are rate limited": (
        SEEDS,
        "integration/live_settling::a_starter_key_settles_without_filling_its_counter",
        "integration/starter_session::a_session_of_twenty_commands_meets_no_limit_of_calls",
    ),
    "the engine takes no more orders": (
        SEEDS,
        "integration/live_account::the_engine_is_not_asked_for_more_than_it_takes",
    ),
    "a key is locked out": (
        SEEDS,
        "integration/private_rest/meanings::a_locked_out_key_is_left_alone_for_sixteen_minutes",
    ),
    "the money went elsewhere": ("faults/hazards::money_that_went_elsewhere_is_a_clear_no",),
    "an amount or price that Kraken does not take": (
        "unit/kraken/core/test_rules.py",
        "unit/bot/test_order_preview.py",
        "faults/hazards_of_terms::terms_that_the_exchange_does_not_take_are_told_and_never_sent",
    ),
    "maintenance": (
        SEEDS,
        "faults/hazards::while_only_cancels_are_taken_a_buy_is_refused_and_a_cancel_works",
        "faults/hazards_of_terms::"
        "through_a_maintenance_orders_stay_and_only_what_is_taken_is_sent",
        "integration/features_modes::the_switch_rests_in_a_maintenance_and_comes_back",
    ),
    "a pair goes, or goes on under another name": (
        "faults/hazards::a_pair_that_goes_between_card_and_tap_sends_nothing",
        "faults/pair_renamed::"
        "a_pair_renamed_before_the_order_is_told_as_gone_and_the_new_one_trades",
        "faults/pair_renamed::a_pair_renamed_between_card_and_tap_sends_nothing",
        "faults/pair_renamed::open_orders_of_a_renamed_pair_are_told_as_ended_with_the_reason",
        "faults/pair_renamed::a_take_profit_of_a_renamed_pair_is_over_and_says_so",
        "faults/pair_renamed::alerts_and_plans_of_a_renamed_pair_are_paused_and_told_once",
    ),
    "clocks differ": (
        SEEDS,
        BUGS,
        "faults/hazards::with_clocks_far_apart_no_order_is_sent",
    ),
    "names do not resolve, TLS fails, a portal answers": (
        SEEDS,
        "integration/rest::a_name_that_does_not_resolve_is_not_sent",
        "integration/rest::a_certificate_that_nobody_vouches_for_is_not_sent",
        "faults/hazards_of_terms::an_order_that_finds_no_way_to_the_exchange_is_told_as_not_sent",
    ),
    "the exchange is away for an hour": (
        "faults/hazards::an_hour_without_the_exchange_is_told_twice_and_sends_nothing",
        "integration/live_stream::an_hour_of_outage_is_survived_without_knocking_too_often",
    ),
    "a cancel meets a fill": (
        SEEDS,
        BUGS,
        "integration/trading_orders::cancelling_what_was_filled_says_that_it_was",
    ),
    "a key is revoked": (
        "faults/hazards::a_key_that_is_refused_leaves_an_order_open_until_it_is_valid_again",
        "integration/live_stream::a_key_that_is_revoked_is_told_once_and_may_come_back",
        "faults/hazards_of_terms::a_permission_that_was_taken_away_is_a_clear_no",
        "integration/keycheck::a_key_that_gained_a_dangerous_right_is_locked_and_told_loudly",
    ),
    "orders are made, filled and ended elsewhere": (
        SEEDS,
        "integration/trading_orders::an_order_made_elsewhere_is_told_at_home_when_it_filled",
    ),
    # Telegram.
    "Telegram asks for a pause": (
        "faults/hazards::telegram_that_asks_for_a_pause_hears_each_end_once",
        "integration/outbox::a_pause_asked_by_telegram_stops_that_chat_only_and_loses_nothing",
        "integration/outbox::a_thousand_alerts_at_once_lose_none_and_an_order_passes_them",
    ),
    "another program receives": (
        "integration/app::a_second_poller_is_told_to_the_owner_once",
        "integration/app::a_webhook_that_somebody_set_is_removed_and_told_to_the_owner",
        "faults/hazards_more::"
        "a_second_poller_for_a_minute_stops_live_orders_until_the_owner_resumes",
    ),
    "the bot is blocked": (
        "faults/hazards::a_fill_while_the_bot_is_blocked_is_told_once_it_is_not",
    ),
    "a group moves": (
        "integration/app::a_group_that_becomes_a_supergroup_goes_on_there",
        "faults/group_moves::whatever_tells_of_it_first_and_again_everything_follows_once",
        "faults/group_moves::alerts_and_a_dead_mans_switch_go_on_whoever_tells_of_it",
        "faults/group_moves::a_process_that_vanishes_while_a_group_moves_moves_it_once",
        "integration/keys_stored::a_group_trades_with_a_lent_key_and_takes_it_along_when_it_moves",
    ),
    "commands are old": (
        "faults/hazards::what_was_said_long_before_the_start_moves_no_money",
        "integration/gate_router::"
        "of_many_old_messages_the_first_is_run_and_the_others_are_summed_up",
    ),
    "a press comes twice": (
        SEEDS,
        BUGS,
        "integration/trade_once_live::"
        "fifty_presses_and_their_repetitions_are_one_order_in_the_journal",
    ),
    "a card is out of date": (
        "faults/hazards::a_price_that_moved_makes_a_new_card_and_no_order",
        "faults/hazards::a_card_outlives_a_restart_for_its_minute_only",
    ),
    "a message cannot be read by Telegram": (
        "integration/outbox::markup_that_telegram_cannot_read_goes_out_once_more_as_plain_text",
    ),
    "a command is edited": ("faults/hazards::an_edited_command_is_no_order",),
    "a command is forwarded, or nobody's": (
        "integration/trade_once::an_order_that_nobody_can_be_held_to_is_not_even_previewed",
        "integration/gate_router::edited_and_forwarded_commands_are_answered_and_never_run",
    ),
    # The process and its files.
    "the process ends between any two steps": (
        VANISHES,
        "faults/crash_points::two_ends_in_the_middle_of_a_search_are_no_harm",
        "faults/trading_kills::a_kill_makes_neither_two_orders_nor_two_stories",
    ),
    "the database is locked": (
        "faults/hazards::a_database_that_is_locked_at_the_tap_sends_nothing_or_one_order",
        "faults/stop_for_real::a_kill_holds_and_cancels_while_another_process_locks_the_database",
        "faults/hazards_more::"
        "a_database_that_another_process_holds_for_long_sends_nothing_and_stops",
    ),
    "the disk is full": (
        "integration/trading_restart::what_cannot_be_written_is_not_sent",
        "integration/trading_restart::an_answer_that_cannot_be_written_is_found_out_later",
        "faults/full_disk::whatever_is_asked_is_answered_and_not_done_later",
        "faults/full_disk::a_tap_that_was_taken_in_before_is_not_sent_and_says_so",
        "faults/full_disk::what_ends_orders_works_and_a_press_is_refused",
        "faults/full_disk::an_answer_that_has_no_room_is_found_out_when_there_is_some",
    ),
    "the database is damaged": (
        "integration/store::a_damaged_file_is_refused_and_left_alone",
        "faults/hazards_more::a_damaged_database_starts_nothing_and_stays_as_it_is",
        "faults/hazards_more::a_log_that_was_cut_short_loses_no_order_that_was_sent",
    ),
    "a backup is put back": (
        "integration/backup::what_is_put_back_begins_safely",
        "faults/restores::an_old_copy_that_is_put_back_sends_nothing_twice",
        "faults/restores::copies_put_back_at_random_points_send_nothing_and_double_nothing",
    ),
    "the master key is wrong, lost or replaced": (
        "faults/hazards_of_terms::the_wrong_master_key_starts_nothing_and_the_right_one_goes_on",
        "integration/keys_stored::the_wrong_master_key_starts_nothing_and_changes_nothing",
        "integration/keys_stored::a_rotation_that_is_killed_leaves_everything_as_it_was",
        "integration/cli_keys::a_lost_master_key_is_given_up_only_after_a_yes",
    ),
}

TESTS = Path(__file__).parents[1]


@pytest.mark.parametrize("hazard", HAZARDS)
def test_a_hazard_has_tests_that_exist(hazard: str) -> None:
    for name in HAZARDS[hazard]:
        file, _, test = name.partition("::")
        folder, _, short = file.rpartition("/")
        path = TESTS / (file if file.endswith(".py") else f"{folder}/test_{short}.py")
        assert path.is_file(), name
        assert re.search(rf"\bdef test_{test}\b", path.read_text()) or not test, name
