package spec

import (
	"io/fs"
	"path"
	"strings"
)

// git guards what Git runs or obeys in the repository of the bind's source:
//   - hooks, and config, which can name programs (core.fsmonitor, core.sshCommand, filters, aliases);
//   - commondir and gitdir, which say where else Git looks for those;
//   - modules and worktrees, the repositories of submodules and of other work trees.
//
// A source that is a directory inside a work tree has no .git of its own: the
// repository above is not in view, so there is nothing to guard.
func (g *guard) git() {
	dotGit := path.Join(g.bind.Source, ".git")
	mode, exists := g.lstat(dotGit)
	for links := maxLinks; exists && mode&fs.ModeSymlink != 0 && links > 0; links-- {
		g.watch(dotGit)
		next, ok := g.follow(dotGit)
		if !ok {
			return
		}
		dotGit = next
		mode, exists = g.lstat(dotGit)
	}
	switch {
	case !exists:
		g.watch(dotGit)
	case mode.IsDir():
		g.gitDirectory(dotGit)
	default:
		g.gitFile(dotGit)
	}
}

// gitDirectory is the usual case: .git is the repository. One that a link
// names outside of the source must say that the source is its work tree:
// the link may be an earlier program's work.
func (g *guard) gitDirectory(dir string) {
	switch inside := isBelow(dir, g.bind.Source); {
	case inside:
		var ok bool
		if dir, ok = g.pin(g.bind.Source, g.below(dir), maxLinks); !ok {
			return
		}
	case !g.namesBack(dir):
		g.refuseGit(dir)
		return
	case g.around(dir):
		return
	}
	g.place(dir, true)
	g.guardRepository(dir)
	g.readOnly(dir, "worktrees")
}

// below is the path of p, which is the source or lies in it, from there.
func (g *guard) below(p string) string {
	return or(strings.TrimPrefix(strings.TrimPrefix(p, g.bind.Source), "/"), ".")
}

// gitFile follows the line "gitdir: PATH" of a work tree or a submodule.
func (g *guard) gitFile(file string) {
	pointer, ok := strings.CutPrefix(g.readLine(file), "gitdir: ")
	if !ok {
		g.fail("", file, "is neither a directory nor a file that says gitdir:", "repair the repository, or leave git out")
		return
	}
	if isBelow(file, g.bind.Source) {
		g.readOnly(g.bind.Source, g.below(file))
	}
	dir := resolveFrom(path.Dir(file), pointer)
	switch common := g.commonDir(dir); {
	case isBelow(dir, g.bind.Source):
		g.gitDirectory(dir)
	case !g.namesBack(dir):
		g.refuseGit(dir)
	case common == "":
		g.gitDirectory(dir)
	default:
		g.gitWorktree(dir, common)
	}
}

// around refuses a repository that the source lies in: shown, it would cover the bind and its guards, and open all that lies beside it.
func (g *guard) around(dir string) bool {
	if !isBelow(g.bind.Source, dir) {
		return false
	}
	g.fail(".git", dir, "holds the work tree itself, so what is beside it would be writable, too",
		"move the work tree out of the repository, by git worktree move, or leave git out")
	return true
}

func (g *guard) refuseGit(dir string) {
	g.fail(".git", dir, "is named by "+path.Join(g.bind.Source, ".git")+" but does not name it back",
		"git worktree repair mends a moved work tree, git config core.worktree names another one; or leave git out: the repository is then not in view")
}

// gitWorktree shows the repository of a linked work tree, and in it only this tree's own part writable beside the common one.
func (g *guard) gitWorktree(dir, common string) {
	if g.around(common) {
		return
	}
	g.place(common, true)
	g.guardRepository(common)
	g.readOnly(common, "worktrees")
	g.place(dir, true)
	for _, name := range [...]string{"commondir", "gitdir", "config.worktree"} {
		g.readOnly(dir, name)
	}
}

// guardRepository guards the parts that every repository directory has.
func (g *guard) guardRepository(dir string) {
	for _, name := range [...]string{"config", "config.worktree", "hooks", "modules", "commondir"} {
		g.readOnly(dir, name)
	}
}

// commonDir is the repository that the private directory of a linked work tree belongs to; "" when it is none.
// gitrepository-layout(5): the private directory is worktrees/NAME in it.
func (g *guard) commonDir(dir string) string {
	text := g.readLine(path.Join(dir, "commondir"))
	if text == "" {
		return ""
	}
	common := resolveFrom(dir, text)
	if path.Dir(dir) != path.Join(common, "worktrees") {
		return ""
	}
	return common
}

// namesBack reports whether a repository directory outside of the source says
// that the source is its work tree: by the file gitdir of a linked work tree, or
// by core.worktree of a submodule or a separate directory. Without this a
// program could write a .git that names any directory, and get that one the next time.
func (g *guard) namesBack(dir string) bool {
	if back := g.readLine(path.Join(dir, "gitdir")); back != "" {
		return resolveFrom(dir, back) == path.Join(g.bind.Source, ".git")
	}
	return g.configuredWorktree(dir) == g.bind.Source
}

// maxGitConfig is more than any configuration holds.
const maxGitConfig = 1 << 20

// configuredWorktree is the value of core.worktree; git-config(1).
func (g *guard) configuredWorktree(dir string) string {
	file := rel(path.Join(dir, "config"))
	info, err := fs.Stat(g.Files, file)
	if err != nil || !info.Mode().IsRegular() || info.Size() > maxGitConfig {
		return ""
	}
	text, err := fs.ReadFile(g.Files, file)
	if err != nil {
		return ""
	}
	section := ""
	for line := range strings.Lines(string(text)) {
		line = strings.TrimSpace(line)
		if strings.HasPrefix(line, "[") {
			section = strings.ToLower(line)
		}
		key, value, ok := strings.Cut(line, "=")
		if ok && section == "[core]" && strings.EqualFold(strings.TrimSpace(key), "worktree") {
			return resolveFrom(dir, strings.Trim(strings.TrimSpace(value), `"`))
		}
	}
	return ""
}

// resolveFrom completes a path that is relative to dir.
func resolveFrom(dir, p string) string {
	if path.IsAbs(p) {
		return path.Clean(p)
	}
	return path.Join(dir, p)
}
