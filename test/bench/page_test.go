package main

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"flag"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"
)

var update = flag.Bool("update", false, "write the golden files instead of comparing them")

// sample has one table of each kind, with names that need care.
func sample() *report {
	c := computer{Kernel: "6.1.0", Processor: "A <fast> one", CPUs: 2, MemoryKB: 8 << 20, Cgroups: "version 2", UID: 1000, Load: "1.50 0.10 0.05",
		At: time.Date(2026, 1, 2, 3, 4, 0, 0, time.UTC), Tools: []string{"bubblewrap 0.8.0"}}
	times := &table{Name: "times", Title: "Times & more", Unit: inSeconds, Bases: []base{always("plain", plain), always("bwrap", bwrap)},
		Rows: []*series{
			{Name: plain, Values: []float64{0.001, 0.0012, 0.0011}}, {Name: command, Ours: true, Values: []float64{0.002, 0.0022, 0.0025}},
			{Name: bwrap, Values: []float64{0.003, 0.0031, 0.0040}}, {Name: "slow <one>", Values: []float64{0.1, 0.2, 0.3}},
		},
		Absent:  []missing{{"podman run", "exit status 1"}},
		Budgets: []budget{{Row: command, Base: "plain", Most: 1.9}, {Row: command, Base: "bwrap", Most: 1}, {Row: "nobody", Base: "plain", Most: 1}}}
	rates := &table{Name: "rates", Title: "Rates", Unit: inStarts, MoreIsBetter: true, Bases: []base{always("plain", plain)},
		Rows: []*series{{Name: plain, Values: []float64{100, 110}}, {Name: command, Ours: true, Values: []float64{50, 60}}}}
	tasks := &table{Name: "tasks", Title: "Tasks", Unit: inSeconds, PlotRatio: true, Bases: []base{{"outside", outsideOf}},
		Rows: []*series{{Name: "stat" + outside, Values: []float64{1e-6, 1.1e-6}}, {Name: "stat" + inside, Ours: true, Values: []float64{1.01e-6, 1.15e-6}}}}
	sizes := &table{Name: "sizes", Title: "Sizes", Unit: inBytes, Budgets: []budget{{Row: "each", Most: 300 << 10}},
		Rows: []*series{{Name: "each", Ours: true, Values: []float64{1 << 18}}, {Name: "less than nothing", Values: []float64{-4096}}}}
	r := &report{Before: c, After: c, Sections: []result{{"one", "One", "How it is done.", []*table{times, rates}}, {"two", "Two", "So.", []*table{tasks, sizes}}}}
	for _, s := range r.Sections {
		for _, t := range s.Tables {
			t.compare()
		}
	}
	return r
}

