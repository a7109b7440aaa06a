package arch

import (
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// bugRows are the bugs that people met in tools like this one, by the number
// that the tests' names and remarks give them, and the tests of the right behaviour: Go tests by
// package and name, scripts by their file, which has the number where it is about it.
var bugRows = []struct {
	row   int
	area  string
	tests []string
}{
	{1, "run", []string{"sandbox TestBug1KeptDescriptorKeepsTheExitCode", "test/cli exit.txtar"}},
	{2, "run", []string{"sandbox TestBug2OwnFailureIsToldFromTheProgramsExit", "test/cli exit.txtar"}},
	{4, "run", []string{"sandbox TestBug4ExecReportsTheSignal", "test/cli exec.txtar"}},
	{6, "run", []string{"sandbox TestBug6ProgramIsNotPID1", "test/cli exit.txtar"}},
	{7, "run", []string{"sandbox TestBug7PoliteStopWorks", "test/cli detach.txtar"}},
	{9, "run", []string{"sandbox TestBug9SIGPIPEIsNotIgnored", "test/cli exit.txtar"}},
	{11, "run", []string{"sandbox TestBug11ArgumentsByteForByte", "test/cli arguments.txtar"}},
	{12, "run", []string{"sandbox TestBug12FileNamesAreNotEvaluated", "test/cli arguments.txtar"}},
	{14, "run", []string{"sandbox TestBug14MissingWorkdirIsNamed", "test/cli environment.txtar"}},
	{16, "run", []string{"sandbox TestBug16PromisedDescriptorMustExist", "test/cli stdio.txtar"}},
	{17, "run", []string{"sandbox TestBug17SoftLimitOfOpenFiles", "test/cli environment.txtar"}},
	{19, "tty", []string{"internal/terminal TestForegroundComesBack", "test/cli tty.txtar"}},
	{21, "tty", []string{"internal/terminal TestStdinThatIsNoTerminal", "test/cli terminal_without.txtar"}},
	{22, "run", []string{"sandbox TestBug22LargeOutputIsWhole", "test/cli stdio.txtar"}},
	{24, "run", []string{"sandbox TestBug24ShortCommandsWithPipedInput", "test/cli exit.txtar"}},
	{26, "run", []string{"sandbox TestBug26OutputKeepsItsOrder", "test/cli stdio.txtar"}},
	{31, "run", []string{"sandbox TestBug31BackgroundChildrenEnd", "test/cli exit.txtar"}},
	{32, "rootfs", []string{"sandbox TestBug32BindOntoLinks"}},
	{34, "rootfs", []string{"sandbox TestBug34MountBelowReadOnlyRoot"}},
	{36, "rootfs", []string{"sandbox TestBug36NoPlaceholderIsLeft", "test/cli mounts.txtar"}},
	{37, "rootfs", []string{"sandbox TestBug37DirectoriesInAnyOrder", "test/cli mounts.txtar"}},
	{39, "rootfs", []string{"sandbox TestBug39SharedMemoryHasItsSize", "test/cli mounts.txtar"}},
	{42, "run", []string{"sandbox TestBug42HiddenProcOfTheHost"}},
	{47, "cgroup", []string{"sandbox TestBug47NoSwapBeyondTheLimit"}},
	{61, "run", []string{"sandbox TestBug61OneExitCodeForSetupFailures", "test/cli exit.txtar"}},
	{62, "run", []string{"sandbox TestBug62OtherChildrenOfTheLauncher", "test/cli exit.txtar"}},
	{64, "run", []string{"sandbox TestBug64PWDIsTheDirectory", "test/cli environment.txtar"}},
	{66, "run", []string{"sandbox TestBug66PipedStdinStaysOpen", "test/cli stdio.txtar"}},
	{69, "run", []string{"sandbox TestBug69SharedPIDsEndWithTheLauncher", "test/cli signals.txtar"}},
	{71, "rootfs", []string{"sandbox TestBug71InodesAreCapped", "test/cli mounts.txtar"}},
	{72, "run", []string{"sandbox TestBug72SetupErrorsAreNotRetried"}},
	{74, "run", []string{"sandbox TestBug74NoSubordinateIDs"}},
	{79, "cgroup", []string{"sandbox TestBug79GroupIsBelowOurOwn"}},
	{81, "cgroup", []string{"sandbox TestBug81ReadOnlyCgroupTree"}},
	{94, "seccomp", []string{"sandbox TestBug94NoForkIsNoForkAtAll"}},
	{96, "seccomp", []string{"sandbox TestBug96ThirtyTwoBitCalls"}},
	{97, "seccomp", []string{"sandbox TestBug97NamespaceBanHoldsForClone3"}},
	{126, "run", []string{"sandbox TestBug126ProcessorsAndUptime"}},
	{127, "run", []string{"sandbox TestBug127SecondCommandCanFork"}},
}

// Every row names tests that there are, in the order of the rows.
func TestBugRowsHaveTheirTests(t *testing.T) {
	before := 0
	for _, b := range bugRows {
		if b.row <= before || len(b.tests) == 0 {
			t.Errorf("row %d stands behind %d, with the tests %q", b.row, before, b.tests)
		}
		before = b.row
		for _, test := range b.tests {
			dir, name, _ := strings.Cut(test, " ")
			if !exists(t, dir, name, b.row) {
				t.Errorf("row %d, area %s: there is no %s in %s that is about it", b.row, b.area, name, dir)
			}
		}
	}
}

// exists finds a Go test by its name, or a script that mentions the row.
func exists(t *testing.T, dir, name string, row int) bool {
	t.Helper()
	if strings.HasSuffix(name, ".txtar") {
		file := dir + "/testdata/" + name
		return slices.Contains(sources(t, ".txtar"), file) && mentions(read(t, file))[row]
	}
	for _, file := range sources(t, "_test.go") {
		if strings.HasPrefix(file, dir+"/") && strings.Count(file, "/") == strings.Count(dir, "/")+1 && strings.Contains(read(t, file), "\nfunc "+name+"(t *testing.T) {") {
			return true
		}
	}
	return false
}

var rowsMentioned = regexp.MustCompile(`\brows? ([0-9]+(?:(?:, | and )[0-9]+)*)`)

// mentions are the rows that a script's remarks name.
func mentions(text string) map[int]bool {
	found := map[int]bool{}
	for _, m := range rowsMentioned.FindAllStringSubmatch(text, -1) {
		for _, number := range strings.FieldsFunc(m[1], func(r rune) bool { return r < '0' || r > '9' }) {
			n, _ := strconv.Atoi(number) // it matched as one
			found[n] = true
		}
	}
	return found
}

var bugTest = regexp.MustCompile(`\nfunc (TestBug([0-9]+)[A-Z][A-Za-z0-9]*)\(`)

// And every test that is named after a row is named by it.
func TestBugTestsAreNamedByTheirRow(t *testing.T) {
	listed := map[string]int{}
	for _, b := range bugRows {
		for _, test := range b.tests {
			listed[test] = b.row
		}
	}
	found := 0
	for _, file := range sources(t, "_test.go") {
		for _, m := range bugTest.FindAllStringSubmatch(read(t, file), -1) {
			found++
			if test := file[:strings.LastIndexByte(file, '/')] + " " + m[1]; strconv.Itoa(listed[test]) != m[2] {
				t.Errorf("%s is in no row %s; there are %v", test, m[2], slices.Sorted(maps.Keys(listed)))
			}
		}
	}
	if found == 0 {
		t.Error("no test is named after a row, so nothing was checked")
	}
}

func TestMentions(t *testing.T) {
	got := slices.Sorted(maps.Keys(mentions("# (row 7: x), rows 39, 71 and 5. arrow 9")))
	if !slices.Equal(got, []int{5, 7, 39, 71}) {
		t.Errorf("got %v", got)
	}
}
