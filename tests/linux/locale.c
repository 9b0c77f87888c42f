/* Locales: the C locale's conversions, wide and multibyte characters, time and
 * money as it writes them, locales per thread, and those that are not there. */
#define _GNU_SOURCE
#include <ctype.h>
#include <langinfo.h>
#include <locale.h>
#include <time.h>
#include <wchar.h>
#include <wctype.h>

#include "check.h"

static void
test_names(void)
{
	CHECK(strcmp(setlocale(LC_ALL, NULL), "C") == 0);
	CHECK(setlocale(LC_ALL, "POSIX") != NULL);
	CHECK(setlocale(LC_ALL, "xx_YY.nosuch") == NULL);
	CHECK(strcmp(nl_langinfo(RADIXCHAR), ".") == 0);
	CHECK(strcmp(nl_langinfo(DAY_1), "Sunday") == 0);
	CHECK(strcmp(nl_langinfo(CODESET), "ANSI_X3.4-1968") == 0);
	CHECK(strcmp(localeconv()->decimal_point, ".") == 0);
	/* What is there depends on the root; asking must do no harm. */
	setlocale(LC_ALL, "");
	CHECK(setlocale(LC_ALL, "C") != NULL);
	ok("names");
}

static void
test_characters(void)
{
	wchar_t wide[32];
	char narrow[32];
	mbstate_t state;

	CHECK(toupper('q') == 'Q' && !isalpha(0xe9) && isspace('\v'));
	CHECK(strcoll("abc", "abd") < 0 && strcasecmp("HeLLo", "hEllO") == 0);
	CHECK(mbstowcs(wide, "plain", 32) == 5 && wcslen(wide) == 5);
	CHECK(wcscmp(wide, L"plain") == 0 && towupper(L'x') == L'X');
	CHECK(wcstombs(narrow, L"narrow", 32) == 6);
	CHECK(strcmp(narrow, "narrow") == 0);
	memset(&state, 0, sizeof(state));
	CHECK(mbrtowc(wide, "z", 1, &state) == 1 && wide[0] == L'z');
	CHECK(swprintf(wide, 32, L"%ls-%d", L"wide", 5) == 6);
	CHECK(wcscmp(wide, L"wide-5") == 0 && wcstol(L"-12", NULL, 10) == -12);
	ok("characters");
}

static void
test_times(void)
{
	struct tm tm, back;
	time_t when = 951782400;	/* 2000-02-29 */
	char text[128], *end;

	CHECK(setenv("TZ", "UTC0", 1) == 0);
	tzset();
	CHECK(gmtime_r(&when, &tm) != NULL && timegm(&tm) == when);
	CHECK(strftime(text, sizeof(text), "%A %d %B %Y %H:%M:%S %j %U",
	    &tm) > 0);
	CHECK(strcmp(text, "Tuesday 29 February 2000 00:00:00 060 09") == 0);
	memset(&back, 0, sizeof(back));
	end = strptime("2000-02-29 00:00:00", "%Y-%m-%d %H:%M:%S", &back);
	CHECK(end != NULL && *end == '\0' && mktime(&back) == when);
	CHECK(setenv("TZ", "CET-1CEST,M3.5.0,M10.5.0/3", 1) == 0);
	tzset();
	when = 1720000000;
	CHECK(localtime_r(&when, &tm) != NULL && tm.tm_isdst == 1);
	CHECK(tm.tm_gmtoff == 7200 && strcmp(tm.tm_zone, "CEST") == 0);
	ok("times");
}

static void
test_objects(void)
{
	locale_t made = newlocale(LC_ALL_MASK, "C", NULL), old;

	CHECK(made != NULL);
	old = uselocale(made);
	CHECK(old == LC_GLOBAL_LOCALE && uselocale(NULL) == made);
	CHECK(isupper_l('A', made) && strtod_l("1.25", NULL, made) == 1.25);
	CHECK(uselocale(old) == made);
	freelocale(made);
	CHECK(newlocale(LC_ALL_MASK, "xx_YY.nosuch", NULL) == NULL);
	ok("locale objects");
}

int
main(void)
{
	test_names();
	test_characters();
	test_times();
	test_objects();
	return done();
}
