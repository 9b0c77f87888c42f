/*
 * test: ask about files, strings and numbers; exit 0 for yes, 1 for no.
 *
 *	test [!] -e|-f|-d|-s PATH    -z|-n STRING    STRING
 *	test [!] A = B    A != B    A -eq|-ne|-lt|-le|-gt|-ge B
 */
#include "cowslip.h"

#define TEXT	"[!] EXPRESSION"

static bool
test_one(const char *operator, const char *operand)
{
	struct xv6_stat status;
	bool there;

	if (operator[0] != '-' || operator[1] == '\0' || operator[2] != '\0')
		usage(TEXT);
	if (operator[1] == 'z' || operator[1] == 'n')
		return (operand[0] == '\0') == (operator[1] == 'z');
	there = stat(operand, &status) == 0;
	switch (operator[1]) {
	case 'e':
		return there;
	case 'f':
		return there && status.type == XV6_T_FILE;
	case 'd':
		return there && status.type == XV6_T_DIR;
	case 's':
		return there && status.size > 0;
	}
	usage(TEXT);
}

static bool
test_two(const char *a, const char *operator, const char *b)
{
	static const char *const names[] = {
		"-eq", "-ne", "-lt", "-le", "-gt", "-ge",
	};
	long x, y;
	size_t i;

	if (strcmp(operator, "=") == 0)
		return strcmp(a, b) == 0;
	if (strcmp(operator, "!=") == 0)
		return strcmp(a, b) != 0;
	if (parse_number(a, &x) < 0 || parse_number(b, &y) < 0)
		usage(TEXT);
	const bool answers[] = { x == y, x != y, x < y, x <= y, x > y, x >= y };
	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (strcmp(operator, names[i]) == 0)
			return answers[i];
	}
	usage(TEXT);
}

int
main(int argc, char **argv)
{
	bool negate = argc > 2 && strcmp(argv[1], "!") == 0, answer;

	argc -= negate;
	argv += negate;
	if (argc == 1)
		answer = false;
	else if (argc == 2)
		answer = argv[1][0] != '\0';
	else if (argc == 3)
		answer = test_one(argv[1], argv[2]);
	else if (argc == 4)
		answer = test_two(argv[1], argv[2], argv[3]);
	else
		usage(TEXT);
	return answer == negate;
}
