package main

// The names of the Pool's rows.
const (
	template     = "Pool, template"
	templatePID1 = "Pool, template, as pid 1"
	warm         = "Pool, warm"
)

var poolBudgets = []budget{
	{Row: template, Base: "plain spawn", Most: 1.6},
	{Row: templatePID1, Base: "plain spawn", Most: 1.25},
	{Row: warm, Base: "plain spawn", Most: 1.15},
}

// pooled are the starts from prepared sandboxes.
func pooled(*bench) []subject { return nil }

var poolRateBudgets = []budget{{Row: warm, Base: "bwrap", Least: 3}}

// pooledRates are the same for throughput.
func pooledRates(*bench, int) []subject { return nil }

// pooledWays are the same under the conditions of host.go.
var pooledWays []way
