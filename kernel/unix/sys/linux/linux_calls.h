/* The calls of the Linux door by subject, in the form of linux.h. */
#pragma once

#include "unix/sys/linux/linux.h"

/* linux_signal.c, linux_signal_frame.c */
linux_function linux_kill, linux_tkill, linux_tgkill;
linux_function linux_rt_sigaction, linux_rt_sigprocmask, linux_rt_sigpending;
linux_function linux_rt_sigsuspend, linux_rt_sigtimedwait;
linux_function linux_rt_sigqueueinfo, linux_rt_tgsigqueueinfo;
linux_function linux_rt_sigreturn, linux_sigaltstack, linux_restart_syscall,
    linux_pidfd_send_signal;

/* linux_time.c, linux_timer.c */
linux_function linux_clock_gettime, linux_clock_settime, linux_clock_getres;
linux_function linux_clock_nanosleep, linux_nanosleep;
linux_function linux_gettimeofday, linux_settimeofday, linux_times;
linux_function linux_getitimer, linux_setitimer;
linux_function linux_timer_create, linux_timer_settime, linux_timer_gettime;
linux_function linux_timer_getoverrun, linux_timer_delete;

/* linux_futex.c */
linux_function linux_futex, linux_set_robust_list, linux_get_robust_list;

/* linux_clone.c, linux_exec.c, linux_wait.c */
linux_function linux_clone, linux_clone3, linux_unshare, linux_execve,
    linux_execveat,
    linux_exit, linux_exit_group, linux_wait4, linux_waitid;

/* linux_pidfd.c */
linux_function linux_pidfd_open, linux_pidfd_getfd;

/* linux_shm.c, linux_sem.c, linux_msg.c */
linux_function linux_shmget, linux_shmat, linux_shmdt, linux_shmctl,
    linux_semget, linux_semop, linux_semtimedop, linux_semctl,
    linux_msgget, linux_msgsnd, linux_msgrcv, linux_msgctl, linux_mq_open,
    linux_mq_unlink, linux_mq_timedsend, linux_mq_timedreceive,
    linux_mq_notify, linux_mq_getsetattr;

/* linux_process.c */
linux_function linux_getpid, linux_gettid, linux_getppid, linux_getpgid,
    linux_setpgid, linux_getsid, linux_setsid, linux_set_tid_address;

/* linux_usage.c */
linux_function linux_getrusage, linux_prlimit64,
    linux_getrlimit, linux_setrlimit;

/* linux_ids.c, linux_capability.c */
linux_function linux_getuid, linux_geteuid, linux_getgid, linux_getegid,
    linux_setuid, linux_setgid, linux_setreuid, linux_setregid,
    linux_setresuid, linux_setresgid, linux_getresuid, linux_getresgid,
    linux_setfsuid, linux_setfsgid, linux_getgroups, linux_setgroups,
    linux_capget, linux_capset;

/* linux_system.c */
linux_function linux_uname, linux_sethostname, linux_setdomainname,
    linux_sysinfo, linux_getrandom, linux_reboot, linux_personality;

/* linux_log.c */
linux_function linux_syslog;

/* linux_hart.c */
linux_function linux_getcpu, linux_riscv_flush_icache, linux_membarrier,
    linux_riscv_hwprobe;

/* linux_memory.c, linux_map.c, linux_remap.c, linux_advise.c,
 * linux_mlock.c */
linux_function linux_brk, linux_mmap, linux_munmap, linux_mprotect,
    linux_mremap, linux_remap_file_pages, linux_madvise, linux_msync,
    linux_mincore, linux_mlock, linux_mlock2, linux_munlock, linux_mlockall,
    linux_munlockall, linux_process_vm_readv, linux_process_vm_writev;

/* linux_io.c */
linux_function linux_read, linux_write, linux_pread64, linux_pwrite64,
    linux_readv, linux_writev, linux_preadv, linux_pwritev, linux_preadv2,
    linux_pwritev2;

/* linux_dup.c */
linux_function linux_close, linux_close_range, linux_dup, linux_dup3,
    linux_pipe2;

/* linux_open.c */
linux_function linux_openat, linux_openat2;

/* linux_file.c */
linux_function linux_lseek, linux_ioctl, linux_truncate, linux_ftruncate,
    linux_fallocate, linux_fsync, linux_fdatasync, linux_sync_file_range,
    linux_sync, linux_syncfs, linux_fadvise64, linux_readahead;

/* linux_stat.c */
linux_function linux_fstat, linux_newfstatat, linux_statx, linux_faccessat,
    linux_faccessat2, linux_statfs, linux_fstatfs;

/* linux_directory.c */
linux_function linux_mkdirat, linux_mknodat, linux_unlinkat,
    linux_symlinkat, linux_linkat, linux_renameat, linux_renameat2,
    linux_readlinkat, linux_getdents64, linux_chdir, linux_fchdir,
    linux_chroot, linux_getcwd, linux_umask;

/* linux_change.c */
linux_function linux_fchmod, linux_fchmodat, linux_fchmodat2, linux_fchown,
    linux_fchownat, linux_utimensat;

/* linux_mount.c */
linux_function linux_mount, linux_umount2;

/* linux_xattr.c */
linux_function linux_setxattr, linux_lsetxattr, linux_fsetxattr,
    linux_getxattr, linux_lgetxattr, linux_fgetxattr, linux_listxattr,
    linux_llistxattr, linux_flistxattr, linux_removexattr,
    linux_lremovexattr, linux_fremovexattr;

/* linux_socket.c */
linux_function linux_socket, linux_socketpair, linux_bind, linux_listen,
    linux_accept, linux_accept4, linux_connect, linux_getsockname,
    linux_getpeername, linux_shutdown, linux_getsockopt, linux_setsockopt;

/* linux_message.c */
linux_function linux_sendto, linux_recvfrom, linux_sendmsg, linux_recvmsg,
    linux_sendmmsg, linux_recvmmsg;

/* linux_poll.c, linux_event.c */
linux_function linux_inotify_init1, linux_inotify_add_watch,
	linux_inotify_rm_watch;
linux_function linux_ppoll, linux_pselect6, linux_epoll_create1,
    linux_epoll_ctl, linux_epoll_pwait, linux_epoll_pwait2, linux_eventfd2;

/* linux_fcntl.c */
linux_function linux_fcntl;

/* linux_lock.c, linux_sched.c, linux_prctl.c */
linux_function linux_flock, linux_prctl, linux_sched_yield,
    linux_sched_setaffinity, linux_sched_getaffinity,
    linux_sched_setscheduler, linux_sched_getscheduler,
    linux_sched_setparam, linux_sched_getparam,
    linux_sched_get_priority_max, linux_sched_get_priority_min,
    linux_sched_rr_get_interval, linux_sched_setattr, linux_sched_getattr,
    linux_setpriority, linux_getpriority;

/* linux_ioprio.c */
linux_function linux_ioprio_set, linux_ioprio_get;

/* linux_splice.c, linux_anonymous.c */
linux_function linux_sendfile, linux_splice, linux_tee, linux_vmsplice,
    linux_copy_file_range, linux_timerfd_create, linux_timerfd_settime,
    linux_timerfd_gettime, linux_signalfd4, linux_memfd_create;

/* linux_adjust.c */
linux_function linux_adjtimex, linux_clock_adjtime;
