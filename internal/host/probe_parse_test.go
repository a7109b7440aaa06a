package host

import (
	"slices"
	"strings"
	"testing"
)

const dockerMounts = `600 500 0:60 / / rw,relatime - overlay overlay rw,lowerdir=/a:/b
601 600 0:61 / /proc rw,nosuid,nodev,noexec,relatime - proc proc rw,hidepid=invisible,gid=5
602 600 0:62 / /dev rw,nosuid - tmpfs tmpfs rw,size=65536k,mode=755
603 601 0:61 /bus /proc/bus ro,nosuid,nodev,noexec,relatime - proc proc rw
604 601 0:63 / /proc/acpi ro,relatime - tmpfs tmpfs ro
605 601 0:62 /null /proc/kcore rw,nosuid - tmpfs tmpfs rw
606 601 0:64 / /proc/sys/fs/binfmt_misc rw - binfmt_misc binfmt_misc rw
607 600 8:1 /var/lib/data /mnt/with\040blank rw shared:1 master:2 - ext4 /dev/sda1 rw
short line - x
no separator at all
`

func TestParseMounts(t *testing.T) {
	list := parseMounts(dockerMounts)
	if len(list) != 8 {
		t.Fatalf("got %d mounts: %+v", len(list), list)
	}
	want := mounted{root: "/var/lib/data", point: "/mnt/with blank", kind: "ext4", source: "/dev/sda1", options: "rw,rw"}
	if list[7] != want {
		t.Errorf("got %+v, want %+v", list[7], want)
	}
	proc, found := lastMount(list, "/proc")
	if value, set := proc.option("hidepid"); !found || !set || value != "invisible" {
		t.Errorf("hidepid: %q %v in %+v", value, set, proc)
	}
	if _, set := proc.option("subset"); set {
		t.Error("an option that is not there was found")
	}
	if _, found := lastMount(list, "/nowhere"); found {
		t.Error("a mount that is not there was found")
	}
	if got, want := masks(list), []string{"/proc/bus", "/proc/acpi", "/proc/kcore"}; !slices.Equal(got, want) {
		t.Errorf("masks: got %v, want %v", got, want)
	}
}

