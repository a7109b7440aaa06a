package spec

// agentProfile is for a program that writes code on somebody's behalf: it may
// change the directory it is started in, and only that; no network, a private HOME.
//
// What it writes there is run later, outside, by other programs. The files that
// such programs obey without asking are kept read-only, the ones that hold
// secrets are covered. What the project itself runs (its Makefile, its tests,
// its package scripts) stays the agent's to change: look at it before running it outside.
func agentProfile() Spec {
	s := buildProfile()
	s.Seccomp.Policy = "agent"
	s.Workdir = "."
	s.Mounts = []Mount{{
		Type:   MountBind,
		Source: ".",
		Target: ".",
		Write:  true,
		Git:    true,
		Guard:  obeyedFiles(),
		Hide:   secretFiles(),
	}}
	return s
}

// obeyedFiles are read by shells, editors, debuggers, package managers and
// agents when they are started in a directory.
func obeyedFiles() []string {
	return []string{
		".envrc", ".npmrc", ".yarnrc", ".yarnrc.yml", ".gitconfig", ".husky", ".githooks",
		".bashrc", ".bash_profile", ".profile", ".zshrc", ".zshenv", ".zprofile", ".inputrc", ".ripgreprc",
		".exrc", ".vimrc", ".nvimrc", ".nvim.lua", ".dir-locals.el", ".gdbinit", ".lldbinit",
		".vscode", ".idea", ".zed", ".helix", ".devcontainer", ".devcontainer.json", ".cargo",
		".mcp.json", ".claude", ".codex", ".cursor", ".gemini", ".windsurf",
	}
}

func secretFiles() []string {
	return []string{".env", ".env.local", ".env.development", ".env.test", ".env.staging", ".env.production", ".netrc", ".pypirc", ".ssh", ".gnupg", ".aws", ".kube"}
}
