package plan

import (
	"encoding/binary"
	"strings"
	"testing"

	"github.com/bulkhead/bulkhead/spec"
)

// The kernel's numbers, from landlock(7): rights by the version that brought them.
func TestLandlockRights(t *testing.T) {
	for abi, want := range map[int]uint64{1: 1<<13 - 1, 2: 1<<14 - 1, 3: 1<<15 - 1, 4: 1<<15 - 1, 5: 1<<16 - 1, 6: 1<<16 - 1, 7: 1<<16 - 1, 99: 1<<16 - 1} {
		if got := landlockRights(abi); got != want {
			t.Errorf("ABI %d: rights %#x, want %#x", abi, got, want)
		}
	}
}

// ruleset is struct landlock_ruleset_attr, as far as the kernel of the ABI reads it.
type ruleset struct{ fs, net, scope uint64 }

func rulesetOf(t *testing.T, p *Plan) (ruleset, int64) {
	t.Helper()
	c := one(t, p, "make a Landlock ruleset").Calls[0]
	b, _, _ := c.Args[0].Data()
	size, _ := c.Args[1].Number()
	return ruleset{word(b, 0), word(b, 1), word(b, 2)}, size
}

func TestLandlockRuleset(t *testing.T) {
	const shared, alone = `{"namespaces": {"net": "host", "pid": "host"}, "landlock": {"mode": "on"}}`, `{"landlock": {"mode": "on"}}`
	const ports = `{"namespaces": {"net": "host", "pid": "host"}, "landlock": {"mode": "on", "connect_tcp": [], "bind_tcp": [80]}}`
	for _, test := range []struct {
		abi  int
		doc  string
		want ruleset
		size int64
	}{
		{1, shared, ruleset{0x1fff, 0, 0}, 8},
		{3, shared, ruleset{0x7fff, 0, 0}, 8},
		{4, ports, ruleset{0x7fff, 3, 0}, 16},
		{5, ports, ruleset{0xffff, 3, 0}, 16},
		{6, ports, ruleset{0xffff, 3, 3}, 24},
		{6, shared, ruleset{0xffff, 0, 3}, 24},
		{7, alone, ruleset{0xffff, 0, 0}, 24},
	} {
		in := asRoot()
		in.decode(t, test.doc)
		in.host.LandlockABI = test.abi
		if got, size := rulesetOf(t, in.mustPlan(t)); got != test.want || size != test.size {
			t.Errorf("ABI %d, %s: %+v of %d bytes, want %+v of %d", test.abi, test.doc, got, size, test.want, test.size)
		}
	}
}

// No rule may ask for a right that the ruleset does not handle: the kernel refuses it.
func TestLandlockRulesFitTheRuleset(t *testing.T) {
	for abi := 1; abi <= 7; abi++ {
		in := goldenNamed("landlock").input(func(in *input, doc string) { in.decode(t, doc) })
		in.host.LandlockABI = abi
		p := in.mustPlan(t)
		handled, _ := rulesetOf(t, p)
		rules := 0
		for _, c := range allCalls(p, "landlock_add_rule") {
			b, _, _ := c.Args[2].Data()
			rules++
			if rights := word(b, 0); rights == 0 || rights&^handled.fs != 0 {
				t.Errorf("ABI %d: a rule with rights %#x, handled are %#x", abi, rights, handled.fs)
			}
		}
		if rules == 0 {
			t.Errorf("ABI %d: no rules", abi)
		}
	}
}

// allCalls are the calls of a name.
func allCalls(p *Plan, name string) []*Call {
	var found []*Call
	for i := range p.Steps {
		for j := range p.Steps[i].Calls {
			if c := &p.Steps[i].Calls[j]; c.Name == name {
				found = append(found, c)
			}
		}
	}
	return found
}

func TestLandlockPorts(t *testing.T) {
	in := asRoot()
	in.decode(t, `{"namespaces": {"net": "host"}, "landlock": {"mode": "on", "connect_tcp": [443, 65535], "bind_tcp": [1]}}`)
	p := in.mustPlan(t)
	got := map[uint64]uint64{}
	for _, s := range find(p, "allow TCP port") {
		b, _, _ := s.Calls[0].Args[2].Data()
		if kind, _ := s.Calls[0].Args[1].Number(); kind != llRuleNetPort {
			t.Errorf("%s: rule of type %d", s.Object, kind)
		}
		got[binary.LittleEndian.Uint64([]byte(b[8:16]))] = word(b, 0)
	}
	if len(got) != 3 || got[443] != 2 || got[65535] != 2 || got[1] != 1 {
		t.Errorf("ports with rights: %v", got)
	}
}

func TestLandlockMissing(t *testing.T) {
	for _, test := range []struct {
		abi  int
		doc  string
		want string
	}{
		{0, `{"landlock": {"mode": "on"}}`, "landlock: this kernel has no Landlock"},
		{0, `{"landlock": {"mode": "only"}, "allow_drop": ["landlock"]}`, "landlock: this kernel has no Landlock"},
		{3, `{"landlock": {"mode": "on", "bind_tcp": []}, "allow_drop": ["landlock"]}`, "landlock ports: this kernel's Landlock knows no network rules"},
	} {
		in := asRoot()
		in.decode(t, test.doc)
		in.host.LandlockABI = test.abi
		if _, err := in.plan(); err == nil || !strings.HasPrefix(err.Error(), test.want) {
			t.Errorf("ABI %d, %s: %v, want %s", test.abi, test.doc, err, test.want)
		}
	}
}

// A wall that is given up is told, and nothing of it is left in the plan.
func TestLandlockDropped(t *testing.T) {
	in := asRoot()
	in.decode(t, `{"landlock": {"mode": "on"}, "allow_drop": ["landlock"]}`)
	in.host.LandlockABI = 0
	p := in.mustPlan(t)
	if len(p.Dropped) != 1 || p.Dropped[0].Protection != spec.ProtectionLandlock || p.Dropped[0].Reason == "" || p.Dropped[0].Hint == "" {
		t.Errorf("dropped: %+v", p.Dropped)
	}
	if left := find(p, "make a Landlock"); len(left) > 0 {
		t.Error("and yet a ruleset is made")
	}
}
