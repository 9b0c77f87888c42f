/* Every maximum of the kernel, each with its reason. */
#pragma once

/* Harts: what QEMU's virt machine and one SBI hart mask word comfortably
 * hold; one bit each in a uint32_t. */
#define HARTS_MAX	8

/*
 * Tables that grow with the machine (machine_capacity, cpu/boot.h): one place
 * for every ..._EACH_KIB of memory, but no fewer than ..._MIN, which is what
 * the smallest machine (32 MiB) needs for the xv6 door's suites, and no more
 * than ..._MAX.
 */

/* Threads: a kernel stack each, so that all stacks are a fifteenth of RAM.  At
 * least xv6's 64 processes and the kernel's own (idle ones, reaper, writer). */
#define THREADS_EACH_KIB 240
#define THREADS_MIN	(64 + HARTS_MAX + 8)
#define THREADS_MAX	16384

/* Address spaces: one a process, one more while it is in exec. */
#define SPACES_EACH_KIB	120
#define SPACES_MIN	(2 * THREADS_MIN)
#define SPACES_MAX	(2 * THREADS_MAX)

/* The numbers of processes and threads run to here, then begin again: Linux's
 * limit, for which programs leave seven digits. */
#define TID_MAX		4194304

/* Groups of one process's credentials: what Linux had before 2.6.4; Debian
 * puts its first user into ten.  More are refused. */
#define GROUPS_MAX	32

/* Kernel stack: the deepest path is a page fault inside a file-system copy.
 * A slot is twice as large, its lower half a guard that is never mapped, so
 * one bit of sp tells stack from guard. */
#define STACK_BYTES	16384
#define STACK_SLOT_BYTES (2 * STACK_BYTES)

/* Open files: a server's thousand on a machine of 128 MiB. */
#define FILES_EACH_KIB	64
#define FILES_MIN	256
#define FILES_MAX	65536

/* In-memory inodes: every process may have a working directory, every open
 * file an inode, every running program one more; what is left over remembers
 * files nobody uses now. */
#define VNODES_EACH_KIB	48
#define VNODES_MIN	512
#define VNODES_MAX	65536

/* Vnodes to be had without letting go of cached pages: what many look-ups at
 * once may take; and how many idle objects go at a time, with their pages. */
#define VNODES_SPARE	32
#define OBJECTS_SHED	64

/* How often changes are written back that nobody asked for: what a crash may
 * lose, as on Linux. */
#define WRITE_BACK_MICROS 5000000

/* Memory objects: one a file that is mapped or read, two segments (text, data)
 * a running program.  Entries name them by 22 bits. */
#define OBJECTS_EACH_KIB 48
#define OBJECTS_MIN	512
#define OBJECTS_MAX	65536

/* A pipe's capacity, the most it may be made, and what is written in one
 * piece: Linux's. */
#define PIPE_BYTES	65536
#define PIPE_BYTES_MAX	(1u << 20)
#define PIPE_ATOMIC	4096

/* Processes that wait for each other's file locks in a row: a deadlock through
 * more is not found. */
#define FILE_LOCK_CHAIN_MAX 64

/* Events an inotify instance keeps for its reader: Linux's default. */
#define INOTIFY_EVENTS_MAX 16384

/* Epoll instances that watch one another: Linux's limit. */
#define EPOLL_DEPTH_MAX	5

/* Descriptors of a process, whatever its limit: as many as there are files. */
#define DESCRIPTORS_MAX	FILES_MAX

/* A path: as Linux has it; also bounds what is copied in for one. */
#define PATH_BYTES	4096

/* Symbolic links followed in one look-up, as on Linux. */
#define SYMLINKS_MAX	40

/* Memory that grows downwards: how much of it may hang together in a space that
 * nobody told otherwise (Linux's stack limit), and the pages that stay empty
 * below it, so that what grows does not run into what lies there (as Linux). */
#define GROWTH_BYTES	(8u << 20)
#define GROWTH_GUARD_PAGES 256

/* Frames that only promising memory and giving it back may take, so that it is
 * the touch that fails for want of memory, as lazy programs expect: four nodes
 * for each hart at once. */
#define FRAMES_RESERVED	(4 * HARTS_MAX)

/* Frames a hart keeps at hand: a burst of faults without the shared lock. */
#define FRAMES_PER_HART	128
/* Of those, how many an idle hart clears ahead, and how many more for all: what
 * many a fork and the first steps of the child take. */
#define FRAMES_CLEAN_PER_HART	64
#define FRAMES_CLEAN_SHARED	1024

/* A scheduling slice: short enough for an interactive shell.  Who wakes before
 * its own is used up waits for no more than WAKE_MICROS of another's: long
 * enough for a writer to fill a pipe, not only to touch it. */
#define SLICE_MICROS	3000
#define WAKE_MICROS	500

/* Who left its floating-point registers alone in so many runs goes on without
 * them: to load them costs 40 instructions each time, to miss them 300. */
#define FP_IDLE_RUNS	8

/* A tick of the xv6 door's clock: a tenth of a second, as there. */
#define TICK_MICROS	100000

/* Output waiting for the serial port: a screenful, and twice the longest
 * piece the console adds at once. */
#define UART_RING_BYTES	4096

/* Interrupt sources with a handler: QEMU's virt machine has 95. */
#define IRQ_SOURCES_MAX	128

/* Disk requests in flight: three descriptors each in a queue of 64. */
#define DISK_REQUESTS_MAX 16

/* The block cache: a sixteenth of RAM in whole pages, but never fewer than a
 * few operations dirty at once, nor more than pays off. */
#define BUFFER_RAM_SHARE 16
#define BUFFER_PAGES_MIN 64
#define BUFFER_PAGES_MAX 1024

