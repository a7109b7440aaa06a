package main

import (
	"fmt"
	"html"
	"math"
	"strings"
)

// The drawing's measures in pixels: names stand left of the bars, figures right.
const (
	plotWidth = 800
	nameRoom  = 325
	textRoom  = 110
	barRoom   = plotWidth - nameRoom - textRoom
	rowHeight = 24
	barHeight = 14
	headRoom  = 58
	footRoom  = 14
)

// style makes the drawing fit light and dark pages: whoever shows it says which. Without variables, which not every viewer knows.
const style = `<style>
text { font: 13px system-ui, sans-serif; fill: #1f2328; }
.title { font-weight: 600; font-size: 15px; }
.dim { fill: #59636e; font-size: 12px; }
.ground { fill: #ffffff; }
.grid { stroke: #d1d9e0; }
.whisker { stroke: #1f2328; stroke-width: 1.5; }
.ours { fill: #54a3ff; }
.other { fill: #a3acb6; }
@media (prefers-color-scheme: dark) {
text { fill: #f0f6fc; }
.dim { fill: #9198a1; }
.ground { fill: #0d1117; }
.grid { stroke: #3d444d; }
.whisker { stroke: #f0f6fc; }
.ours { fill: #1f6feb; }
.other { fill: #59636e; }
}
</style>
`

// bar is one row of a drawing.
type bar struct {
	name string
	ours bool
	spread
}

// plot draws the table's medians as bars with whiskers from p10 to p90.
func (t *table) plot() string {
	bars, u := t.bars()
	end := axisEnd(bars, u)
	height := headRoom + len(bars)*rowHeight + footRoom
	var p strings.Builder
	fmt.Fprintf(&p, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" width="%d" height="%d" role="img">`+"\n", plotWidth, height, plotWidth, height)
	fmt.Fprintf(&p, "<title>%s</title>\n%s", html.EscapeString(t.Title), style)
	fmt.Fprintf(&p, `<rect class="ground" width="%d" height="%d"/>`+"\n", plotWidth, height)
	fmt.Fprintf(&p, `<text class="title" x="12" y="22">%s</text>`+"\n", html.EscapeString(t.Title))
	fmt.Fprintf(&p, `<text class="dim" x="12" y="42">%s</text>`+"\n", t.legend())
	axis(&p, end, u, height)
	for i, b := range bars {
		b.draw(&p, headRoom+i*rowHeight, end, u)
	}
	p.WriteString("</svg>\n")
	return p.String()
}

func (t *table) legend() string {
	if t.MoreIsBetter {
		return "longer is better; median, p10 to p90"
	}
	return "shorter is better; median, p10 to p90"
}

// bars are the table's rows, or the ratios of those that have one.
func (t *table) bars() (found []bar, u unit) {
	for _, s := range t.Rows {
		if !t.PlotRatio {
			found = append(found, bar{s.Name, s.Ours, s.spread})
		} else if r, ok := s.Ratio[t.Bases[0].Header]; ok {
			found = append(found, bar{s.Name, s.Ours, r})
		}
	}
	if t.PlotRatio {
		return found, inTimes
	}
	return found, t.Unit
}

// axisEnd is where the axis ends: at the longest bar, but no further than is
// needed to tell bulkhead's own bars apart. Longer ones are cut, and their figure says so.
func axisEnd(bars []bar, u unit) float64 {
	longest, own := 0.0, 0.0
	for _, b := range bars {
		longest = max(longest, b.P90)
		if b.ours {
			own = max(own, b.P90)
		}
	}
	if own > 0 && longest > 4*own {
		longest = 4 * own
	}
	step := tick(longest, u)
	return max(step, step*math.Ceil(longest/step))
}

// tick is a distance between lines that is round in the unit shown, so that there are 3 to 8.
func tick(length float64, u unit) float64 {
	if length <= 0 {
		return 1
	}
	size, _ := u.scale(length)
	return size * roundTick(length/size)
}

func roundTick(length float64) float64 {
	power := math.Pow(10, math.Floor(math.Log10(length)))
	switch lead := length / power; {
	case lead < 1.6:
		return power / 5
	case lead < 4:
		return power / 2
	}
	return power
}

// across is where a value stands, from left to right.
func across(value, end float64) float64 {
	return nameRoom + barRoom*min(1, max(0, value/end))
}

func axis(p *strings.Builder, end float64, u unit, height int) {
	size, name := u.scale(end)
	step := tick(end, u)
	for v := 0.0; v <= end*1.0001; v += step {
		x := across(v, end)
		fmt.Fprintf(p, `<line class="grid" x1="%.1f" y1="%d" x2="%.1f" y2="%d"/>`+"\n", x, headRoom-4, x, height-footRoom)
		fmt.Fprintf(p, `<text class="dim" text-anchor="middle" x="%.1f" y="%d">%.4g</text>`+"\n", x, headRoom-8, v/size)
	}
	fmt.Fprintf(p, `<text class="dim" x="%d" y="%d">%s</text>`+"\n", plotWidth-textRoom+24, headRoom-8, name)
}

func (b bar) draw(p *strings.Builder, y int, end float64, u unit) {
	class := "other"
	if b.ours {
		class = "ours"
	}
	top, middle := y+(rowHeight-barHeight)/2, y+rowHeight/2
	fmt.Fprintf(p, `<text text-anchor="end" x="%d" y="%d">%s</text>`+"\n", nameRoom-8, middle+4, html.EscapeString(b.name))
	fmt.Fprintf(p, `<rect class="%s" x="%d" y="%d" width="%.1f" height="%d"/>`+"\n", class, nameRoom, top, across(b.Median, end)-nameRoom, barHeight)
	if b.Median > end {
		cut(p, top)
	}
	if b.P90 <= end {
		whisker(p, across(b.P10, end), across(b.P90, end), middle)
	}
	fmt.Fprintf(p, `<text x="%.1f" y="%d">%s</text>`+"\n", across(max(b.Median, b.P90), end)+8, middle+4, u.text(b.Median))
}

// cut is a gap near the end of a bar that is longer than the axis.
func cut(p *strings.Builder, top int) {
	x := nameRoom + barRoom - 24
	fmt.Fprintf(p, `<polygon class="ground" points="%d,%d %d,%d %d,%d %d,%d"/>`+"\n", x, top+barHeight, x+8, top, x+14, top, x+6, top+barHeight)
}

func whisker(p *strings.Builder, from, to float64, y int) {
	fmt.Fprintf(p, `<path class="whisker" fill="none" d="M%.1f %d V%d M%.1f %d H%.1f M%.1f %d V%d"/>`+"\n", from, y-4, y+4, from, y, to, to, y-4, y+4)
}
