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
