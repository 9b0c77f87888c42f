/* What was found while proving: each was a mistake of the core once, or one
 * that no random test met.  Run by traps.c. */
#pragma once

void pages_that_cannot_be_filled_again_are_kept(void);
void an_objects_number_used_again_is_another_object(void);
void what_was_claimed_can_be_had(void);
void a_space_that_waits_for_an_asid_keeps_no_old_one(void);
void memory_grows_down_to_its_limit_and_keeps_its_distance(void);
void a_page_filled_behind_the_end_is_not_cached(void);
void a_dirty_page_is_stored_before_it_is_dropped(void);
void what_may_never_be_written_stays_so(void);
void what_was_moved_is_gone_where_it_was(void);
void what_is_cached_beside_is_mapped_too(void);
void what_is_placed_stands_where_it_takes_few_entries(void);
void a_page_given_back_alone_is_gone_for_all_harts_only(void);
void a_fork_is_one_moment_for_all_harts(void);
void who_read_by_a_lender_is_told(void);
void what_is_cut_off_in_a_lender_does_not_count(void);
void what_was_taken_over_is_sealed_by_a_fork(void);
void what_is_mapped_beside_is_sealed_by_a_fork(void);
void a_stack_that_others_have_is_left_to_faults(void);
void a_page_that_is_written_first_is_a_copy(void);
void the_world_stands_still_while_pages_are_cut_off(void);
void what_is_read_by_a_shared_node_is_sealed(void);
void a_way_that_others_have_is_left_to_faults(void);
void a_stack_that_parts_is_written_in_open_nodes(void);
void what_is_given_back_whole_is_one_promise_again(void);
void a_node_that_waits_to_be_used_again_is_counted(void);
void who_waited_for_memory_finds_what_was_promised_since(void);
void a_promise_that_is_not_written_is_in_the_way(void);

/* All of them, for a table. */
#define FOUND_TESTS \
	TEST(pages_that_cannot_be_filled_again_are_kept), \
	TEST(an_objects_number_used_again_is_another_object), \
	TEST(what_was_claimed_can_be_had), \
	TEST(a_space_that_waits_for_an_asid_keeps_no_old_one), \
	TEST(memory_grows_down_to_its_limit_and_keeps_its_distance), \
	TEST(a_page_filled_behind_the_end_is_not_cached), \
	TEST(a_dirty_page_is_stored_before_it_is_dropped), \
	TEST(what_may_never_be_written_stays_so), \
	TEST(what_was_moved_is_gone_where_it_was), \
	TEST(what_is_cached_beside_is_mapped_too), \
	TEST(what_is_placed_stands_where_it_takes_few_entries), \
	TEST(a_fork_is_one_moment_for_all_harts), \
	TEST(who_read_by_a_lender_is_told), \
	TEST(what_is_cut_off_in_a_lender_does_not_count), \
	TEST(what_was_taken_over_is_sealed_by_a_fork), \
	TEST(what_is_mapped_beside_is_sealed_by_a_fork), \
	TEST(a_stack_that_others_have_is_left_to_faults), \
	TEST(a_page_that_is_written_first_is_a_copy), \
	TEST(the_world_stands_still_while_pages_are_cut_off), \
	TEST(what_is_read_by_a_shared_node_is_sealed), \
	TEST(a_way_that_others_have_is_left_to_faults), \
	TEST(a_stack_that_parts_is_written_in_open_nodes), \
	TEST(what_is_given_back_whole_is_one_promise_again), \
	TEST(a_node_that_waits_to_be_used_again_is_counted), \
	TEST(a_promise_that_is_not_written_is_in_the_way), \
	TEST(who_waited_for_memory_finds_what_was_promised_since), \
	TEST(a_page_given_back_alone_is_gone_for_all_harts_only),
