#define SYS_statfs          43
#define SYS_kill            129
#define SYS_rt_sigtimedwait 137
#define SYS_setpgid         154
#define SYS_prctl           167
#define SYS_wait4           260