func TestFew(t *testing.T) {
	for want, list := range map[string][]string{"a": {"a"}, "a, b, c": {"a", "b", "c"}, "a, b, c and 2 more": {"a", "b", "c", "d", "e"}} {
		if got := few(list); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

func TestHolding(t *testing.T) {
	list := parseMounts(dockerMounts)
	for p, want := range map[string]string{
		"/": "/", "/home/x": "/", "/device": "/", "/dev": "/dev", "/dev/null": "/dev", "/proc/bus/pci": "/proc/bus", "/mnt/with blank/f": "/mnt/with blank",
	} {
		if got := holding(list, p).point; got != want {
			t.Errorf("%s: got %q, want %q", p, got, want)
		}
	}
	if got := distinct(list, "/", "/home/x", "/dev/a", "/dev/b", ""); !slices.Equal(got, []string{"/", "/dev/a"}) {
		t.Errorf("distinct: %v", got)
	}
}

func TestParseSubIDs(t *testing.T) {
	list := parseSubIDs("alice:100000:65536\nbob:165536:1000\n1000:200000:10\n\n# no\nbad:x:1\nbad:1:0\n:1:1\nlate:4294967000:100\n")
	want := []idRange{{"alice", 100000, 65536}, {"bob", 165536, 1000}, {"1000", 200000, 10}, {"late", 4294967000, 100}}
	if !slices.Equal(list, want) {
		t.Errorf("got %+v", list)
	}
	for _, c := range []struct {
		name, text string
		uid        uint32
		total      uint64
	}{
		{"alice", "100000-165535", 5, 65536}, {"bob", "165536-166535,200000-200009", 1000, 1010},
		{"", "200000-200009", 1000, 10}, {"nobody", "", 7, 0}, {"", "", 7, 0},
	} {
		if text, total := of(list, c.name, c.uid); text != c.text || total != c.total {
			t.Errorf("%s %d: got %q %d, want %q %d", c.name, c.uid, text, total, c.text, c.total)
		}
	}
	if got := free(list[:2], list[2:3]); got != 200010 {
		t.Errorf("free: %d", got)
	}
	if got := free(nil); got != 100000 {
		t.Errorf("free of nothing: %d", got)
	}
}

func TestVersions(t *testing.T) {
	for release, want := range map[string]version{
		"6.1.0-13-amd64": {6, 1}, "5.15": {5, 15}, "5.15+": {5, 15}, "6.18.44-fc-v595": {6, 18}, "5.4-rc1": {5, 4}, "odd": {}, "": {},
	} {
		if got := parseVersion(release); got != want {
			t.Errorf("%q: got %v, want %v", release, got, want)
		}
	}
	for _, c := range []struct {
		release, since string
		older          bool
	}{{"5.14.21", "5.15", true}, {"5.15.0", "5.15", false}, {"6.1", "5.15", false}, {"4.19", "5.2", true}, {"5.4", "5.11", true}} {
		if got := (&System{Release: c.release}).olderThan(c.since); got != c.older {
			t.Errorf("%s older than %s: %v", c.release, c.since, got)
		}
	}
}

func TestBuilt(t *testing.T) {
	const config = "CONFIG_A=y\nCONFIG_B=m\n# CONFIG_C is not set\nCONFIG_AB=n\n"
	for option, want := range map[string]string{"CONFIG_A": "y", "CONFIG_B": "m", "CONFIG_C": "n", "CONFIG_D": "n"} {
		if got := built(config, option); got != want {
			t.Errorf("%s: got %q, want %q", option, got, want)
		}
	}
	if got := built("", "CONFIG_A"); got != "" {
		t.Errorf("without a configuration: %q", got)
	}
}

func TestField(t *testing.T) {
	const status = "Name:\tx\nSeccomp:\t2\nSeccomp_filters:\t1\nCapEff:\t00000000a80425fb\n"
	for name, want := range map[string]string{"Seccomp": "2", "Seccomp_filters": "1", "Nothing": ""} {
		if got := field(status, name); got != want {
			t.Errorf("%s: %q", name, got)
		}
	}
}

func TestHeldIDs(t *testing.T) {
	for text, want := range map[string]uint64{"0 1000 1": 1, "         0          0 4294967295\n": 4294967295, "0 1000 1\n1 100000 65536\n": 65537, "": 0, "x\n": 0} {
		if got := heldIDs(text); got != want {
			t.Errorf("%q: got %d, want %d", text, got, want)
		}
	}
}

func TestLacking(t *testing.T) {
	if got := lacking("000001ffffffffff"); got != nil {
		t.Errorf("all: %v", got)
	}
	// What Docker gives by default.
	if got, want := lacking("00000000a80425fb"), []string{"CAP_NET_ADMIN", "CAP_SYS_ADMIN"}; !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	var mask uint64
	for _, c := range building {
		mask |= 1 << c.number
	}
	if mask != needed {
		t.Errorf("building %x and needed %x differ", mask, uint64(needed))
	}
}

// What the kernel escapes comes back as it was.
func FuzzParseMounts(f *testing.F) {
	f.Add(dockerMounts, "/a b")
	f.Add("1 1 0:1 / / rw - x y", "/tab\tand\\")
	f.Add("", "/no-break\u00a0and\r - dash")
	escape := strings.NewReplacer(`\`, `\134`, " ", `\040`, "\t", `\011`, "\n", `\012`)
	f.Fuzz(func(t *testing.T, text, point string) {
		parseMounts(text)
		if !strings.HasPrefix(point, "/") {
			return // every mount point does
		}
		list := parseMounts("1 1 0:1 / " + escape.Replace(point) + " rw - x y rw\n")
		if len(list) != 1 || list[0].point != point {
			t.Errorf("%q became %+v", point, list)
		}
	})
}

func FuzzParseSubIDs(f *testing.F) {
	f.Add("alice:100000:65536\n1000:1:1\nbad")
	f.Fuzz(func(t *testing.T, text string) {
		for _, r := range parseSubIDs(text) {
			if r.owner == "" || r.count == 0 || r.start > 1<<32 || r.count > 1<<32 {
				t.Errorf("%+v from %q", r, text)
			}
		}
	})
}
