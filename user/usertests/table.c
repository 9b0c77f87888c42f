/* usertests: the table of tests, in the order they run. */
#include "usertests/harness.h"
#include "usertests/tests.h"

#define TEST_ROW(name, slow)	{ #name, test_##name, slow },

const struct test tests[] = {
	TESTS(TEST_ROW)
	{ NULL, NULL, false },
};
