// Package cli is the command line of bulkhead's programs: one table for each
// command, and from it the parser, the help, the manual pages, the completions
// and the reference.
//
// The tables are plain data. Written as package-level variables they are laid
// out by the compiler, so that a program with a hundred flags starts as fast as
// one with none.
package cli

// Program is a binary and all its commands.
type Program struct {
	Name string
	// Summary says in one line what the program is for.
	Summary string
	// Long is the text of its manual: paragraphs parted by empty lines; lines
	// indented by four spaces are shown as they are.
	Long string
	// Version points to the text, because the linker may set it.
	Version  *string
	Commands []*Command
	// Foreign names commands that people know from other tools.
	Foreign []Foreign
	// Placeholders explains the words in capitals that the flags' values use.
	Placeholders []Placeholder
	Examples     []Example
	Exit         []Exit
}

// Command is one verb.
type Command struct {
	Name string
	// Summary says in one line what it does.
	Summary string
	// Forms are the ways to call it, without the program's and its own name.
	Forms []string
	// Long is further text, written as Program.Long.
	Long string
	// Groups of flags, each under the question it answers.
	Groups []Group
	// Args are the words that are not flags.
	Args     []Arg
	Examples []Example
	Exit     []Exit
	// UsageExit is the exit status for a wrong command line; 0 means 2.
	UsageExit int
	// OptionsFirst ends the options at the first word that is none, so that a
	// command and its own options can follow.
	OptionsFirst bool
	// Foreign names flags that people know from other tools.
	Foreign []Foreign
	// Sub are the commands below this one; it has no Run of its own then.
	Sub []*Command
	// Run does the work and returns the exit status; a non-nil error is printed.
	Run func(*Call) (int, error)
}

// Group is a list of flags that answer one question.
type Group struct {
	Title string
	Flags []Flag
}

// Flag is one option.
type Flag struct {
	// Long is its name without dashes, Short its letter, or empty.
	Long, Short string
	// Arg is how its value looks, such as "SIZE"; empty for a flag without a value.
	Arg string
	// Optional allows the flag without its value; the value needs "=" then.
	Optional bool
	// List takes several values in one, parted by commas.
	List bool
	// Repeat marks a flag whose values add up. Others: the last one counts.
	Repeat bool
	// Common puts it into the short help.
	Common bool
	// Doc is one line, More the rest of the description, or empty.
	Doc, More string
	// Default in words; empty where there is nothing to say.
	Default string
	// Complete says what the shell may offer as value, besides Values.
	Complete Completion
	// Values are offered by the shell; with Closed no others are allowed.
	Values []string
	Closed bool
	// Set stores a value in the command's target; see [On]. Nil is for a flag
	// that the command asks the Line for, and marked so by Early.
	Set   Setter
	Early bool
}

// Arg is one word that is not a flag.
type Arg struct {
	Name, Doc        string
	Optional, Repeat bool
	Complete         Completion
	// Values are the only words allowed, if there are any.
	Values []string
}

// Completion is a kind of word that a shell can offer.
type Completion uint8

// The kinds of words a shell can offer.
const (
	CompleteNothing Completion = iota
	CompleteFile
	CompleteDir
	CompleteSandbox
	CompleteCommand
	CompleteVariable
	CompleteVerb
)

// Placeholder explains a word in capitals.
type Placeholder struct{ Name, Doc string }

// Example is a command line that can be run as it is, and what it does.
type Example struct{ Line, Doc string }

// Exit is an exit status and what it means.
type Exit struct{ Code, Doc string }

// Foreign is another tool's name for a flag, with its dashes, or for a command, and what to
// write here instead.
type Foreign struct{ Name, Use string }

// Setter stores a flag's value.
type Setter interface {
	set(target any, value string) error
}

// On is a Setter for targets of type *T. A flag without a value gets "".
type On[T any] func(target *T, value string) error

func (f On[T]) set(target any, value string) error {
	t, ok := target.(*T)
	if !ok {
		return &Error{Text: "the flag belongs to another command's table", Hint: "this is a bug in bulkhead: please report it"}
	}
	return f(t, value)
}
