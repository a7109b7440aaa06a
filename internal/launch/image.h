// Offsets into image; layout_test.go pins them.
#define PROGRAM 0
#define LAZY    8
#define REPORT  16
#define ARGS    32
#define HEADER  120
#define SENT    208
#define STATUS  216
#define FULL    220
#define OWN     224
#define ENDED   228
#define USAGE   232

// imageAddress of spawner_unsafe.go.
#define IMAGE     0x10000000
#define IMAGESIZE 0x800000
