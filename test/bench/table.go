package main

import "fmt"

// table is rows that were measured together.
type table struct {
	// Name is the plot's file name.
	Name  string    `json:"name"`
	Title string    `json:"title"`
	Unit  unit      `json:"unit"`
	Rows  []*series `json:"rows"`
	// Absent are the subjects that could not be measured.
	Absent  []missing `json:"absent,omitempty"`
	Bases   []base    `json:"-"`
	Budgets []budget  `json:"budgets,omitempty"`
	// PlotRatio plots the ratios to the only base instead of the figures.
	PlotRatio bool `json:"-"`
	// MoreIsBetter is for rates.
	MoreIsBetter bool `json:"more_is_better,omitempty"`
}

// base is a column of ratios: Of names the row that a row is compared with, "" for none.
type base struct {
	Header string
	Of     func(row string) string
}

// always compares every row with the same one.
func always(header, row string) base { return base{header, func(string) string { return row }} }

// budget is a target of the design, for a ratio to a base or, where Base is empty, for the figure itself.
type budget struct {
	Row  string  `json:"row"`
	Base string  `json:"base,omitempty"`
	Most float64 `json:"most,omitempty"`
	// Least is for rates, instead of Most.
	Least float64 `json:"least,omitempty"`
	// Got is what was measured; nil if it was not.
	Got *float64 `json:"got"`
	Met bool     `json:"met"`
}

func (t *table) find(name string) *series {
	for _, s := range t.Rows {
		if s.Name == name {
			return s
		}
	}
	return nil
}

// compare works out all that follows from the figures.
func (t *table) compare() {
	for _, s := range t.Rows {
		s.spread = spreadOf(s.Values)
		s.Ratio = map[string]spread{}
		for _, b := range t.Bases {
			if of := t.find(b.Of(s.Name)); of != nil && of != s {
				s.Ratio[b.Header] = spreadOf(quotients(s.Values, of.Values))
			}
		}
	}
	for i := range t.Budgets {
		t.Budgets[i].judge(t)
	}
}

func (b *budget) judge(t *table) {
	s := t.find(b.Row)
	if s == nil {
		return
	}
	got := s.Median
	if b.Base != "" {
		ratio, known := s.Ratio[b.Base]
		if !known {
			return
		}
		got = ratio.Median
	}
	b.Got = &got
	b.Met = (b.Least == 0 || got >= b.Least) && (b.Most == 0 || got <= b.Most)
}

// target reads as "≤ 1.90 × plain spawn".
func (b *budget) target(u unit) string {
	sign, value := "≤", b.Most
	if b.Least > 0 {
		sign, value = "≥", b.Least
	}
	if b.Base == "" {
		return sign + " " + u.text(value)
	}
	return fmt.Sprintf("%s %.2f × %s", sign, value, b.Base)
}

func (b *budget) measured(u unit) string {
	switch {
	case b.Got == nil:
		return "-"
	case b.Base == "":
		return u.text(*b.Got)
	}
	return fmt.Sprintf("%.2f ×", *b.Got)
}

func (b *budget) verdict() string {
	switch {
	case b.Got == nil:
		return "not measured"
	case b.Met:
		return "met"
	}
	return "MISSED"
}
