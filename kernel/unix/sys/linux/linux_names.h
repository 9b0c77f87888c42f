/* Names of the Linux ABI's numbers, for people: errnos, signals, flags. */
#pragma once

#include "core/base/types.h"

/* returns: "ENOENT" for 2; NULL if it has no name here */
const char *linux_errno_name(uint64_t number);
/* returns: "SIGHUP" for 1; NULL */
const char *linux_signal_name(uint64_t number);
/* returns: "F_DUPFD" for 0; NULL */
const char *linux_fcntl_name(uint64_t command);

/* Names of bits, ended by one whose name is NULL.  A name whose mask has
 * several bits stands for that value of the field they make up. */
struct linux_flag_name {
	uint64_t mask, value;
	const char *name;
};

/* The flags that argument letter `kind` of linux_table.c stands for; NULL. */
const struct linux_flag_name *linux_flag_names(char kind);
