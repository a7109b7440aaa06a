package main

import (
	"strings"

	"github.com/bulkhead/bulkhead/internal/cli"
	"github.com/bulkhead/bulkhead/spec"
)

// parseRun turns a command line of run into a Spec. It is pure but for what
// the caller's functions read, and checks each flag by itself: what does not go
// together, Validate finds. The order of evaluation is profile, Spec file,
// flags, whatever their order on the line.
func parseRun(call *cli.Call, from caller) (spec.Spec, runOptions, error) {
	r := request{from: from}
	if err := r.start(call); err != nil {
		return spec.Spec{}, r.options, err
	}
	r.options.MountsBefore = len(r.spec.Mounts)
	if err := call.Apply(&r); err != nil {
		return spec.Spec{}, r.options, err
	}
	r.finish(call.Line.Words)
	if len(r.spec.Command) == 0 {
		return r.spec, r.options, noCommand(call)
	}
	return r.spec, r.options, nil
}

func noCommand(call *cli.Call) error {
	return &cli.Error{
		Text: call.Path() + ": no command to run",
		Hint: "write it behind the flags, as in " + call.Program.Name + " " + call.Path() + " -- sh -c 'echo hello'",
	}
}

// start loads the profile and the Spec file.
func (r *request) start(call *cli.Call) error {
	profile, given := call.Line.Value("profile")
	if !given {
		profile = "default"
	}
	if err := r.loadProfile(profile); err != nil {
		return call.Failure("--profile "+quote(profile), err)
	}
	if file, given := call.Line.Value("spec"); given {
		if err := r.loadSpec(file); err != nil {
			return call.Failure("--spec "+quote(file), err)
		}
	}
	return nil
}

func (r *request) loadProfile(name string) error {
	base, known := spec.Profile(name)
	switch {
	case known:
		r.spec = base
		return nil
	case strings.ContainsAny(name, "/."):
		return r.loadFile(name)
	}
	err := unknownWord("profile", name, spec.Profiles())
	return addHint(err, "a file is written with a slash: ./"+name)
}

func (r *request) loadFile(name string) error {
	if name == "-" {
		name = "/dev/stdin"
	}
	text, err := r.from.read(name)
	if err != nil {
		return err
	}
	return spec.Decode(name, text, &r.spec)
}

// finish settles what depends on several flags.
func (r *request) finish(words []string) {
	if len(words) > 0 {
		r.spec.Command = words
	}
	r.spec.AllowDrop = r.allowDrop()
	if r.options.Detach && r.spec.Limits.Wall == 0 {
		r.spec.Limits.Wall = spec.Unlimited
	}
}
