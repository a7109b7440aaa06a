package spec

import "strings"

// rootKinds, mountTypes, hidePIDs, landlockModes and seccompPolicies are the words their fields know.
var (
	rootKinds       = []string{"host", "dir", "empty"}
	mountTypes      = []string{"bind", "tmpfs", "overlay", "file", "dir", "symlink", "mqueue", "sysfs"}
	hidePIDs        = []string{"off", "noaccess", "invisible"}
	landlockModes   = []string{"off", "on", "only"}
	seccompPolicies = []string{"default", "strict", "build", "shell", "agent", "none"}
)

// checkWord refuses a word that is not among the known ones.
func checkWord(kind, word string, known []string) error {
	for _, k := range known {
		if word == k {
			return nil
		}
	}
	return &FieldError{Path: kind, Value: word, Why: "unknown", Hint: didYouMean(word, known)}
}

// UnmarshalText accepts the known kinds only.
func (k *RootKind) UnmarshalText(text []byte) error {
	if err := checkWord("root kind", string(text), rootKinds); err != nil {
		return err
	}
	*k = RootKind(text)
	return nil
}

// MarshalText writes the kind as it is.
func (k RootKind) MarshalText() ([]byte, error) { return []byte(k), nil }

// UnmarshalText accepts the known types only.
func (t *MountType) UnmarshalText(text []byte) error {
	if err := checkWord("mount type", string(text), mountTypes); err != nil {
		return err
	}
	*t = MountType(text)
	return nil
}

// MarshalText writes the type as it is.
func (t MountType) MarshalText() ([]byte, error) { return []byte(t), nil }

// UnmarshalText accepts the known protections only.
func (p *Protection) UnmarshalText(text []byte) error {
	if err := checkWord("protection", string(text), protectionNames()); err != nil {
		return err
	}
	*p = Protection(text)
	return nil
}

// MarshalText writes the protection as it is.
func (p Protection) MarshalText() ([]byte, error) { return []byte(p), nil }

// UnmarshalText accepts a capability in any case, with or without "CAP_".
func (c *Capability) UnmarshalText(text []byte) error {
	v := Capability(strings.TrimPrefix(strings.ToUpper(string(text)), "CAP_"))
	if err := v.check(); err != nil {
		return err
	}
	*c = v
	return nil
}

// MarshalText writes the capability as it is.
func (c Capability) MarshalText() ([]byte, error) { return []byte(c), nil }
