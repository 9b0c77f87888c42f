/* Reading and writing, a little above the kernel's calls. */
#include "cowslip.h"

int
write_all(int fd, const void *buffer, int len)
{
	const char *from = buffer;
	int n;

	while (len > 0) {
		n = write(fd, from, len);
		if (n <= 0)
			return -1;
		from += n;
		len -= n;
	}
	return 0;
}

int
read_line(int fd, char *line, int size)
{
	int len = 0;
	char c;

	/* One byte at a time: what follows the line is for whoever reads the
	 * same descriptor next. */
	for (;;) {
		if (read(fd, &c, 1) != 1) {
			if (len == 0)
				return -1;
			break;
		}
		if (c == '\n')
			break;
		if (len < size - 1)
			line[len++] = c;
	}
	line[len] = '\0';
	return len;
}

int
stat(const char *path, struct xv6_stat *stat)
{
	int fd = open(path, XV6_O_RDONLY), error;

	if (fd < 0)
		return -1;
	error = fstat(fd, stat);
	close(fd);
	return error;
}

/* Make room for more text.  returns: 0 or -1 */
static int
reader_grow(struct reader *reader)
{
	int len = reader->end - reader->start;
	char *larger = reader->buffer;

	/* One byte more than `size`, for the NUL of a last line. */
	if (reader->start == 0 && reader->end == reader->size) {
		reader->size = reader->size == 0 ? 4096 : 2 * reader->size;
		larger = malloc((size_t)reader->size + 1);
		if (larger == NULL)
			return -1;
	}
	memmove(larger, reader->buffer + reader->start, len);
	if (larger != reader->buffer)
		free(reader->buffer);
	reader->buffer = larger;
	reader->start = 0;
	reader->end = len;
	return 0;
}

/* Hand out the `len` bytes that come next, without `skip` bytes after them. */
static int
reader_take(struct reader *reader, int len, int skip, char **line)
{
	*line = reader->buffer + reader->start;
	(*line)[len] = '\0';
	reader->start += len + skip;
	return len;
}

int
reader_line(struct reader *reader, char **line)
{
	int seen = 0, n;

	for (;;) {
		int len = reader->end - reader->start;

		for (; seen < len; seen++) {
			if (reader->buffer[reader->start + seen] == '\n')
				return reader_take(reader, seen, 1, line);
		}
		if (reader->end == reader->size && reader_grow(reader) < 0) {
			reader->failed = true;
			return -1;
		}
		n = read(reader->fd, reader->buffer + reader->end,
		    reader->size - reader->end);
		reader->failed = n < 0;
		if (n <= 0)
			return len > 0 ? reader_take(reader, len, 0, line) : -1;
		reader->end += n;
	}
}

void
reader_free(struct reader *reader)
{
	free(reader->buffer);
	memset(reader, 0, sizeof(*reader));
}