/* Blocks one file-system operation may change before it must end: a piece of
 * a rename or truncate, with every bitmap it can touch. */
#define OPERATION_BUFFERS 40

/* Names of an ext2 whose block in their directory is remembered: as many as a
 * large directory has. */
#define NAME_HINTS	4096

/* Names remembered with what they name, or not to be there: what a compiler's
 * or a shell's search paths ask for over and over.  64 bytes each. */
#define NAMES_KNOWN	2048

/* Directories above one another that a rename looks through: more than any
 * disk has, unless its ".." entries run in a circle. */
#define DIRECTORY_DEPTH_MAX 65536

/* The strings of a Linux program's arguments and environment, and pointers to
 * them: a quarter of the stack, but from this to that; as on Linux, whose most
 * is three times as much. */
#define EXEC_BYTES_MIN	(128u << 10)
#define EXEC_BYTES_MAX	(LINUX_STACK_BYTES / 4)

/* The stack of a Linux program where no limit says otherwise: Linux's. */
#define LINUX_STACK_BYTES (8u << 20)

/* Numbers of Linux calls that are named in the log, each by itself, when they
 * are not there; those above share one. */
#define LINUX_CALLS_NAMED 512

/* Loadable segments of a program: linkers make two to four. */
#define EXEC_SEGMENTS_MAX 16

/* What is read of a script for its first line, as on Linux; also the longest
 * path of a dynamic linker. */
#define EXEC_TEXT_BYTES	256

/* Scripts whose interpreter is a script, one after the other: as on Linux. */
#define SCRIPTS_MAX	4

/* Where exec puts what it may put anywhere: one of so many pages, a gigabyte,
 * as on Linux; for the break, whose heap should find room, 32 MiB. */
#define RANDOM_PAGES	(1u << 18)
#define RANDOM_BREAK_PAGES (1u << 13)

/* The pages of a stack in the highest node that holds it: from so many on, for
 * what most use should be there, one of so many more, for a fork copies what
 * that node holds.  So which node it is, is one of those of 8 GiB. */
#define STACK_TOP_PAGES	8u
#define STACK_TOP_MORE	8u
#define RANDOM_STACK_PAGES (1u << 21)

/* Where a heap may begin in the node that holds its program's data, if that
 * leaves so many pages to choose from, and so many for the heap: then a fork
 * copies one node and not two. */
#define BREAK_CHOICE_PAGES 128u
#define BREAK_HEAP_PAGES 64u

/* A stack whose size its limit says: enough for arguments, and no more than
 * leaves the program room, whatever the limit. */
#define STACK_BYTES_MIN	(256u << 10)
#define STACK_BYTES_MAX	(1ull << 30)

/* Below it, nothing: more than one function's variables at once; and room for
 * a limit that is raised later.  As on Linux. */
#define STACK_GUARD_BYTES (1u << 20)
#define STACK_ROOM_BYTES (128u << 20)

/* A program or linker that can be moved; larger ones could meet others. */
#define PROGRAM_BYTES_MAX (4ull << 30)

/* Where the vDSO goes: its pages, and as many to spare. */
#define VDSO_ROOM_BYTES	(4 * 4096)

/* System V IPC: segments, sets of semaphores and queues, each; as many segments
 * as on Linux, and fewer of the others, whose table costs a page for 512. */
#define SYSV_ITEMS_MAX	4096

/* Semaphores of a set, a page of them; operations of one call and a
 * semaphore's value, as on Linux. */
#define SEM_SET_MAX	512
#define SEM_OPERATIONS_MAX 500
#define SEM_VALUE_MAX	32767

/* Bytes of a message, and of all in a queue: Linux's. */
#define MSG_BYTES_MAX	8192
#define MSG_QUEUE_BYTES	16384

/* What programs are allowed at first, and may allow themselves: descriptors, as
 * Debian has it; bytes they lock in memory; queued signals of one user. */
#define FILES_SOFT	1024
#define FILES_HARD	1048576
#define LOCKED_BYTES	(8u << 20)
#define SIGNALS_QUEUED_MAX 4096

/* One message of the log: two lines of a wide terminal; longer ones are cut.
 * It stands on kernel stacks, the spare ones of a panic too. */
#define PRINT_BYTES	256

/* What is kept of the log for syslog(2): all that a boot says, several times. */
#define LOG_RING_BYTES	(64u << 10)

/* The spare stack a hart panics on when its own has overflowed. */
#define PANIC_STACK_BYTES 4096

/* A device tree: what the Linux boot protocol allows, and how deep its nodes
 * may nest (QEMU's go four deep). */
#define DEVTREE_BYTES_MAX (2u << 20)
#define DEVTREE_DEPTH_MAX 16

/* Reserved ranges of RAM boot keeps clear of: OpenSBI names two. */
#define RESERVED_MAX	32

/* Lines of a backtrace: deeper is a loop in the frames, or in the kernel. */
#define BACKTRACE_MAX	32

/* Buckets of futex waiters, a power of two: a few for each thread that runs. */
#define FUTEX_BUCKETS	256

/* Mutexes a thread may leave behind held, as on Linux: a list that is longer
 * is taken for a ring. */
#define ROBUST_MUTEXES_MAX 2048

/* How late the timed waits of a thread may end that asked for nothing else, in
 * nanoseconds: Linux's. */
#define TIMER_SLACK_NANOS 50000u

/* How often an interval timer may expire, in nanoseconds: oftener, it would
 * keep a hart from anything else. */
#define INTERVAL_NANOS_MIN 100000u

/* How long after a signal that is ignored its timer of timer_create goes on:
 * nobody notices. */
#define TIMER_IGNORED_NANOS 10000000u
