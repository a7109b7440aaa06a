#define SYS_wait4           61
#define SYS_statfs          137
#define SYS_kill            62
#define SYS_setpgid         109
#define SYS_rt_sigtimedwait 128
#define SYS_prctl           157
