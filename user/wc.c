/* wc: count lines, words and bytes; -l, -w, -c: only these. */
#include "cowslip.h"

#define LINES	1u
#define WORDS	2u
#define BYTES	4u

struct counts {
	unsigned long lines, words, bytes;
};

static char buffer[8192];
static unsigned options;

static int
count(int fd, struct counts *counts)
{
	bool in_word = false, is_space;
	int n, i;

	memset(counts, 0, sizeof(*counts));
	while ((n = read(fd, buffer, sizeof(buffer))) > 0) {
		counts->bytes += n;
		for (i = 0; i < n; i++) {
			is_space = buffer[i] == ' ' ||
			    (buffer[i] >= '\t' && buffer[i] <= '\r');
			counts->words += !is_space && !in_word;
			counts->lines += buffer[i] == '\n';
			in_word = !is_space;
		}
	}
	return n;
}

static void
print_counts(const struct counts *counts, const char *name)
{
	const char *space = "";

	if (options & LINES) {
		printf("%lu", counts->lines);
		space = " ";
	}
	if (options & WORDS) {
		printf("%s%lu", space, counts->words);
		space = " ";
	}
	if (options & BYTES)
		printf("%s%lu", space, counts->bytes);
	printf("%s%s\n", name[0] != '\0' ? " " : "", name);
}

int
main(int argc, char **argv)
{
	struct counts counts, total = { 0, 0, 0 };
	int i, first, fd, status = 0;

	options = parse_options(argc, argv, "lwc", "[-lwc] [FILE]...", &first);
	if (options == 0)
		options = LINES | WORDS | BYTES;
	if (first == argc) {
		if (count(0, &counts) < 0)
			die("cannot read: input");
		print_counts(&counts, "");
	}
	for (i = first; i < argc; i++) {
		fd = open(argv[i], XV6_O_RDONLY);
		if (fd < 0 || count(fd, &counts) < 0) {
			fprintf(2, "wc: cannot read: %s\n", argv[i]);
			status = 1;
		} else {
			print_counts(&counts, argv[i]);
			total.lines += counts.lines;
			total.words += counts.words;
			total.bytes += counts.bytes;
		}
		close(fd);
	}
	if (argc - first > 1)
		print_counts(&total, "total");
	return status | print_failed();
}
