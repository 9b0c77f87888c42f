/*
 * The kernel's calls: number in a7, arguments where C has put them already,
 * result in a0.  Each is a function of three instructions, so it is written
 * as such; the numbers come from the door's own header.
 */
#include "cowslip.h"

#define TEXT_OF(number)	#number
#define TEXT(number)	TEXT_OF(number)

#define FUNCTION(name, body)						\
	asm(".pushsection .text." #name ", \"ax\", @progbits\n"	\
	    "	.globl " #name "\n"					\
	    "	.type " #name ", @function\n"				\
	    #name ":\n" body						\
	    "	.size " #name ", . - " #name "\n"			\
	    ".popsection\n")

#define CALL(name, number)						\
	FUNCTION(name, "	li a7, " TEXT(number) "\n	ecall\n	ret\n")

/* A call that does not come back: if it does, trap rather than run on. */
#define LAST_CALL(name, number)						\
	FUNCTION(name, "	li a7, " TEXT(number) "\n	ecall\n	unimp\n")

#define READ_CSR(name, instruction)					\
	FUNCTION(name, "	" instruction " a0\n	ret\n")

CALL(fork, XV6_FORK);
LAST_CALL(exit, XV6_EXIT);
CALL(wait, XV6_WAIT);
CALL(pipe, XV6_PIPE);
CALL(read, XV6_READ);
CALL(kill, XV6_KILL);
CALL(exec, XV6_EXEC);
CALL(fstat, XV6_FSTAT);
CALL(chdir, XV6_CHDIR);
CALL(dup, XV6_DUP);
CALL(getpid, XV6_GETPID);
CALL(sbrk, XV6_SBRK);
CALL(sleep, XV6_SLEEP);
CALL(uptime, XV6_UPTIME);
CALL(open, XV6_OPEN);
CALL(write, XV6_WRITE);
CALL(mknod, XV6_MKNOD);
CALL(unlink, XV6_UNLINK);
CALL(link, XV6_LINK);
CALL(mkdir, XV6_MKDIR);
CALL(close, XV6_CLOSE);

CALL(meminfo, COWSLIP_MEMINFO);
CALL(audit, COWSLIP_AUDIT);
LAST_CALL(poweroff, COWSLIP_POWEROFF);
CALL(procinfo, COWSLIP_PROCINFO);
CALL(rename, COWSLIP_RENAME);
CALL(truncate, COWSLIP_TRUNCATE);
CALL(symlink, COWSLIP_SYMLINK);
CALL(foreground, COWSLIP_FOREGROUND);
CALL(wait_killed, COWSLIP_WAIT);
CALL(sync, COWSLIP_SYNC);

READ_CSR(read_time, "rdtime");
READ_CSR(read_cycle, "rdcycle");
READ_CSR(read_instret, "rdinstret");

FUNCTION(syscall,
    "	mv a7, a0\n"
    "	mv a0, a1\n"
    "	mv a1, a2\n"
    "	mv a2, a3\n"
    "	mv a3, a4\n"
    "	mv a4, a5\n"
    "	mv a5, a6\n"
    "	ecall\n"
    "	ret\n");
