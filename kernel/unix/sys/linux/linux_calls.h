/* The calls of the Linux door by subject, in the form of linux.h. */
#pragma once

#include "unix/sys/linux/linux.h"

/* linux_signal.c, linux_signal_frame.c */
linux_function linux_kill, linux_tkill, linux_tgkill;
linux_function linux_rt_sigaction, linux_rt_sigprocmask, linux_rt_sigpending;
linux_function linux_rt_sigsuspend, linux_rt_sigtimedwait;
linux_function linux_rt_sigqueueinfo, linux_rt_tgsigqueueinfo;
linux_function linux_rt_sigreturn, linux_sigaltstack, linux_restart_syscall;

/* linux_time.c, linux_timer.c */
linux_function linux_clock_gettime, linux_clock_settime, linux_clock_getres;
linux_function linux_clock_nanosleep, linux_nanosleep;
linux_function linux_gettimeofday, linux_settimeofday, linux_times;
linux_function linux_getitimer, linux_setitimer;
linux_function linux_timer_create, linux_timer_settime, linux_timer_gettime;
linux_function linux_timer_getoverrun, linux_timer_delete;

/* linux_futex.c */
linux_function linux_futex, linux_set_robust_list, linux_get_robust_list;
