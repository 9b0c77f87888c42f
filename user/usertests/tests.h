/* usertests: every test by name; one list, from which the table is made too.
 * What each checks stands over it in its file. */
#pragma once

/* X(name, slow) */
#define TESTS_ADDRESSES(X)						\
	X(copyin, false)						\
	X(copyout, false)						\
	X(copyinstr1, false)						\
	X(copyinstr2, false)						\
	X(copyinstr3, false)						\
	X(rwsbrk, false)						\
	X(badarg, false)						\
	X(argptest, false)						\
	X(validatetest, false)						\
	X(pgbug, false)							\
	X(MAXVAplus, false)						\
	X(badwrite, false)						\
	X(kernmem, false)						\
	X(textwrite, false)						\
	X(stacktest, false)

#define TESTS_MEMORY(X)							\
	X(sbrkbugs, false)						\
	X(sbrkbasic, false)						\
	X(sbrkmuch, false)						\
	X(sbrkfail, false)						\
	X(sbrkarg, false)						\
	X(sbrklast, false)						\
	X(sbrk8000, false)						\
	X(sbrkbelow, false)						\
	X(mem, true)							\
	X(bsstest, false)

#define TESTS_PROCESSES(X)						\
	X(reparent, false)						\
	X(reparent2, false)						\
	X(twochildren, false)						\
	X(forkfork, false)						\
	X(forkforkfork, false)						\
	X(exitwait, false)						\
	X(killstatus, false)						\
	X(preempt, false)						\
	X(forktest, false)						\
	X(pipe1, false)							\
	X(uptime, false)						\
	X(sleep, false)

#define TESTS_EXEC(X)							\
	X(exectest, false)						\
	X(bigargtest, false)						\
	X(execout, true)

#define TESTS_FILES(X)							\
	X(truncate1, false)						\
	X(truncate2, false)						\
	X(truncate3, false)						\
	X(opentest, false)						\
	X(writetest, false)						\
	X(writebig, true)						\
	X(createtest, false)						\
	X(bigwrite, true)						\
	X(bigfile, false)						\
	X(sharedfd, false)						\
	X(fourfiles, false)						\
	X(createdelete, false)						\
	X(syncunlink, true)						\
	X(manywrites, true)

#define TESTS_NAMES(X)							\
	X(linktest, false)						\
	X(linkunlink, false)						\
	X(unlinkread, false)						\
	X(concreate, false)						\
	X(subdir, false)						\
	X(dirtest, false)						\
	X(openiput, false)						\
	X(exitiput, false)						\
	X(iput, false)							\
	X(rmdot, false)							\
	X(fourteen, false)						\
	X(dirfile, false)						\
	X(iref, false)							\
	X(bigdir, true)

#define TESTS_FULL(X)							\
	X(diskfull, true)						\
	X(outofinodes, true)						\
	X(trap31_disk_filled_and_freed, true)

#define TESTS_TRAPS_MEMORY(X)						\
	X(trap01_fault_above_break, false)				\
	X(trap02_fault_on_present_page, false)				\
	X(trap03_range_with_holes, false)				\
	X(trap04_counts_on_many_harts, false)				\
	X(trap05_both_sharers_write, false)				\
	X(trap06_copy_out_breaks_cow, false)				\
	X(trap11_text_stays_read_only, false)				\
	X(trap12_guard_page_stays_empty, false)				\
	X(trap13_sbrk_quirks, false)					\
	X(trap26_one_fault_a_write, false)

#define TESTS_TRAPS_COPIES(X)						\
	X(trap07_pipe_read_spans_pages, false)				\
	X(trap07_pipe_write_spans_pages, false)				\
	X(trap07_file_spans_pages, false)				\
	X(trap08_strings_at_page_ends, false)				\
	X(trap08_exec_strings, false)					\
	X(trap09_fill_another_space, false)				\
	X(trap10_hostile_load_store, false)				\
	X(trap10_hostile_calls, false)

#define TESTS_TRAPS_LIMITS(X)						\
	X(trap14_out_of_memory, true)					\
	X(trap14_nearly_out_of_memory, true)				\
	X(trap15_count_is_the_same, false)				\
	X(trap16_unmapped_faults, false)				\
	X(trap17_eldest_is_gone, false)					\
	X(trap32_promise_a_gigabyte, true)				\
	X(trap33_process_limit, false)					\
	X(trap33_file_limits, false)					\
	X(trap34_exec_limits, false)					\
	X(trap35_long_names, false)

#define TESTS(X)							\
	TESTS_ADDRESSES(X)						\
	TESTS_MEMORY(X)							\
	TESTS_PROCESSES(X)						\
	TESTS_EXEC(X)							\
	TESTS_FILES(X)							\
	TESTS_NAMES(X)							\
	TESTS_FULL(X)							\
	TESTS_TRAPS_MEMORY(X)						\
	TESTS_TRAPS_COPIES(X)						\
	TESTS_TRAPS_LIMITS(X)

#define TEST_DECLARE(name, slow)	void test_##name(void);
TESTS(TEST_DECLARE)
#undef TEST_DECLARE
