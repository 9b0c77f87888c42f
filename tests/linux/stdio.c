/* The standard streams: modes, seeking, buffers, lines without bounds, numbers
 * in and out, streams in memory, temporary files. */
#define _GNU_SOURCE
#include <float.h>
#include <limits.h>
#include <math.h>
#include <sys/stat.h>

#include "check.h"

#define NAME	"/tmp/stdio.test"

static void
test_modes(void)
{
	FILE *file;
	char line[64];

	unlink(NAME);
	CHECK(fopen(NAME, "r") == NULL && errno == ENOENT);
	CHECK((file = fopen(NAME, "w")) != NULL);
	CHECK(fputs("one\ntwo\n", file) >= 0 && fclose(file) == 0);
	CHECK(fopen(NAME, "wx") == NULL && errno == EEXIST);
	CHECK((file = fopen(NAME, "a+")) != NULL);
	CHECK(fgets(line, sizeof(line), file) && strcmp(line, "one\n") == 0);
	CHECK(fputs("three\n", file) >= 0 && fclose(file) == 0);
	CHECK((file = fopen(NAME, "r+")) != NULL);
	CHECK(fseek(file, 4, SEEK_SET) == 0 && fputs("TWO", file) >= 0);
	rewind(file);
	CHECK(fgets(line, sizeof(line), file) && strcmp(line, "one\n") == 0);
	CHECK(fgets(line, sizeof(line), file) && strcmp(line, "TWO\n") == 0);
	CHECK(fgets(line, sizeof(line), file) && strcmp(line, "three\n") == 0);
	CHECK(fgets(line, sizeof(line), file) == NULL && feof(file));
	CHECK(ungetc('x', file) == 'x' && fgetc(file) == 'x');
	CHECK(ftell(file) == 14 && fclose(file) == 0);
	ok("modes");
}

static void
test_seeking(void)
{
	FILE *file = fopen(NAME, "w+");
	char buffer[7];
	int number;

	CHECK(file != NULL && setvbuf(file, buffer, _IOFBF,
	    sizeof(buffer)) == 0);
	for (int i = 0; i < 5000; i++)
		CHECK(fprintf(file, "%6d\n", i) == 7);
	for (int i = 4999; i >= 0; i -= 7) {
		CHECK(fseek(file, i * 7L, SEEK_SET) == 0);
		CHECK(fscanf(file, "%d", &number) == 1 && number == i);
	}
	CHECK(fseek(file, -7, SEEK_END) == 0);
	CHECK(fscanf(file, "%d", &number) == 1 && number == 4999);
	CHECK(ftruncate(fileno(file), 70) == 0);
	CHECK(fseek(file, 0, SEEK_END) == 0 && ftell(file) == 70);
	CHECK(fclose(file) == 0);
	ok("seeking");
}

static void
test_lines(void)
{
	FILE *file = fopen(NAME, "w+");
	char *line = NULL;
	size_t room = 0;
	ssize_t len;

	CHECK(file != NULL);
	for (int i = 0; i < 200; i++) {
		for (int n = 0; n < i * i; n++)
			putc_unlocked('a' + n % 26, file);
		putc('\n', file);
	}
	fputs("no newline", file);
	rewind(file);
	for (int i = 0; i < 200; i++) {
		len = getline(&line, &room, file);
		CHECK(len == i * i + 1 && line[len - 1] == '\n');
		CHECK(i == 0 || line[i * i - 1] == 'a' + (i * i - 1) % 26);
	}
	CHECK(getline(&line, &room, file) == 10);
	CHECK(strcmp(line, "no newline") == 0);
	CHECK(getline(&line, &room, file) == -1 && feof(file));
	rewind(file);
	CHECK(getdelim(&line, &room, 'z', file) > 26);
	free(line);
	CHECK(fclose(file) == 0);
	ok("getline");
}

static void
test_numbers(void)
{
	static const double values[] = { 0, 1.0 / 3, 1e300, -DBL_MIN, DBL_MAX,
		3.141592653589793, 123456789.125, 4.9e-324 };
	char text[400], word[16];
	volatile size_t len;
	double back;
	long integer;
	unsigned hex;

	for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
		snprintf(text, sizeof(text), "%.17g", values[i]);
		CHECK(sscanf(text, "%lf", &back) == 1 && back == values[i]);
		snprintf(text, sizeof(text), "%a", values[i]);
		CHECK(strtod(text, NULL) == values[i]);
	}
	snprintf(text, sizeof(text), "%8.3f|%-6d|%+05d|%x|%e|%s|%c|%5.2s|%p",
	    M_PI, 42, 7, 0xbeef, 12345.678, "text", 'c', "cut", NULL);
	CHECK(strcmp(text, "   3.142|42    |+0007|beef|1.234568e+04|text|c|"
	    "   cu|(nil)") == 0);
	CHECK(sscanf("-77 0x1f word,rest", "%ld %x %15[a-z],", &integer, &hex,
	    word) == 3);
	CHECK(integer == -77 && hex == 31 && strcmp(word, "word") == 0);
	len = 4;
	CHECK(snprintf(text, len, "%d", INT_MIN) == 11);
	CHECK(strcmp(text, "-21") == 0);
	snprintf(text, sizeof(text), "%Lg %g %g", (long double)0.1L, INFINITY,
	    NAN);
	CHECK(strcmp(text, "0.1 inf nan") == 0);
	ok("numbers");
}

static void
test_memory(void)
{
	char *text, small[16] = "hello world";
	size_t len;
	FILE *file = open_memstream(&text, &len);

	CHECK(file != NULL);
	for (int i = 0; i < 10000; i++)
		fprintf(file, "%d,", i % 10);
	CHECK(fclose(file) == 0 && len == 20000 && strlen(text) == len);
	free(text);
	CHECK((file = fmemopen(small, sizeof(small), "r+")) != NULL);
	CHECK(fscanf(file, "%*s %15s", small) == 1);
	CHECK(strcmp(small, "world") == 0 && fclose(file) == 0);
	ok("streams in memory");
}

static void
test_temporary(void)
{
	char name[] = "/tmp/stdio.XXXXXX";
	struct stat status;
	FILE *file = tmpfile();
	int fd;

	CHECK(file != NULL && fputs("gone", file) >= 0);
	CHECK(fflush(file) == 0 && fstat(fileno(file), &status) == 0);
	CHECK(status.st_size == 4 && status.st_nlink == 0);
	CHECK(fclose(file) == 0);
	CHECK((fd = mkstemp(name)) >= 0 && fstat(fd, &status) == 0);
	CHECK((status.st_mode & 07777) == 0600);
	CHECK((file = fdopen(fd, "w")) != NULL && fclose(file) == 0);
	CHECK(rename(name, NAME) == 0 && remove(NAME) == 0);
	CHECK_FAILS(access(name, F_OK), ENOENT);
	ok("temporary files");
}

int
main(void)
{
	test_modes();
	test_seeking();
	test_lines();
	test_numbers();
	test_memory();
	test_temporary();
	return done();
}
