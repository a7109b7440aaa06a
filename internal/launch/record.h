// Offsets into record; layout_test.go pins them.
#define NR    0
#define ARG0  8
#define ARG1  16
#define ARG2  24
#define ARG3  32
#define ARG4  40
#define ARG5  48
#define REF   56
#define SAVE  64
#define ALLOW 72
#define SKIP  80
#define DONE  88
#define FORK  96
#define AGAIN 104
#define SIZE  112

#define EAGAIN 11
