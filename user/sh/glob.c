/* Patterns: * ? [...] in the last component of a path, and the files there. */
#include "sh.h"

/*
 * Match `c` against the set behind '['.
 * returns: what follows the set, NULL if it does not end
 */
static const char *
match_set(const char *set, char c, bool *matches)
{
	bool negate = *set == '!' || *set == '^', first = true;
	unsigned char low, high, byte = (unsigned char)c;

	*matches = false;
	if (negate)
		set++;
	for (; *set != ']' || first; first = false) {
		if (*set == QUOTED)
			set++;
		if (*set == '\0')
			return NULL;
		low = high = (unsigned char)*set++;
		if (set[0] == '-' && set[1] != ']' && set[1] != '\0') {
			set += set[1] == QUOTED ? 2 : 1;
			high = (unsigned char)*set++;
		}
		*matches |= low <= byte && byte <= high;
	}
	*matches ^= negate;
	return set + 1;
}

/* Match one character.  returns: the pattern behind it, NULL: no match */
static const char *
match_one(const char *pattern, char c)
{
	const char *behind;
	bool matches;

	if (*pattern == '?')
		return pattern + 1;
	if (*pattern == '[') {
		behind = match_set(pattern + 1, c, &matches);
		if (behind != NULL)
			return matches ? behind : NULL;
	}
	if (*pattern == QUOTED)
		pattern++;
	return *pattern == c ? pattern + 1 : NULL;
}

static bool
match(const char *pattern, const char *name)
{
	const char *star = NULL, *retry = NULL, *behind;

	while (*name != '\0') {
		if (*pattern == '*') {
			star = ++pattern;
			retry = name;
			continue;
		}
		behind = *pattern == '\0' ? NULL : match_one(pattern, *name);
		if (behind != NULL) {
			pattern = behind;
			name++;
		} else if (star != NULL) {
			/* The last star takes one character more. */
			pattern = star;
			name = ++retry;
		} else {
			return false;
		}
	}
	while (*pattern == '*')
		pattern++;
	return *pattern == '\0';
}

static bool
has_pattern(const char *text)
{
	for (; *text != '\0'; text++) {
		if (*text == QUOTED)
			text++;
		else if (*text == '*' || *text == '?' || *text == '[')
			return true;
	}
	return false;
}

static void
sort(char **items, int count)
{
	char *item;
	int i, j;

	for (i = 1; i < count; i++) {
		item = items[i];
		for (j = i; j > 0 && strcmp(items[j - 1], item) > 0; j--)
			items[j] = items[j - 1];
		items[j] = item;
	}
}

/* The folder part of a pattern, with its last slash and unquoted, into `to`.
 * returns: what is behind it, NULL if it does not fit */
static const char *
split_folder(const char *pattern, char to[XV6_MAXPATH])
{
	const char *slash = strrchr(pattern, '/');
	size_t len = 0;

	if (slash != NULL) {
		for (; pattern <= slash; pattern++) {
			if (*pattern == QUOTED)
				continue;
			if (len + 1 >= XV6_MAXPATH)
				return NULL;
			to[len++] = *pattern;
		}
	}
	to[len] = '\0';
	return pattern;
}

int
glob(const char *pattern, struct fields *out)
{
	char folder[XV6_MAXPATH], name[XV6_DIRSIZ + 1], *item;
	const char *last;
	int fd, start = out->count;
	struct xv6_stat status;

	if (!has_pattern(pattern))
		return 0;
	last = split_folder(pattern, folder);
	if (last == NULL || !has_pattern(last))
		return 0;
	fd = open(folder[0] == '\0' ? "." : folder, XV6_O_RDONLY);
	if (fd < 0)
		return 0;
	if (fstat(fd, &status) == 0 && status.type == XV6_T_DIR) {
		while (read_name(fd, name)) {
			if ((name[0] == '.' && last[0] != '.') ||
			    !match(last, name))
				continue;
			item = arena_alloc(strlen(folder) + strlen(name) + 1);
			strcpy(strcpy(item, folder) + strlen(folder), name);
			fields_add(out, item);
		}
	}
	close(fd);
	sort(out->items + start, out->count - start);
	return out->count - start;
}