// golden compares text with a file of testdata.
func golden(t *testing.T, name, text string) {
	t.Helper()
	file := filepath.Join("testdata", name)
	if *update {
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if text != string(want) {
		t.Errorf("%s differs; look at it after go test ./test/bench -update. Got:\n%s", file, text)
	}
}

func TestPublish(t *testing.T) {
	dir := t.TempDir()
	if err := sample().publish(dir); err != nil {
		t.Fatal(err)
	}
	page, err := os.ReadFile(filepath.Join(dir, "benchmarks.md"))
	if err != nil {
		t.Fatal(err)
	}
	golden(t, "page.md", string(page))
	shown := regexp.MustCompile(`\]\((benchmarks/[a-z-]+\.svg)\)`).FindAllStringSubmatch(string(page), -1)
	if len(shown) != 4 {
		t.Fatalf("the page shows %q, want four drawings", shown)
	}
	for _, s := range shown {
		drawing, err := os.ReadFile(filepath.Join(dir, s[1]))
		if err != nil {
			t.Fatal(err)
		}
		golden(t, s[1], string(drawing))
	}
}

// Every row of a table has as many cells as its head.
func TestTablesAreRectangles(t *testing.T) {
	cells, checked := 0, 0
	for _, line := range strings.Split(sample().markdown(""), "\n") {
		if !strings.HasPrefix(line, "|") {
			cells = 0
			continue
		}
		n := strings.Count(strings.ReplaceAll(line, `\|`, ""), "|")
		if cells == 0 {
			cells = n
		}
		if checked++; n != cells {
			t.Errorf("%d cells instead of %d: %s", n, cells, line)
		}
	}
	if checked < 15 {
		t.Errorf("only %d rows were found", checked)
	}
}

// Drawings are XML, with their text as text, and nothing that runs or is fetched.
func TestDrawingsAreSafeXML(t *testing.T) {
	for _, s := range sample().Sections {
		for _, table := range s.Tables {
			text := map[string]bool{}
			d := xml.NewDecoder(strings.NewReader(table.plot()))
			for {
				token, err := d.Token()
				if err == io.EOF {
					break
				} else if err != nil {
					t.Fatalf("%s: %v", table.Name, err)
				}
				switch token := token.(type) {
				case xml.CharData:
					text[string(bytes.TrimSpace(token))] = true
				case xml.StartElement:
					inspect(t, table.Name, token)
				}
			}
			for _, b := range first(table.bars()) {
				if !text[b.name] {
					t.Errorf("%s: no text %q", table.Name, b.name)
				}
			}
		}
	}
}

func first(bars []bar, _ unit) []bar { return bars }

func inspect(t *testing.T, drawing string, e xml.StartElement) {
	if e.Name.Local == "script" || e.Name.Local == "image" || e.Name.Local == "foreignObject" {
		t.Errorf("%s has a <%s>", drawing, e.Name.Local)
	}
	for _, a := range e.Attr {
		if strings.HasPrefix(a.Name.Local, "on") || a.Name.Local == "href" || strings.Contains(a.Value, "NaN") || strings.Contains(a.Value, "Inf") {
			t.Errorf("%s: <%s %s=%q>", drawing, e.Name.Local, a.Name.Local, a.Value)
		}
		if e.Name.Local == "rect" && a.Name.Local == "width" && strings.HasPrefix(a.Value, "-") {
			t.Errorf("%s has a bar of width %s", drawing, a.Value)
		}
	}
}

func TestAxisIsRoundAndLongEnough(t *testing.T) {
	for length, want := range map[float64]float64{0: 1, 1.5: 1.6, 3.9: 4, 0.0042: 0.005, 730: 800} {
		if got := axisEnd([]bar{{spread: spread{P90: length}}}, inTimes); got < want*0.999 || got > want*1.001 {
			t.Errorf("up to %v: the axis ends at %v, want %v", length, got, want)
		}
	}
	if got := axisEnd([]bar{{spread: spread{P90: 5.6 * (1 << 20)}}}, inBytes); got != 6<<20 {
		t.Errorf("bytes: the axis ends at %v, want 6 MiB", got)
	}
	far := []bar{{spread: spread{P90: 500}}, {ours: true, spread: spread{P90: 10}}}
	if got := axisEnd(far, inTimes); got != 40 {
		t.Errorf("a bar far longer than ours stretches the axis to %v", got)
	}
}

func TestJSONReadsBack(t *testing.T) {
	var out strings.Builder
	if err := sample().writeJSON(&out); err != nil {
		t.Fatal(err)
	}
	var back report
	if err := json.Unmarshal([]byte(out.String()), &back); err != nil {
		t.Fatal(err)
	}
	s := back.Sections[0].Tables[0].find(command)
	if len(s.Values) != 3 || s.Median != 0.0022 || s.Ratio["bwrap"].Median == 0 || *back.Sections[0].Tables[0].Budgets[0].Got == 0 {
		t.Errorf("got %+v", s)
	}
}

func TestWarnsOfABusyMachine(t *testing.T) {
	var out strings.Builder
	computer{Load: "0.99 3.00 3.00"}.warn(&out)
	if out.Len() != 0 {
		t.Errorf("a quiet machine: %s", &out)
	}
	computer{Load: "1.01 0.00 0.00"}.warn(&out)
	if !strings.Contains(out.String(), "WARNING") {
		t.Errorf("got %q", &out)
	}
}

func TestMachineIsDescribed(t *testing.T) {
	c := machine()
	if c.Kernel == "" || c.CPUs < 1 || c.MemoryKB < 1 || len(strings.Fields(c.Load)) != 3 || !strings.HasPrefix(c.Cgroups, "version") {
		t.Errorf("got %+v", c)
	}
}
