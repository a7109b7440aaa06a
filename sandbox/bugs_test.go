package sandbox_test

import (
	"fmt"
	"reflect"
	"runtime"
	"strings"
	"testing"
)

var bugRows = []struct {
	row  int
	area string
	test func(*testing.T)
}{
	{1, "run", TestBug1KeptDescriptorKeepsTheExitCode},
	{2, "run", TestBug2OwnFailureIsToldFromTheProgramsExit},
	{4, "run", TestBug4ExecReportsTheSignal},
	{6, "run", TestBug6ProgramIsNotPID1},
	{7, "run", TestBug7PoliteStopWorks},
	{9, "run", TestBug9SIGPIPEIsNotIgnored},
	{11, "run", TestBug11ArgumentsByteForByte},
	{12, "run", TestBug12FileNamesAreNotEvaluated},
	{14, "run", TestBug14MissingWorkdirIsNamed},
	{16, "run", TestBug16PromisedDescriptorMustExist},
	{17, "run", TestBug17SoftLimitOfOpenFiles},
	{22, "run", TestBug22LargeOutputIsWhole},
	{24, "run", TestBug24ShortCommandsWithPipedInput},
	{26, "run", TestBug26OutputKeepsItsOrder},
	{31, "run", TestBug31BackgroundChildrenEnd},
	{32, "rootfs", TestBug32BindOntoLinks},
	{34, "rootfs", TestBug34MountBelowReadOnlyRoot},
	{36, "rootfs", TestBug36NoPlaceholderIsLeft},
	{37, "rootfs", TestBug37DirectoriesInAnyOrder},
	{39, "rootfs", TestBug39SharedMemoryHasItsSize},
	{42, "run", TestBug42HiddenProcOfTheHost},
	{47, "cgroup", TestBug47NoSwapBeyondTheLimit},
	{61, "run", TestBug61OneExitCodeForSetupFailures},
	{62, "run", TestBug62OtherChildrenOfTheLauncher},
	{64, "run", TestBug64PWDIsTheDirectory},
	{66, "run", TestBug66PipedStdinStaysOpen},
	{69, "run", TestBug69SharedPIDsEndWithTheLauncher},
	{71, "rootfs", TestBug71InodesAreCapped},
	{74, "run", TestBug74NoSubordinateIDs},
	{79, "cgroup", TestBug79GroupIsBelowOurOwn},
	{81, "cgroup", TestBug81ReadOnlyCgroupTree},
	{94, "seccomp", TestBug94NoForkIsNoForkAtAll},
	{96, "seccomp", TestBug96ThirtyTwoBitCalls},
	{97, "seccomp", TestBug97NamespaceBanHoldsForClone3},
	{126, "run", TestBug126ProcessorsAndUptime},
	{127, "run", TestBug127SecondCommandCanFork},
}

func TestBugTestsAreNamedAfterTheirRow(t *testing.T) {
	for _, b := range bugRows {
		name := runtime.FuncForPC(reflect.ValueOf(b.test).Pointer()).Name()
		name = name[strings.LastIndexByte(name, '.')+1:]
		if rest, ok := strings.CutPrefix(name, fmt.Sprint("TestBug", b.row)); !ok || rest == "" || rest[0] >= '0' && rest[0] <= '9' {
			t.Errorf("row %d, area %s, has the test %s", b.row, b.area, name)
		}
	}
}
